"""Two answers side by side: what was asked differently, and by how much every amount differs."""

from collections.abc import Iterator
from typing import Any

from estimator.scenario.pointer import escaped

NOTHING = object()
Json = dict[str, Any]


def compare(a: Json, b: Json) -> Json:
    """Compare two answers; amounts of b are told against those of a."""
    names = dict.fromkeys([*a["approaches"], *b["approaches"]])
    return {
        "a": _summary(a),
        "b": _summary(b),
        "changed": list(differences(a["scenario"], b["scenario"])),
        "approaches": {name: _approaches(a["approaches"].get(name), b["approaches"].get(name)) for name in names},
        "break_even": _break_evens(a, b),
    }


def _summary(found: Json) -> Json:
    return {name: found[name] for name in ("scenario_id", "price_book", "recommendation", "warnings")}


def differences(a: Any, b: Any, pointer: str = "") -> Iterator[Json]:
    """Walk over every value that differs, by its pointer; null where one side has none.

    Examples
    --------
    >>> list(differences({"x": {"y": 1, "z": 2}}, {"x": {"y": 1, "z": 3}}))
    [{'pointer': '/x/z', 'a': 2, 'b': 3}]
    """
    if isinstance(a, dict) and isinstance(b, dict):
        for name in dict.fromkeys([*a, *b]):
            yield from differences(a.get(name, NOTHING), b.get(name, NOTHING), f"{pointer}/{escaped(name)}")
    elif a != b:
        yield {"pointer": pointer, "a": None if a is NOTHING else a, "b": None if b is NOTHING else b}


def _approaches(a: Json | None, b: Json | None) -> Json:
    totals = [_amounts(each) for each in (a, b)]
    ids = dict.fromkeys(name for each in totals for name in each)
    return {
        name: {
            "a": totals[0].get(name),
            "b": totals[1].get(name),
            "difference_usd": _difference(totals[0].get(name), totals[1].get(name), absent=a is None or b is None),
        }
        for name in ids
    }


def _amounts(approach: Json | None) -> dict[str, float]:
    """List the amounts of an approach: total, up-front, then every component."""
    if approach is None:
        return {}
    whole = {"total_usd": approach["total_usd"], "upfront_usd": approach["upfront_usd"]}
    return whole | {each["id"]: each["total_usd"] for each in approach["components"]}


def _difference(a: float | None, b: float | None, *, absent: bool) -> float | None:
    """Subtract; a component that one side lacks counts as 0, an approach that one side lacks has no difference."""
    return None if absent else (b or 0.0) - (a or 0.0)


def _break_evens(a: Json, b: Json) -> list[Json]:
    found = [{(each["candidate"], each["baseline"]): each for each in one["break_even"]} for one in (a, b)]
    return [
        {
            "candidate": pair[0],
            "baseline": pair[1],
            "a": found[0][pair]["months"] if pair in found[0] else None,
            "b": found[1][pair]["months"] if pair in found[1] else None,
        }
        for pair in dict.fromkeys([*found[0], *found[1]])
    ]
