"""Two estimates side by side: which inputs and prices differ, and what that does to every figure."""

from collections.abc import Iterator, Mapping
from typing import Any

from estimator.answer import answer
from estimator.estimate import Estimate
from estimator.scenario.pointer import escaped

UNCOMPARED = frozenset({"/price_book", "/start_date"})
PRICE_KEYS = ("table", "offer", "price", "region", "variant", "from_quantity", "hours_utc")


def compare(left: Estimate, right: Estimate) -> dict[str, Any]:
    """Write what changed from one estimate to another, as plain values.

    Amounts are given on both sides, with the change and its share of the left one; null where one side has none.
    """
    before, after = answer(left), answer(right)
    return {
        "left": _name(before),
        "right": _name(after),
        "inputs": [
            {"pointer": pointer, "left": mine, "right": other}
            for pointer, mine, other in _differences(before["scenario"], after["scenario"], "")
            if not pointer.startswith(tuple(UNCOMPARED))
        ],
        "prices": _prices(before, after),
        "approaches": {
            name: _approach(before["approaches"].get(name), after["approaches"].get(name))
            for name in {**before["approaches"], **after["approaches"]}
        },
        "break_even": _break_evens(before, after),
        "recommendation": {
            "left": before["recommendation"]["approach"],
            "right": after["recommendation"]["approach"],
            "changed": before["recommendation"]["approach"] != after["recommendation"]["approach"],
        },
    }


def changed(left: float | None, right: float | None) -> dict[str, float | None]:
    """Write two amounts with their change and its share of the left one.

    Examples
    --------
    >>> changed(80.0, 100.0)
    {'left': 80.0, 'right': 100.0, 'change': 20.0, 'change_share': 0.25}
    >>> changed(None, 100.0)
    {'left': None, 'right': 100.0, 'change': None, 'change_share': None}
    """
    change = None if left is None or right is None else right - left
    relative = None if change is None or not left else change / abs(left)
    return {"left": left, "right": right, "change": change, "change_share": relative}


def _name(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "scenario_id": one["scenario_id"],
        "name": one["scenario"]["name"],
        "price_book": one["price_book"],
        "headline": one["recommendation"]["headline"],
        "warnings": one["warnings"],
    }


def _approach(left: Mapping[str, Any] | None, right: Mapping[str, Any] | None) -> dict[str, Any]:
    mine, other = left or {}, right or {}
    ids = {each["id"]: None for side in (mine, other) for each in side.get("components", ())}
    amounts = [{each["id"]: each["total_usd"] for each in side.get("components", ())} for side in (mine, other)]
    return {
        **{
            name: changed(mine.get(name), other.get(name))
            for name in ("upfront_usd", "total_usd", "usd_per_request", "lead_time_months")
        },
        "components": [{"id": each, **changed(amounts[0].get(each), amounts[1].get(each))} for each in ids],
    }


def _break_evens(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    sides = [{(each["candidate"], each["baseline"]): each for each in one["break_even"]} for one in (before, after)]
    written = []
    for pair in {**sides[0], **sides[1]}:
        mine, other = (side.get(pair) for side in sides)
        saving = changed(*(None if side is None else side["saving_at_horizon_usd"] for side in (mine, other)))
        written.append(
            {
                "candidate": pair[0],
                "baseline": pair[1],
                "left": None if mine is None else mine["months"],
                "right": None if other is None else other["months"],
                "saving_at_horizon_usd": saving,
            }
        )
    return written


def _prices(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the prices that both sides read and that differ, and those that only one side read."""
    sides = [
        {tuple(row[key] for key in PRICE_KEYS): row for row in one.get("prices_used", ())} for one in (before, after)
    ]
    written = []
    for key in {**sides[0], **sides[1]}:
        mine, other = (side.get(key) for side in sides)
        values = [None if row is None else row["value"] for row in (mine, other)]
        if values[0] != values[1]:
            row = mine or other or {}
            written.append({**dict(zip(PRICE_KEYS, key, strict=True)), "unit": row["unit"], **changed(*values)})
    return written


def _differences(left: Any, right: Any, pointer: str) -> Iterator[tuple[str, Any, Any]]:
    """Walk over two documents and yield every pointer at which they differ."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        for name in {**left, **right}:
            yield from _differences(left.get(name), right.get(name), f"{pointer}/{escaped(name)}")
    elif left != right:
        yield pointer, left, right
