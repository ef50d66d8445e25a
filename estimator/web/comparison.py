"""Two answers side by side: totals, what differs in the inputs, and which prices moved."""

from collections.abc import Iterator, Mapping
from typing import Any

from estimator.scenario.pointer import escaped

PRICE_KEY = ("table", "offer", "price", "region", "variant", "from_quantity", "hours_utc")
UNTOLD = frozenset({"/price_book", "/price_book/version", "/price_book/on", "/name"})
"""Differences that the heads of the two columns show already."""


def compare(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Set two answers side by side.

    Returns
    -------
    totals : of every approach that one of them has, None where it has not
    inputs : pointer and both values of every input that differs
    prices : every price that both use and that differs
    """
    names = dict.fromkeys([*first["approaches"], *second["approaches"]])
    return {
        "totals": [
            {
                "approach": name,
                "first": _total(first, name),
                "second": _total(second, name),
                "change": _change(_total(first, name), _total(second, name)),
            }
            for name in names
        ],
        "inputs": _differences(first["scenario"], second["scenario"]),
        "prices": _moved(first, second),
    }


def _total(found: Mapping[str, Any], name: str) -> float | None:
    approach = found["approaches"].get(name)
    return None if approach is None else float(approach["total_usd"])


def _change(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


def _differences(first: Any, second: Any) -> list[dict[str, Any]]:
    before, after = dict(_leaves(first, "")), dict(_leaves(second, ""))
    return [
        {"pointer": pointer, "first": before.get(pointer), "second": after.get(pointer)}
        for pointer in dict.fromkeys([*before, *after])
        if before.get(pointer) != after.get(pointer) and pointer not in UNTOLD
    ]


def _leaves(node: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, Mapping) and node:
        for name, child in node.items():
            yield from _leaves(child, f"{pointer}/{escaped(str(name))}")
    else:
        yield pointer, node


def _moved(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[dict[str, Any]]:
    before, after = _by_key(first), _by_key(second)
    return [
        {
            "offer": row["offer"],
            "price": row["price"],
            "unit": row["unit"],
            "first": before[key]["value"],
            "second": row["value"],
        }
        for key, row in after.items()
        if key in before and before[key]["value"] != row["value"]
    ]


def _by_key(found: Mapping[str, Any]) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    return {tuple(row[each] for each in PRICE_KEY): row for row in found.get("prices_used", ())}
