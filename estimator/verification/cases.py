"""The cases as they stand in the package: YAML files of scenarios and formulas with the figures they must give."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from estimator.scenario.pointer import tokens_of

FILES = ("worked", "facts", "published", "peer_errors")
"""The files of cases, in the order in which they are run."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One expected figure, and where the computed one is read.

    Parameters
    ----------
    expected : a number, a word, null, or a structure of these of which every part must agree
    at : place in the answer, as a JSON Pointer; a member of a list may be called by its id, name or "A vs B"
    formula : dotted name of a formula below ``estimator``, in the place of an answer
    inputs : what the formula is given
    root : vary (a pointer), from, to, candidate, baseline: where the totals of the two are equal
    times : factor between our unit and that of the source
    relative, absolute : tolerance; a pair of relative bounds where they differ
    within : True where a band comes out and the expected figure must lie in it
    peer : what the source printed, where that is wrong: it must not come out
    """

    id: str
    title: str
    expected: Any
    unit: str = ""
    at: str = ""
    formula: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    root: Mapping[str, Any] | None = None
    times: float = 1.0
    relative: float | tuple[float, float] = 0.0
    absolute: float = 0.0
    within: bool = False
    peer: Any = None


@dataclass(frozen=True, slots=True)
class Case:
    """One scenario, or none, and the figures it must give."""

    id: str
    kind: str
    title: str
    source: str
    figures: tuple[Figure, ...]
    scenario: Mapping[str, Any] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A published figure that is not computed, and why."""

    id: str
    title: str
    source: str
    reason: str


@cache
def cases() -> tuple[Case, ...]:
    """Read every case of the package."""
    templates = _read("templates")
    return tuple(_case(entry, name, templates) for name in FILES for entry in _read(name))


@cache
def exclusions() -> tuple[Exclusion, ...]:
    """Read the published figures that are not computed."""
    return tuple(Exclusion(**entry) for entry in _read("not_covered"))


def _read(name: str) -> Any:
    text = (files("estimator.verification") / "cases" / f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both loaders are safe


def _case(entry: dict[str, Any], kind: str, templates: Mapping[str, Any]) -> Case:
    scenario = entry.get("scenario")
    if "template" in entry:
        scenario = deepcopy(templates[entry["template"]])
        for pointer, value in entry.get("set", {}).items():
            _put(scenario, pointer, value)
    about = ("id", "title", "source", "note", "scenario", "template", "set")
    if "figures" in entry:
        stated = {f"{entry['id']}.{name}": figure for name, figure in entry["figures"].items()}
    else:
        stated = {entry["id"]: {name: value for name, value in entry.items() if name not in about}}
    figures = tuple(_figure(name, figure, entry["title"]) for name, figure in stated.items())
    return Case(entry["id"], kind, entry["title"], entry["source"], figures, scenario, entry.get("note", ""))


def _figure(name: str, stated: dict[str, Any], title: str) -> Figure:
    written = dict(stated)
    if isinstance(written.get("relative"), list):
        written["relative"] = tuple(written["relative"])
    return Figure(id=name, title=written.pop("what", title), **written)


def _put(document: Any, pointer: str, value: Any) -> None:
    *parents, last = tokens_of(pointer)
    for token in parents:
        document = document.setdefault(token, {})
    document[last] = value
