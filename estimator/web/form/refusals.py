"""What is wrong with a field, in the words and units of the form."""

from collections.abc import Iterable
from typing import Any

from estimator.scenario import GpuServing
from estimator.scenario.inputs import Input, inputs_of
from estimator.scenario.pointer import tokens_of
from estimator.web.form.draft import owner_at
from estimator.web.form.rows import CORNERS, corners_of
from estimator.web.schemas.objections import Objection
from estimator.web.words.input_names import FIELD_NAME, LABELS
from estimator.web.words.plain_values import choice_words
from estimator.web.words.written_values import doubt, in_percent, write_number


def in_form_words(document: dict[str, Any], objections: Iterable[Objection]) -> list[Objection]:
    """Say what is wrong with each field as it stands there, and call inputs as the form does."""
    return [each._replace(detail=_reworded(document, each.pointer) or _plain(each.detail)) for each in objections]


def _plain(detail: str) -> str:
    """Write the names of inputs, and kinds of prices, as the form calls them; other names stay.

    Examples
    --------
    >>> _plain("No on_demand price of shop_one. State usd_per_gpu_hour.")
    'No on demand price of shop_one. State “Price of a GPU-hour”.'
    """
    kinds = inputs_of(GpuServing)["commitment"].choices
    return FIELD_NAME.sub(
        lambda found: (
            f"“{LABELS[found[0]]}”" if found[0] in LABELS else choice_words(found[0]) if found[0] in kinds else found[0]
        ),
        detail,
    )


def _reworded(document: dict[str, Any], pointer: str) -> str:
    tokens = tokens_of(pointer) or [""]
    for deep in (1, 2):
        place = owner_at(document, tokens[:-deep]) if len(tokens) >= deep else None
        name = tokens[-deep] if place else ""
        declared = inputs_of(place[0]).get(name) if place else None
        if place and declared and declared.numeric:
            value = place[1].get(name)
            if deep == 2 and isinstance(value, dict):
                value = value.get(tokens[-1])
            return _words(name, declared, value)
    return ""


def _words(name: str, declared: Input, value: Any) -> str:
    """Say what is wrong with the value of a field; "" where these words know nothing better.

    Examples
    --------
    >>> drawn = Input("number", "Share.", "1", 0.0, 1.0)
    >>> _words("audit_share", drawn, 2.5)
    'Must be at least 0% and at most 100%, not 250%.'
    >>> _words("audit_share", drawn, None)
    'Say how much, 0 for nothing.'
    >>> _words("audit_share", drawn, {"low": 0.1, "mode": 0.05, "high": 0.2})
    'The numbers must rise from low to likely to high, not 10%, 5%, 20%.'
    """
    percent = in_percent(name, declared)
    if value is None and not declared.nullable:
        return "Say how much, 0 for nothing."
    if isinstance(value, str):
        return doubt(name, declared, value)
    if isinstance(value, dict):
        names = CORNERS.get(value.get("dist", "pert"), {})
        held = [(names[each], number) for each, number in (corners_of(value) or {}).items() if number is not None]
        numbers = [number for _, number in held if isinstance(number, int | float)]
        if "low" not in names or len(numbers) < len(held) or numbers == sorted(numbers):
            return next((words for number in numbers if (words := _words(name, declared, number))), "")
        told = ", ".join(write_number(number, percent=percent) for number in numbers)
        return f"The numbers must rise from {' to '.join(word for word, _ in held)}, not {told}."
    if not isinstance(value, int | float) or isinstance(value, bool) or not declared.objection(value):
        return ""
    if declared.kind == "whole" and value != int(value):
        return ""
    ends = [
        f"{word} {write_number(end, percent=percent) if abs(end) < 1e15 else f'{end:,.0f}'}"
        for end, word in (
            (declared.low, "above" if declared.low_open else "at least"),
            (declared.high, "below" if declared.high_open else "at most"),
        )
        if end is not None
    ]
    return f"Must be {' and '.join(ends)}, not {write_number(value, percent=percent)}."
