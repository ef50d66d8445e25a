"""What the published contract says can be sent: every parameter of a path or a query, every text in a body."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

Place = tuple[str | int, ...]
"""Where a text stands in a body: names and numbers, from the outside."""


@dataclass(frozen=True)
class Operation:
    """One operation of the contract.

    Parameters
    ----------
    path : with the names of its parameters in braces
    in_path, in_query : names of its parameters
    example : a body that is answered, None where it has none
    texts : every place of a text in its body, each part of the contract once over all operations
    """

    method: str
    path: str
    in_path: list[str]
    in_query: list[str]
    example: Any
    texts: list[Place]


def operations(contract: Mapping[str, Any]) -> Iterator[Operation]:
    """List the operations of an OpenAPI document."""
    walked: set[str] = set()
    for path, item in contract["paths"].items():
        for method in item.keys() - {"parameters"}:
            operation = item[method]
            asked = [*item.get("parameters", []), *operation.get("parameters", [])]
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            example = body.get("example")
            texts = dict.fromkeys(_texts(contract, body.get("schema", {}), example, frozenset(walked)))
            walked |= {each["$ref"] for each in _scenarios(body.get("schema", {}))}
            named = {where: [each["name"] for each in asked if each["in"] == where] for where in ("path", "query")}
            yield Operation(method.upper(), path, named["path"], named["query"], example, list(texts))


def _scenarios(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [schema] if schema.get("$ref", "").endswith("/Scenario") else []


def _texts(contract: Mapping[str, Any], schema: Any, example: Any, walked: frozenset[str]) -> Iterator[Place]:
    """Yield every place where a schema takes a text, in what the example holds and in what it leaves out."""
    while "$ref" in schema:
        if schema["$ref"] in walked:
            return
        walked |= {schema["$ref"]}
        found: Any = contract
        for name in schema["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        schema = found
    for several in ("anyOf", "oneOf", "allOf"):
        for each in schema.get(several, ()):
            yield from _texts(contract, each, example, walked)
    sorts = schema.get("type", ())
    if "string" in ([sorts] if isinstance(sorts, str) else sorts) or "enum" in schema or "const" in schema:
        yield ()
    members = dict(schema.get("properties", {}))
    if isinstance(schema.get("additionalProperties"), dict):
        members |= dict.fromkeys(example if isinstance(example, dict) else ["x"], schema["additionalProperties"])
    for name, member in members.items():
        inner = example.get(name) if isinstance(example, dict) else None
        yield from ((name, *rest) for rest in _texts(contract, member, inner, walked))
    if "items" in schema:
        inner = example[0] if isinstance(example, list) and example else None
        yield from ((0, *rest) for rest in _texts(contract, schema["items"], inner, walked))


def with_text(example: Any, place: Place, text: str) -> Any:
    """Return an example with another text in one place, and what must stand around it.

    Examples
    --------
    >>> with_text({"a": 1}, ("b", 0, "c"), "x")
    {'a': 1, 'b': [{'c': 'x'}]}
    """
    if not place:
        return text
    first, *rest = place
    if isinstance(first, int):
        held = list(example) if isinstance(example, list) else []
        return [with_text(held[0] if held else None, tuple(rest), text), *held[1:]]
    held = deepcopy(example) if isinstance(example, dict) else {}
    return {**held, first: with_text(held.get(first), tuple(rest), text)}
