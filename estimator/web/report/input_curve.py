"""Where each approach breaks even, over any input: in months, or in a second input."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from estimator.computation import TRAFFIC, looked_up, totals
from estimator.errors import EstimatorError
from estimator.estimate import Estimate
from estimator.price_book import Library
from estimator.scenario import Scenario
from estimator.scenario.inputs import Input
from estimator.scenario.pointer import at_base, input_at, numbers_in, tokens_of, with_values
from estimator.sweeps import break_even_curve, spaced
from estimator.sweeps.break_even_curves import MONTH
from estimator.web.form.draft import CURVE_FIELDS
from estimator.web.form.points import write_point
from estimator.web.words.input_names import SECTIONS, in_words, label_of, unit_of
from estimator.web.words.wording import months
from estimator.web.words.written_values import doubt, in_percent, read_value, write_number

POINTS = 41
ROWS = 9
NEAREST, FURTHEST = 0.25, 2.5
"""Between which shares of today's value an input is varied where no ends are stated."""


def add_input_curve(estimated: Estimate, library: Library, found: dict[str, Any], asked: Mapping[str, str]) -> None:
    """Put the break-evens over one input into an answer; what cannot be computed is told in its place.

    Parameters
    ----------
    estimated : the estimate, as objects
    library : the price tables
    found : the same as plain values, which gains "input_curve"
    asked : the fields of the form that say which input, from where, to where, and in what the break-even is sought
    """
    base = at_base(estimated.scenario)
    values = _values(estimated, base)
    pointer = asked.get(CURVE_FIELDS[0], "")
    if pointer not in values:
        pointer = TRAFFIC
    sought = asked.get(CURVE_FIELDS[4], "")
    if sought not in values or sought == pointer:
        sought = MONTH
    declared = input_at(base, pointer)
    name = tokens_of(pointer)[-1]
    percent = in_percent(name, declared)
    typed = [asked.get(name, "").strip() if asked.get(CURVE_FIELDS[3]) == pointer else "" for name in CURVE_FIELDS[1:3]]
    usual = _usual_ends(values[pointer], declared, percent=percent)
    ends = tuple(read_value(name, declared, text) if text else end for text, end in zip(typed, usual, strict=True))
    curve: dict[str, Any] = {
        "pointer": pointer,
        "label": in_words(pointer),
        "axis": _axis(pointer, declared, percent=percent),
        "percent": percent,
        "unit": "" if percent else unit_of(declared.unit),
        "sought": _sought(base, sought),
        "today": values[pointer],
        "choices": _groups(values),
        "ends": [write_number(end, percent=percent) if isinstance(end, int | float) else end for end in ends],
        "months": {},
    }
    found["input_curve"] = curve
    try:
        _compute(estimated, library, found, curve, ends)
    except EstimatorError as refusal:
        curve |= {"error": refusal.message, "wrong": "in" if refusal.pointer == "/y" else "ends"}


def _axis(pointer: str, declared: Input, *, percent: bool) -> str:
    unit = "" if percent else unit_of(declared.unit)
    return f"{in_words(pointer)}{f' [{unit}]' if unit else ''}"


def _sought(base: Scenario, pointer: str) -> dict[str, Any]:
    """Say in what the break-even is sought: its pointer, what it is called, how its values are written."""
    if pointer == MONTH:
        month = {"pointer": MONTH, "field": "month", "axis": "Months until it pays", "words": "months"}
        return month | {"percent": False, "unit": "", "whole": False}
    declared = input_at(base, pointer)
    percent = in_percent(tokens_of(pointer)[-1], declared)
    axis = _axis(pointer, declared, percent=percent)
    named = {"pointer": pointer, "field": "break_even", "axis": axis, "words": in_words(pointer)}
    return named | {"percent": percent, "unit": "" if percent else unit_of(declared.unit), "whole": declared.stepped}


def _between(estimated: Estimate, base: Scenario, sought: str) -> tuple[float, float] | None:
    """Choose the ends between which the second input is sought; None where the search chooses them itself."""
    if sought == MONTH:
        return None
    declared = input_at(base, sought)
    percent = in_percent(tokens_of(sought)[-1], declared)
    searched = declared.unit == "1" and declared.high is not None and declared.high <= 1
    if searched or numbers_in(base).get(sought):
        return None
    return _usual_ends(_values(estimated, base).get(sought, 0.0), declared, percent=percent)


