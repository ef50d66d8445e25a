"""Values of inputs, each as the form writes it: in its unit, shares in percent, ranges by their numbers."""

from collections.abc import Mapping
from typing import Any

from estimator.scenario.inputs import Input, inputs_of
from estimator.scenario.pointer import tokens_of
from estimator.web.form.draft import owner_at
from estimator.web.form.rows import CORNERS, corners_of
from estimator.web.words.input_names import unit_beside
from estimator.web.words.plain_values import choice_words, plain_value
from estimator.web.words.written_values import in_percent, write_number


def declared_at(scenario: Mapping[str, Any], pointer: str) -> tuple[str, Input] | None:
    """Return the name and the declaration of the input at a place; None where the scenario has none there."""
    *parents, name = tokens_of(pointer)
    place = owner_at(dict(scenario), parents)
    declared = place and inputs_of(place[0]).get(name)
    return (name, declared) if declared else None


def stated_value(name: str, declared: Input, value: Any) -> str:
    """Write the value of an input with its unit; a range by its numbers.

    Examples
    --------
    >>> growth = Input("number", "Growth.", "1/month", -1.0, 10.0)
    >>> stated_value("monthly_growth", growth, 0.02)
    '2% a month'
    >>> stated_value("monthly_growth", growth, {"dist": "pert", "low": -0.04, "mode": 0.01, "high": 0.04})
    'low -4%, likely 1%, high 4% a month'
    >>> stated_value("optimizer", Input("choice", "Optimiser.", choices=("adamw",)), "adamw")
    'AdamW'
    """
    if declared.kind == "choice" and isinstance(value, str):
        return choice_words(value)
    percent = in_percent(name, declared)
    corners = corners_of(value) if declared.numeric else None
    if corners:
        words = CORNERS[value.get("dist", "pert")]
        told = ", ".join(f"{words[each]} {_number(number, percent=percent)}" for each, number in corners.items())
    elif isinstance(value, int | float) and not isinstance(value, bool):
        told = _number(value, percent=percent)
    else:
        return plain_value(value)
    return f"{told} {unit_beside(value, declared.unit)}".strip()


def _number(value: Any, *, percent: bool) -> str:
    return write_number(float(f"{value:.4g}"), percent=True) if percent else plain_value(value)
