"""Other points of a scenario: some of its numbers at other values, opened from a figure of the answer, and taken back.

A point is written into a button as ``POINTER=VALUE``, several joined by ``;``. What stood there before travels with the
form, so that the way back needs no memory on the server and keeps what was changed meanwhile.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote

import orjson

from estimator.errors import EstimatorError
from estimator.scenario.inputs import Input, defaults_of, inputs_of
from estimator.scenario.own_prices import factor_place, named_price, with_factor
from estimator.scenario.pointer import tokens_of
from estimator.web.form.draft import Draft, owner_at
from estimator.web.form.rows import corners_of
from estimator.web.words.input_names import in_words, unit_beside
from estimator.web.words.written_values import in_percent, write_number, write_value

KEPT = "kept:"
"""Before a point at which what was decided for the scenario, such as the month of a switch, stays as it is."""
BACK = "back"
NOTHING: list[Any] = []
"""What is noted of a place where nothing stood."""
MOST_PLACES = 50
ONE = re.compile(r"(/[^=;]*)=(-?[\d.]+(?:e[-+]?\d+)?)")


def write_point(values: Mapping[str, float], *, kept: bool = False) -> str:
    """Write a point as the value of a button.

    Examples
    --------
    >>> write_point({"/workload/input_tokens": 150.0}), write_point({"/approaches/a;b/epochs": 2.5}, kept=True)
    ('/workload/input_tokens=150', 'kept:/approaches/a%3Bb/epochs=2.5')
    """
    places = (f"{quote(pointer, safe='/~ ,():')}={plain(value)!r}" for pointer, value in values.items())
    return f"{KEPT if kept else ''}{';'.join(places)}"


def plain(value: float) -> float:
    """Write a whole number as such.

    Examples
    --------
    >>> plain(3.0), plain(0.25)
    (3, 0.25)
    """
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value)


def read_point(written: str) -> dict[str, float]:
    """Read a point; nothing of what is none.

    Examples
    --------
    >>> read_point("kept:/approaches/a%3Bb/epochs=2.5;/x=1e-05"), read_point("/x=many")
    ({'/approaches/a;b/epochs': 2.5, '/x': 1e-05}, {})
    """
    found = [ONE.fullmatch(each) for each in written.removeprefix(KEPT).split(";")[:MOST_PLACES]]
    try:
        return {unquote(each[1]): plain(float(each[2])) for each in found if each}
    except ValueError:
        return {}


def go_to(draft: Draft, values: Mapping[str, Any]) -> None:
    """Put other values into the scenario, and note what stood in their place.

    Parameters
    ----------
    values : by pointer; NOTHING takes away what stands there
    """
    for pointer, value in values.items():
        absent = _first_absent(draft.document, pointer)
        before = put(draft.document, pointer, value)
        if before is not MISSING:
            draft.was.setdefault(pointer, before)
            if absent:
                draft.was.setdefault(absent, NOTHING)


def go_back(draft: Draft) -> None:
    """Put back what stood in the scenario before other points of it were opened."""
    for pointer, value in draft.was.items():
        put(draft.document, pointer, value)
    draft.was = {}


def _first_absent(document: dict[str, Any], pointer: str) -> str:
    """Name the first object on the way to a place that is not there yet, "" where all are."""
    node: Any = document
    way = ""
    for token in pointer.split("/")[1:-1]:
        way += f"/{token}"
        node = _child(node, token.replace("~1", "/").replace("~0", "~"))
        if node is None:
            return "" if way == "/price_overrides" else way
    return ""


MISSING = object()
"""Nothing can stand there."""


def put(document: dict[str, Any], pointer: str, value: Any) -> Any:
    """Put a value at a pointer of a document; return what stood there, NOTHING where nothing did, MISSING if it cannot.

    Examples
    --------
    >>> document = {"workload": {"input_tokens": 5}}
    >>> put(document, "/workload/input_tokens", 7), put(document, "/rates/annotator_usd_per_hour", 30), document
    (5, [], {'workload': {'input_tokens': 7}, 'rates': {'annotator_usd_per_hour': 30}})
    >>> put(document, "/rates/annotator_usd_per_hour", NOTHING), document["rates"]
    (30, {})
    """
    try:
        tokens = tokens_of(pointer)
    except EstimatorError:
        return MISSING
    named = named_price(tokens)
    if named is not None:
        return _put_factor(document, *named, value)
    *parents, name = tokens or [""]
    node: Any = document
    for token in parents:
        if isinstance(node, dict) and node.get(token) is None:
            node[token] = {}
        node = _child(node, token)
    before = _child(node, name)
    if isinstance(node, list) and before is not None:
        node[int(name)] = value
    elif not isinstance(node, dict):
        return MISSING
    elif value == NOTHING:
        node.pop(name, None)
    else:
        before = before if name in node else NOTHING
        node[name] = value
    return before


def _child(node: Any, token: str) -> Any:
    if isinstance(node, list):
        return node[int(token)] if token.isdecimal() and int(token) < len(node) else None
    return node.get(token) if isinstance(node, dict) else None


def _put_factor(document: dict[str, Any], offer: str, price: str, factor: Any) -> Any:
    """Put a factor on one price of the book, or take it away."""
    rules = _rules_of(document)
    if rules is None:
        return MISSING
    place = factor_place(rules, offer, price)
    if factor == NOTHING:
        kept = [rule for at, rule in enumerate(rules) if at != place]
        document["price_overrides"] = kept
        if not kept:
            del document["price_overrides"]
    else:
        document["price_overrides"] = list(with_factor(rules, offer, price, factor))
    return NOTHING if place is None else rules[place]["factor"]


def _rules_of(document: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the own prices of a document; None where they are none that can be read."""
    rules = document.get("price_overrides") or []
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        return None
    return [{"offers": "", **rule} if "factor" in rule else rule for rule in rules]


