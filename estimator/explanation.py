"""Docstrings read as formula cards, and bills shown with their working."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from math import isfinite
from typing import Any

import numpy as np

from estimator.cost_line import Prediction, Step
from estimator.price_book import Price

SECTIONS = ("Equation", "Inputs", "Output", "Raises", "Examples", "Parameters", "Returns")


@dataclass(frozen=True, slots=True)
class FormulaInput:
    """One argument of a formula: its symbol in the equation and its unit."""

    symbol: str
    unit: str


@dataclass(frozen=True, slots=True)
class FormulaCard:
    """What a docstring says about a formula."""

    name: str
    summary: str
    equation: str
    inputs: dict[str, FormulaInput] = field(default_factory=dict)
    symbol: str = ""
    unit: str = ""


@cache
def read_formula(formula: Callable[..., Any]) -> FormulaCard:
    """Read the card of a formula from its docstring.

    Examples
    --------
    >>> from estimator.components.labour import labour_usd
    >>> card = read_formula(labour_usd)
    >>> card.equation, card.unit, card.inputs["wage"].unit
    ('C = H w', 'USD', 'USD/h')
    """
    text = inspect.getdoc(formula) or ""
    sections = _sections(text)
    inputs = {}
    for line in sections.get("Inputs", "").splitlines():
        name, _, meaning = line.partition(" : ")
        symbol, unit = _split_unit(meaning)
        inputs[name.strip()] = FormulaInput(symbol, unit)
    symbol, unit = _split_unit(sections.get("Output", "").strip())
    equation = " ".join(sections.get("Equation", "").split())
    return FormulaCard(formula.__name__, text.split("\n", 1)[0], equation, inputs, symbol, unit)


def show_step(step: Step | Prediction) -> dict[str, Any]:
    """Write one applied formula as plain values: name, equation, inputs, value, unit, price row.

    In the place of its equation a prediction names its model, and adds P10 and P90 of its measured error.
    """
    if isinstance(step, Prediction):
        return {
            "name": step.name,
            "equation": step.model,
            "inputs": {name: plain(value) for name, value in step.inputs.items()},
            "value": plain(step.value),
            "unit": step.unit,
            "price_row": None,
            "p10": plain(step.spread.p10),
            "p90": plain(step.spread.p90),
        }
    card = read_formula(step.formula)
    rows = [
        {
            "input": name,
            "offer": value.row.offer,
            "price": value.row.price,
            "region": value.row.region,
            "variant": value.row.variant,
            "from_quantity": value.row.from_quantity,
            "hours_utc": value.row.hours_utc,
            "source": value.row.source,
            "source_url": value.row.source_url or None,
            "checked_on": None if value.row.checked_on is None else value.row.checked_on.isoformat(),
        }
        for name, value in step.inputs.items()
        if isinstance(value, Price)
    ]
    return {
        "name": card.name,
        "equation": card.equation,
        "inputs": {name: plain(value) for name, value in step.inputs.items()},
        "value": plain(step.value),
        "unit": card.unit,
        "price_row": rows[0] if len(rows) == 1 else (rows or None),
    }


def plain(value: Any) -> Any:
    """Write a number or an array as JSON values; a series of equal numbers as one number, no number as null.

    Examples
    --------
    >>> plain(np.array([2.0, 2.0])), plain(np.array([1.0, 2.0])), plain(np.inf)
    (2.0, [1.0, 2.0], None)
    """
    if isinstance(value, np.ndarray | np.generic):
        flat = np.ravel(value)
        if flat.size and (flat == flat[0]).all():
            return plain(flat[0].item())
        return [plain(each) for each in flat.tolist()]
    if isinstance(value, float):
        return float(value) if isfinite(value) else None
    return value


def _sections(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    parts = re.split(r"^(\w+)\n-{3,}$", text, flags=re.MULTILINE)
    for title, body in zip(parts[1::2], parts[2::2], strict=True):
        if title in SECTIONS:
            found[title] = body.strip()
    return found


def _split_unit(text: str) -> tuple[str, str]:
    matched = re.fullmatch(r"(.*?)\s*\[([^\]]*)\]", text.strip())
    return (matched[1], matched[2]) if matched else (text.strip(), "")
