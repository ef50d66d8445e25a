"""Two estimates as rows of three: what the first has, what the second has, and what changes between them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from estimator.comparison import changed
from estimator.web.report.stated_values import declared_at, stated_value
from estimator.web.words.input_names import in_words
from estimator.web.words.plain_values import plain_value
from estimator.web.words.price_names import price_name
from estimator.web.words.wording import COMPONENT_NAMES, whole_money
from estimator.web.words.written_values import in_percent

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


def difference_rows(found: Mapping[str, Any], scenarios: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    """Write the inputs and the prices that differ.

    Parameters
    ----------
    found : the comparison
    scenarios : the scenarios of both sides, every default written out
    """
    for each in found["inputs"][:MOST_INPUTS]:
        pointer = each["pointer"]
        placed = next((at for scenario in scenarios if (at := declared_at(scenario, pointer))), None)
        write = partial(stated_value, *placed) if placed else plain_value
        row = write_row(in_words(pointer), _with_change(each), write, pointer=pointer)
        in_points = placed is not None and in_percent(*placed) and row.change.startswith(("+", "-"))
        yield row._replace(change=row.change.replace("%", " points", 1)) if in_points else row
    for each in found["prices"]:
        yield write_row(_price_words(each), each, plain_value)


def _price_words(each: Mapping[str, Any]) -> str:
    """Name one price of one offer, with all that tells it from the others of that offer.

    Examples
    --------
    >>> _price_words({"offer": "acme/a", "price": "input_token", "variant": "batch", "unit": "USD/Mtoken"})
    'acme/a, Input token, batch [USD/Mtoken]'
    """
    return f"{each['offer']}, {price_name(each)} [{each['unit']}]"


def _with_change(each: Mapping[str, Any]) -> Mapping[str, Any]:
    sides = (each["left"], each["right"])
    numbers = all(isinstance(side, int | float) and not isinstance(side, bool) for side in sides)
    return changed(*sides) if numbers else each
