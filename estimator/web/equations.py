"""The equations of the components, read from their docstrings."""

import inspect
import pkgutil
from functools import cache
from importlib import import_module
from typing import NamedTuple

import estimator.components


class Card(NamedTuple):
    """One formula as a reader meets it."""

    name: str
    meaning: str
    equation: str
    inputs: tuple[str, ...]
    file: str


@cache
def equation_cards() -> tuple[Card, ...]:
    """Read one card from every formula of the components."""
    cards = []
    for module in pkgutil.iter_modules(estimator.components.__path__):
        place = import_module(f"estimator.components.{module.name}")
        for name, function in inspect.getmembers(place, inspect.isfunction):
            text = inspect.getdoc(function) or ""
            if function.__module__ == place.__name__ and "Equation\n-" in text:
                cards.append(_card(name, text, module.name))
    return tuple(cards)


def _card(name: str, text: str, file: str) -> Card:
    sections = _sections(text)
    inputs = tuple(line.strip() for line in sections.get("Inputs", "").splitlines() if line.strip())
    return Card(name, text.partition("\n")[0], sections["Equation"], inputs, file)


def _sections(text: str) -> dict[str, str]:
    r"""Split a numpy docstring at its underlined titles.

    Examples
    --------
    >>> _sections("Add.\n\nEquation\n--------\na = b + c\n")
    {'Equation': 'a = b + c'}
    """
    found: dict[str, list[str]] = {}
    title = None
    lines = text.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if following.strip() and set(following.strip()) == {"-"}:
            title = line.strip()
            found[title] = []
        elif title is not None and set(line.strip()) != {"-"}:
            found[title].append(line)
    return {name: "\n".join(body).strip() for name, body in found.items()}