# -- what stood there before, on its way through the form --------------------------------------------------------------


def pack_was(was: Mapping[str, Any]) -> str:
    """Write what stood in the scenario before, for a hidden field."""
    return orjson.dumps(was).decode() if was else ""


def read_was(sent: str) -> dict[str, Any]:
    """Read what stood in the scenario before; nothing of what cannot be read.

    Examples
    --------
    >>> read_was('{"/horizon_months":12}'), read_was("["), read_was("[1]")
    ({'/horizon_months': 12}, {}, {})
    """
    try:
        held = orjson.loads(sent)
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(held, dict):
        return {}
    kept = list(held.items())[:MOST_PLACES]
    return {pointer: value for pointer, value in kept if pointer.startswith("/") and _stands_in_a_field(value)}


def _stands_in_a_field(value: Any) -> bool:
    """Tell whether a value is one that a number of a scenario, or a choice, can be: plain, a range, or nothing."""
    if isinstance(value, dict):
        return isinstance(value.get("dist", ""), str) and all(
            _stands_in_a_field(each) for each in value.values() if not isinstance(each, dict)
        )
    if isinstance(value, list):
        return all(isinstance(each, int | float) for each in value)
    return value is None or isinstance(value, int | float | str)


# -- in words ----------------------------------------------------------------------------------------------------------


LOOKED_UP = "what is looked up or computed"
DECIDED = frozenset({"switch_month", "bridge", "gpus"})
"""What the calculation decides by itself where it is not stated."""


def told(document: dict[str, Any], was: Mapping[str, Any]) -> Iterator[str]:
    """Say what is different from the scenario that the reader came from.

    Examples
    --------
    >>> document = {"workload": {"requests_per_month": 20000}, "rates": {"annotator_usd_per_hour": 30}}
    >>> was = {"/workload/requests_per_month": 9000, "/rates/annotator_usd_per_hour": [], "/rates": []}
    >>> print(*told(document, was), sep="; ")
    Requests a month: 20,000 instead of 9,000; Wages: annotator: 30 USD an hour instead of what is looked up or computed
    """
    for pointer, before in was.items():
        *parents, name = tokens_of(pointer)
        named = named_price([*parents, name])
        if named is not None:
            yield f"{in_words(pointer)}: {_percent(_factor_now(document, *named))} instead of {_percent(before)}"
            continue
        place = owner_at(document, parents)
        declared = None if place is None else inputs_of(place[0]).get(name)
        now = None if place is None else place[1].get(name)
        if place is None or declared is None or declared.variants or now is None:
            continue
        if before == NOTHING or before is None:
            before = defaults_of(place[0]).get(name)
        if now == before:
            continue
        if before is None and name in DECIDED:
            yield f"{in_words(pointer)}: stays {_written(name, declared, now)}, as decided for your scenario"
            continue
        last = now if before is None else before
        unit = "" if in_percent(name, declared) or not declared.numeric else unit_beside(last, declared.unit)
        values = [_written(name, declared, each) for each in (now, before) if each is not None]
        values[-1] = f"{values[-1]} {unit}".strip()
        yield f"{in_words(pointer)}: {' instead of '.join([*values, LOOKED_UP][:2])}"


def _factor_now(document: Mapping[str, Any], offer: str, price: str) -> Any:
    rules = _rules_of(document) or []
    place = factor_place(rules, offer, price)
    return NOTHING if place is None else rules[place]["factor"]


def _percent(factor: Any) -> str:
    return "100%" if factor == NOTHING else f"{100 * factor:.4g}%" if isinstance(factor, int | float) else "a range"


def _written(name: str, declared: Input, value: Any) -> str:
    """Write a value with as many digits as people read; a range by its numbers."""
    corners = corners_of(value)
    if corners is not None:
        return (
            f"the range {' / '.join(_written(name, declared, each) for each in corners.values() if each is not None)}"
        )
    if isinstance(value, bool) or not isinstance(value, int | float):
        return write_value(name, declared, value)
    rounded = float(f"{value:.0f}") if abs(value) >= 1000 else float(f"{value:.6g}")
    return write_number(rounded, percent=in_percent(name, declared))
