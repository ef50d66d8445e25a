"""Two estimates as rows of three: what the first has, what the second has, and what changes between them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from estimator.comparison import changed
from estimator.web.input_names import in_words, label_of
from estimator.web.plain_values import plain_value
from estimator.web.wording import COMPONENT_NAMES, whole_money

SIDES = ("First", "Second")
NOTHING = "–"
MOST_INPUTS = 200


class Row(NamedTuple):
    """One row of a comparison, in words."""

    label: str
    left: str
    right: str
    change: str
    pointer: str = ""


def write_row(
    label: str, found: Mapping[str, Any], write: Callable[[Any], str], *, comparable: bool = True, pointer: str = ""
) -> Row:
    """Write one row: what only one side has says so.

    Examples
    --------
    >>> write_row("tuned", changed(80.0, 100.0), whole_money)[1:4]
    ('80.00', '100', '+20.00 (+25%)')
    >>> write_row("tuned", changed(None, 100.0), whole_money)[1:4]
    ('–', '100', 'only in Second')
    >>> write_row("model", {"left": "a", "right": "b"}, plain_value)[1:4]
    ('a', 'b', 'changed')
    """
    left, right = (NOTHING if found[side] is None else write(found[side]) for side in ("left", "right"))
    if found["left"] is None or found["right"] is None:
        sides = [name for side, name in zip(("left", "right"), SIDES, strict=True) if found[side] is not None]
        return Row(label, left, right, f"only in {sides[0]}" if sides else NOTHING, pointer)
    change, relative = found.get("change"), found.get("change_share")
    if change is None:
        return Row(label, left, right, "changed", pointer)
    if not comparable or not change:
        return Row(label, left, right, "0" if comparable else NOTHING, pointer)
    percent = f"{100 * relative:+,.0f}%" if relative else ""
    told = f" ({percent})" if percent not in ("", "+0%", "-0%") else ""
    return Row(label, left, right, f"{'+' if change > 0 else ''}{write(change)}{told}", pointer)


def total_rows(found: Mapping[str, Any], *, comparable: bool) -> list[Row]:
    """Write the total of every approach of either side; amounts in two currencies have no difference."""
    return [
        write_row(name, each["total_usd"], whole_money, comparable=comparable)
        for name, each in found["approaches"].items()
    ]


def moved_rows(found: Mapping[str, Any], *, comparable: bool) -> list[Row]:
    """Write the components that differ, of the approaches that both sides have."""
    return [
        write_row(f"{COMPONENT_NAMES[part['id']]} ({name})", part, whole_money, comparable=comparable)
        for name, each in found["approaches"].items()
        if None not in (each["total_usd"]["left"], each["total_usd"]["right"])
        for part in each["components"]
        if part["left"] != part["right"]
    ]


def difference_rows(found: Mapping[str, Any]) -> Iterator[Row]:
    """Write the inputs and the prices that differ."""
    for each in found["inputs"][:MOST_INPUTS]:
        yield write_row(in_words(each["pointer"]), _with_change(each), plain_value, pointer=each["pointer"])
    for each in found["prices"]:
        yield write_row(f"{each['offer']}, {label_of(each['price'])} [{each['unit']}]", each, plain_value)


def _with_change(each: Mapping[str, Any]) -> Mapping[str, Any]:
    sides = (each["left"], each["right"])
    numbers = all(isinstance(side, int | float) and not isinstance(side, bool) for side in sides)
    return changed(*sides) if numbers else each
