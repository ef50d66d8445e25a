"""The charts of a page as text: what is repeated is written once, so that the page stays small.

The script of the page undoes it: an object ``{"$": 3}`` stands for entry 3 of ``shared``; rows stand as columns, a
column of words as the different words with their places; a column in which each value stands equally often in a row, or
that repeats its beginning, as those values and how often.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

LEAST = 24
"""Bytes of an object that is worth a reference."""


def written_small(charts: Mapping[str, Mapping[str, Any]]) -> str:
    """Write specifications for a script element of a page.

    Examples
    --------
    >>> one = {"data": {"values": [{"a": "x", "b": 1}, {"a": "x", "b": 2}]}}
    >>> written_small({"one": one})
    '{"shared":[],"charts":{"one":{"data":{"words":{"a":[["x"],{"each":2,"of":[0]}]},"columns":{"b":[1,2]}}}}}'
    """
    packed = {name: _in_columns(spec) for name, spec in charts.items()}
    seen = Counter(_key(node) for node in _objects(packed))
    places: dict[bytes, int] = {}
    shared: list[Any] = []
    found = _referred(packed, seen, places, shared)
    return orjson.dumps({"shared": shared, "charts": found}).decode().replace("<", "\\u003c")


def _in_columns(node: Any) -> Any:
    """Write the rows of a chart and of its layers as columns."""
    if isinstance(node, list):
        return [_in_columns(each) for each in node]
    if not isinstance(node, Mapping):
        return node
    rows = node.get("values")
    if node.keys() == {"values"} and rows and all(isinstance(row, Mapping) for row in rows) and len(rows) > 1:
        return _columns(rows)
    return {name: _in_columns(each) for name, each in node.items()}


def _key(node: Any) -> bytes:
    return orjson.dumps(node)


def _objects(node: Any) -> Iterator[Any]:
    """Yield every object, and every list, that might be repeated."""
    if isinstance(node, dict | list):
        yield node
        for child in node.values() if isinstance(node, dict) else node:
            yield from _objects(child)


def _referred(node: Any, seen: Counter[bytes], places: dict[bytes, int], shared: list[Any]) -> Any:
    if not isinstance(node, dict | list):
        return node
    key = _key(node)
    if seen[key] < 2 or len(key) < LEAST:
        return _children(node, seen, places, shared)
    if key not in places:
        written = _children(node, seen, places, shared)
        places[key] = len(shared)
        shared.append(written)
    return {"$": places[key]}


def _children(node: Any, seen: Counter[bytes], places: dict[bytes, int], shared: list[Any]) -> Any:
    if isinstance(node, dict):
        return {name: _referred(child, seen, places, shared) for name, child in node.items()}
    return [_referred(child, seen, places, shared) for child in node]


def _columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    words: dict[str, Any] = {}
    columns: dict[str, Any] = {}
    for name in rows[0] if rows else ():
        column = [row[name] for row in rows]
        if all(isinstance(value, str) for value in column):
            different = list(dict.fromkeys(column))
            words[name] = [different, _run([different.index(value) for value in column])]
        else:
            numbers = [int(each) if isinstance(each, float) and each.is_integer() else each for each in column]
            columns[name] = _run(numbers)
    return {"words": words, "columns": columns}


def _run(column: list[Any]) -> Any:
    """Write a column that repeats itself once.

    Examples
    --------
    >>> _run([0, 0, 1, 1]), _run([5, 7, 5, 7]), _run([1, 2, 4])
    ({'each': 2, 'of': [0, 1]}, {'again': 2, 'of': [5, 7]}, [1, 2, 4])
    """
    length = len(column)
    each = next((place for place in range(1, length) if column[place] != column[0]), length)
    if each > 1 and length % each == 0:
        values = column[::each]
        if [value for value in values for _ in range(each)] == column:
            return {"each": each, "of": values}
    first = next((place for place in range(1, length) if column[place] == column[0]), length)
    if first < length and length % first == 0 and column[:first] * (length // first) == column:
        return {"again": length // first, "of": column[:first]}
    return column
