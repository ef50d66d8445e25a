"""The equations of the components and of the hardware model, read from their docstrings."""

import inspect
import pkgutil
from functools import cache
from importlib import import_module
from typing import NamedTuple

from estimator.explanation import FormulaCard, read_formula

ROOMS = ("estimator.components", "estimator.hardware")


class EquationGroup(NamedTuple):
    """The formulas of one file."""

    name: str
    meaning: str
    cards: tuple[FormulaCard, ...]


@cache
def equation_groups() -> tuple[EquationGroup, ...]:
    """Read one card from every public formula that states its equation, file by file."""
    groups = []
    for room in ROOMS:
        for module in pkgutil.iter_modules(import_module(room).__path__, f"{room}."):
            place = import_module(module.name)
            formulas = [
                read_formula(function)
                for name, function in inspect.getmembers(place, inspect.isfunction)
                if function.__module__ == place.__name__ and not name.startswith("_")
            ]
            cards = tuple(card for card in formulas if card.equation)
            if cards:
                name = module.name.rpartition(".")[2].replace("_", " ")
                groups.append(EquationGroup(name, (place.__doc__ or "").partition("\n")[0], cards))
    return tuple(groups)
