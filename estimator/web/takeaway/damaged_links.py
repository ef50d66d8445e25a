"""What can still be read of a scenario whose end is missing, and the name of everything that is lost."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from estimator.scenario.pointer import escaped
from estimator.web.documents import UnreadableError, read_json

Contents = Mapping[str, Any]
"""The names in a scenario: of an object those of its members, of anything else 0."""


def contents_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """List the names in a scenario, two levels deep; they stand first in a link, so that what is lost has a name.

    Examples
    --------
    >>> contents_of({"name": "x", "approaches": {"tuned": {"kind": "lump_sum"}}})
    {'name': 0, 'approaches': ['tuned']}
    """
    return {name: list(part) if isinstance(part, dict) else 0 for name, part in document.items()}


def read_begun(text: str) -> tuple[dict[str, Any], dict[str, str]] | None:
    """Read the beginning of the JSON of a link; None where nothing of the scenario stands in it.

    Returns
    -------
    tuple : what was read whole, and every lost pointer with where the link ends: an approach, an object in the task
        or a list that was read by half is lost as a whole

    Examples
    --------
    >>> read_begun('[{"name":0,"approaches":["a","b"]},{"name":"x","approaches":{"a":{"kind":"lu')
    ({'name': 'x', 'approaches': {}}, {'/approaches/a': 'within', '/approaches/b': 'before'})
    """
    found = _close(text)
    if found is None:
        return None
    held, deep = found
    if not isinstance(held, list) or len(held) != 2 or not all(isinstance(each, dict) for each in held):
        return None
    contents, document = held
    begun = _path_to_the_end(document, deep - 2)
    half = _take_out_half(document, begun)
    lost = {pointer: "within" if pointer == half else "before" for pointer in _missing(contents, document)}
    return document, lost


def _close(text: str) -> tuple[Any, int] | None:
    """Cut a text back to the last whole member, close what is open; how deep that was."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        text = text[: error.pos]
    except (RecursionError, ValueError):
        return None
    else:
        return read_json(text.encode()), 0
    cut, still_open = _last_member(text)
    try:
        return read_json((text[:cut] + "".join(reversed(still_open))).encode()), len(still_open)
    except UnreadableError:
        return None


def _last_member(text: str) -> tuple[int, list[str]]:
    """Find where the last whole member of a JSON text ends, and the brackets that are open there.

    Examples
    --------
    >>> _last_member('{"a": [{"b": "},", "c": 1')
    (17, ['}', ']', '}'])
    """
    stack: list[str] = []
    cut, still_open = 0, list[str]()
    quoted = escaped_next = False
    for place, each in enumerate(text):
        if quoted:
            quoted = escaped_next or each != '"'
            escaped_next = each == "\\" and not escaped_next
        elif each == '"':
            quoted = True
        elif each in "{[":
            stack.append("}" if each == "{" else "]")
            cut, still_open = place + 1, list(stack)
        elif each in "}]":
            stack.pop()
        elif each == ",":
            cut, still_open = place, list(stack)
    return cut, still_open


def _path_to_the_end(document: Any, steps: int) -> list[str]:
    """Name the objects and lists that the link ends within, from the outside."""
    path, node = [], document
    for _ in range(steps):
        last = next(reversed(node)) if isinstance(node, dict) else len(node) - 1
        path.append(str(last))
        node = node[last]
    return path


def _take_out_half(document: dict[str, Any], begun: list[str]) -> str | None:
    """Take out what was read by half, and say what; the task or the data keep the values that were read whole."""
    if len(begun) > 1:
        part = document[begun[0]]
        if isinstance(part, dict):
            del part[begun[1]]
            return f"/{escaped(begun[0])}/{escaped(begun[1])}"
    if begun and not isinstance(document[begun[0]], dict):
        del document[begun[0]]
        return f"/{escaped(begun[0])}"
    return None


def _missing(contents: Contents, document: Mapping[str, Any]) -> Iterator[str]:
    """Yield every name in the contents that is not in the document; approaches one by one, other objects as wholes."""
    for name, inner in contents.items():
        pointer = f"/{escaped(name)}"
        part = document.get(name)
        if isinstance(inner, list) and (isinstance(part, dict) or name == "approaches"):
            yield from (f"{pointer}/{escaped(str(each))}" for each in inner if each not in (part or {}))
        elif name not in document:
            yield pointer
