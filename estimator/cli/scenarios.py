"""The scenario that a command is about."""

import sys
from pathlib import Path
from typing import Any

from estimator.errors import ScenarioError, UnknownNameError
from estimator.presets import presets
from estimator.web.documents import read_json, read_yaml


def read_document(name: str) -> Any:
    """Read a scenario as plain values: a preset, a JSON or YAML file, or - for standard input.

    Raises
    ------
    EstimatorError : there is no such preset or file, or it is not JSON or YAML
    """
    if name == "-":
        return read_yaml(sys.stdin.read())
    if name in presets():
        return presets()[name].scenario
    path = Path(name)
    try:
        content = path.read_bytes()
    except OSError as error:
        if path.suffix or "/" in name:
            raise ScenarioError(f"The file {name} cannot be read: {error.strerror}.") from error
        raise UnknownNameError("preset or file", name, presets()) from error
    if path.suffix == ".json":
        return read_json(content)
    try:
        return read_yaml(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ScenarioError(f"The file {name} is not UTF-8 text.") from error