def _values(estimated: Estimate, base: Scenario) -> dict[str, float]:
    """Return every number that can be varied, by its pointer: what is stated, what is a default, what was looked up."""
    numbers = numbers_in(base) | looked_up(estimated.computed)
    return {pointer: float(value) for pointer, value in numbers.items() if _movable(base, pointer)}


def _movable(base: Scenario, pointer: str) -> bool:
    try:
        return not input_at(base, pointer).fixed
    except EstimatorError:
        return False


def _groups(pointers: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Sort the inputs by what they belong to."""
    found: dict[str, list[tuple[str, str]]] = {}
    for pointer in pointers:
        first, *rest = tokens_of(pointer)
        group = rest[0] if first == "approaches" else SECTIONS.get(first if rest else "", label_of(first))
        words = in_words(pointer).removesuffix(f" ({group})")
        found.setdefault(group, []).append((pointer, words))
    return found


def _usual_ends(value: float, declared: Input, *, percent: bool) -> tuple[float, float]:
    """Choose ends around today's value, inside the legal range.

    Examples
    --------
    >>> _usual_ends(80.0, Input("number", "Hours.", "h", 0.0), percent=False)
    (20.0, 200.0)
    """
    ends = (NEAREST * value, FURTHEST * value) if value else (0.0, 0.5 if percent else 100.0)
    low, high = sorted(ends)
    low = low if declared.low is None else max(low, declared.low)
    high = high if declared.high is None else min(high, declared.high)
    return float(f"{low:.3g}"), float(f"{high:.3g}")


def _compute(
    estimated: Estimate, library: Library, found: Mapping[str, Any], curve: dict[str, Any], ends: tuple[Any, ...]
) -> None:
    start, stop = ends
    wrong = next((end for end in ends if isinstance(end, str)), None)
    if wrong is not None:
        declared = input_at(at_base(estimated.scenario), curve["pointer"])
        curve["error"] = doubt(tokens_of(curve["pointer"])[-1], declared, wrong) or f"{wrong!r} is not a number."
        return
    if start >= stop:
        curve["error"] = "The first end must be the lower one."
        return
    pointer, baseline = curve["pointer"], str(found["scenario"]["baseline"])
    axis = spaced(estimated.scenario, pointer, start, stop, POINTS)
    sought = curve["sought"]["pointer"]
    between = _between(estimated, at_base(estimated.scenario), sought)
    curves = {
        name: break_even_curve(estimated.scenario, library, (name, baseline), axis, sought, between)
        for name in found["approaches"]
        if name != baseline
    }
    found_months = {name: each.y for name, each in curves.items()}
    curve["sought"]["searched"] = next(iter(curves.values())).searched
    column = np.array(axis.values)[:, None]
    amounts = totals(with_values(at_base(estimated.scenario), {pointer: column}), estimated.book)
    savings = {
        name: np.broadcast_to(amounts[baseline] - amounts[name], len(axis.values)).tolist() for name in found_months
    }
    curve |= {
        "values": list(axis.values),
        "months": {name: [list(each) for each in y] for name, y in found_months.items()},
    }
    every = max(1, (len(axis.values) - 1) // (ROWS - 1))
    curve["table"] = [
        {
            "value": write_number(float(f"{value:.4g}"), percent=curve["percent"]),
            "opens": "" if value == curve["today"] else write_point({pointer: value}),
            "cells": [
                (name, _leading(curve["sought"], found_months[name][place], {pointer: value}), savings[name][place])
                for name in found_months
            ],
        }
        for place, value in list(enumerate(axis.values))[::every]
    ]
    curve["finding"] = _finding(found, curve, {name: (saved[0], saved[-1]) for name, saved in savings.items()})


def _written(sought: Mapping[str, Any], roots: Sequence[float]) -> str:
    """Write the break-evens of one value."""
    if sought["pointer"] == MONTH:
        return ", ".join(f"{month:.1f}" for month in roots)
    return ", ".join(_root(root, percent=sought["percent"], whole=sought["whole"]) for root in roots)


def _leading(
    sought: Mapping[str, Any], roots: Sequence[float], here: Mapping[str, float]
) -> list[list[tuple[str, str]]]:
    """Write the break-evens of one value, each in a second input with the point at which it lies."""
    if sought["pointer"] == MONTH:
        return [[(f"{month:.1f}", "")] for month in roots]
    return [
        [
            (write_number(float(f"{at:.4g}"), percent=sought["percent"]), write_point({**here, sought["pointer"]: at}))
            for at in _around(root, whole=sought["whole"])
        ]
        for root in roots
    ]


def _around(root: float, *, whole: bool) -> tuple[float, ...]:
    """Return a break-even; of what is counted, the whole numbers on both sides of it.

    Examples
    --------
    >>> _around(1.6, whole=True), _around(95.264, whole=False)
    ((1.0, 2.0), (95.264,))
    """
    if whole and not float(f"{root:.4g}").is_integer():
        return float(np.floor(root)), float(np.ceil(root))
    return (float(np.rint(root)) if whole else root,)


def _root(root: float, *, percent: bool, whole: bool) -> str:
    """Write a break-even in a sentence.

    Examples
    --------
    >>> _root(1.6, percent=False, whole=True), _root(95.264, percent=False, whole=False)
    ('1 to 2', '95.26')
    """
    return " to ".join(write_number(float(f"{at:.4g}"), percent=percent) for at in _around(root, whole=whole))


def _finding(found: Mapping[str, Any], curve: Mapping[str, Any], saved: Mapping[str, tuple[float, float]]) -> str:
    """Say when the recommended approach, or the first one, pays at both ends; `saved` is what it saves there."""
    best = found["recommendation"]["approach"]
    name = best if best in curve["months"] else next(iter(curve["months"]))
    ends = (write_number(float(f"{curve['values'][place]:.3g}"), percent=curve["percent"]) for place in (0, -1))
    low, high = (f"{end} {curve['unit']}".strip() for end in ends)
    early, late = (curve["months"][name][place] for place in (0, -1))
    if curve["sought"]["pointer"] != MONTH:
        return _finding_in(curve["sought"], name, str(found["scenario"]["baseline"]), (low, high), (early, late))
    within, baseline = f"within {found['scenario']['horizon_months']} months", found["scenario"]["baseline"]
    if not any(curve["months"][name]):
        return f"{name} does not become cheaper than {baseline} {within}, anywhere between {low} and {high}."
    told = [_turns(roots, at, within) for roots, at in zip((early, late), saved[name], strict=True)]
    return f"{name} becomes cheaper than {baseline}: at {low} {told[0]}, at {high} {told[1]}."


def _turns(turns: Sequence[float], saved: float, within: str) -> str:
    """Say when an approach is cheaper, by the months in which that changes and what it saves in the end.

    Examples
    --------
    >>> _turns((17.0,), 9.0, ""), _turns((17.0, 18.0, 18.3), 9.0, ""), _turns((), 9.0, "")
    ('after 17 months', 'after 17 months (for good after 18.3 months)', 'from the start')
    >>> _turns((3.0, 12.0), -9.0, ""), _turns((12.0,), -9.0, ""), _turns((), -9.0, "within 24 months")
    ('after 3 months (until 12 months)', 'from the start (until 12 months)', 'not within 24 months')
    """
    if not turns:
        return "from the start" if saved > 0 else f"not {within}"
    from_the_start = (len(turns) % 2 == 0) == (saved > 0)
    begin = "from the start" if from_the_start else f"after {months(turns[0])}"
    if saved > 0 and len(turns) == 1:
        return begin
    return f"{begin} ({'for good after' if saved > 0 else 'until'} {months(turns[-1])})"


def _finding_in(
    sought: Mapping[str, Any],
    name: str,
    baseline: str,
    ends: tuple[str, str],
    roots: tuple[Sequence[float], Sequence[float]],
) -> str:
    """Say at which value of the second input an approach breaks even at both ends of the first."""
    unit = f" {sought['unit']}" if sought["unit"] else ""
    searched = " and ".join(write_number(float(f"{end:.3g}"), percent=sought["percent"]) for end in sought["searched"])
    told = [
        f"at {end} {f'for {_written(sought, each)}{unit}' if each else f'nowhere between {searched}{unit}'}"
        for end, each in zip(ends, roots, strict=True)
    ]
    return f"{name} costs the same as {baseline} in {sought['words']}: {', '.join(told)}."
