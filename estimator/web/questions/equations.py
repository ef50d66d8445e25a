"""The equations of the model, read from their docstrings, and which of them each input enters."""

import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.resources import files
from types import ModuleType
from typing import Any, NamedTuple

from estimator.explanation import FormulaCard, read_formula

ROOMS = ("estimator.components", "estimator.curves", "estimator.quality", "estimator.hardware")
ENTERED = "entered_equations.json"
"""The equations that each input enters, found by tracing: written by python -m tests.docs, checked by the tests."""


class EquationGroup(NamedTuple):
    """The formulas of one file."""

    name: str
    meaning: str
    cards: tuple[FormulaCard, ...]


@cache
def equation_groups() -> tuple[EquationGroup, ...]:
    """Read one card from every public formula that states its equation, file by file."""
    groups = []
    for place in _modules():
        cards = tuple(card for card in map(read_formula, _functions(place)) if card.equation)
        if cards:
            name = place.__name__.rpartition(".")[2].replace("_", " ")
            groups.append(EquationGroup(name, (place.__doc__ or "").partition("\n")[0], cards))
    return tuple(groups)


def formulas() -> dict[Callable[..., Any], str]:
    """Name every formula by the anchor of its card on the page /model."""
    return {
        function: f"{place.__name__.rpartition('.')[2].replace('_', '-')}.{function.__name__}"
        for place in _modules()
        for function in _functions(place)
        if read_formula(function).equation
    }


@cache
def entered_equations() -> Mapping[str, list[str]]:
    """Return the anchors of the formulas that each input enters first, by class and field of the input."""
    found: dict[str, list[str]] = json.loads(files("estimator.web").joinpath(ENTERED).read_text("utf-8"))
    return found


def _modules() -> Iterator[ModuleType]:
    for room in ROOMS:
        place = import_module(room)
        if hasattr(place, "__path__"):
            for module in pkgutil.iter_modules(place.__path__, f"{room}."):
                yield import_module(module.name)
        else:
            yield place


def _functions(place: ModuleType) -> Iterator[Callable[..., Any]]:
    for name, function in inspect.getmembers(place, inspect.isfunction):
        if function.__module__ == place.__name__ and not name.startswith("_"):
            yield function
