"""Ready scenarios: one YAML file each, read once."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import takewhile
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Preset:
    """One ready scenario.

    Parameters
    ----------
    id : the name of its file
    name : what it is called
    summary : the situation in a few sentences
    text : the scenario as YAML, with its remarks
    scenario : the same as plain values
    """

    id: str
    name: str
    summary: str
    text: str
    scenario: dict[str, Any]


@cache
def presets() -> dict[str, Preset]:
    """Return every ready scenario by its id, in alphabetical order."""
    found = [
        _read(each.name.removesuffix(".yaml"), each.read_text("utf-8"))
        for each in files(__name__).iterdir()
        if each.name.endswith(".yaml")
    ]
    return {preset.id: preset for preset in sorted(found, key=lambda preset: preset.id)}


def _read(preset: str, text: str) -> Preset:
    """Read one file: the remarks at its head are the summary, the rest is the scenario."""
    lines = text.splitlines(keepends=True)
    remarks = list(takewhile(lambda line: line.startswith("#"), lines))
    summary = " ".join(line.removeprefix("#").strip() for line in remarks)
    rest = "".join(lines[len(remarks) :])
    scenario = yaml.safe_load(rest)
    return Preset(preset, scenario["name"], summary, rest, scenario)
