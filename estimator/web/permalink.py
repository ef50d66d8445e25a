"""A scenario in an address: compressed, versioned, short enough for the server; damaged ones open as far as they go."""

import base64
import binascii
import zlib
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import orjson

from estimator.errors import EstimatorError
from estimator.presets import presets
from estimator.scenario.pointer import tokens_of
from estimator.web.documents import UnreadableError, read_json
from estimator.web.form import Draft
from estimator.web.problems import objections_of
from estimator.web.schemas.objections import Objection
from estimator.web.schemas.scenario import read_scenario

VERSION = "1"
LONGEST = 7000
"""Characters of the part that holds the scenario; with the address it stays below the 8,190 of a request line."""
LARGEST = 1_000_000
"""Bytes of a scenario after decompression."""
MOST_DROPPED = 50
EXAMPLE = "review-sentiment"


def pack(document: Mapping[str, Any]) -> str:
    """Write a scenario as the part of a link: its version, a dot, deflated JSON in base64url.

    Examples
    --------
    >>> unpack(pack({"name": "x", "horizon_months": 12}))
    {'name': 'x', 'horizon_months': 12}
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(orjson.dumps(document)) + packer.flush()
    return f"{VERSION}.{base64.urlsafe_b64encode(packed).rstrip(b'=').decode()}"


def make_link(document: Mapping[str, Any]) -> str | None:
    """Write the part of a link that reopens a scenario; None where it would be too long."""
    packed = pack(document)
    return packed if len(packed) <= LONGEST else None


def unpack(packed: str) -> Any:
    """Read the scenario of a link.

    Raises
    ------
    UnreadableError : another version, or damaged
    """
    return read_json(_inflate(packed, whole=True))


def _inflate(packed: str, *, whole: bool) -> bytes:
    version, dot, body = packed.partition(".")
    if not dot or version != VERSION:
        raise UnreadableError(f"The link is of version {version[:20]!r}; this service reads version {VERSION}.")
    try:
        held = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        if whole:
            raise UnreadableError("The link is damaged: it is not base64url.") from None
        clean = "".join(each for each in body if each.isascii() and (each.isalnum() or each in "-_"))
        held = base64.urlsafe_b64decode(clean[: len(clean) // 4 * 4])
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    found = b""
    try:
        for at in range(0, len(held), 64):
            found += unpacker.decompress(held[at : at + 64], LARGEST - len(found) + 1)
            if len(found) > LARGEST:
                raise UnreadableError(f"The link holds more than {LARGEST:,} bytes.")
    except zlib.error as error:
        if whole:
            raise UnreadableError("The link is damaged: it cannot be decompressed.") from error
    if whole and not unpacker.eof:
        raise UnreadableError("The link is cut off.")
    return found


def open_link(packed: str) -> Draft:
    """Open a link with what can be read of it, and say what was dropped."""
    dropped: list[str] = []
    try:
        document = unpack(packed)
    except UnreadableError as refusal:
        dropped.append(refusal.message)
        document = _rest_of(packed)
    if not isinstance(document, dict) or not document:
        example = presets()[EXAMPLE]
        dropped.append(f"Nothing of it could be read, so the example {example.name!r} is shown.")
        return Draft(deepcopy(example.scenario), dropped=dropped)
    for _ in range(MOST_DROPPED):
        wrong = _objections(document)
        gone = [each for each in wrong if _drop(document, each.pointer)]
        dropped += [f"{each.pointer}: {each.detail}" for each in gone]
        if not gone:
            break
    return Draft(document, dropped=dropped)


def _objections(document: Any) -> list[Objection]:
    try:
        read_scenario(document)
    except EstimatorError as refusal:
        return objections_of(refusal)
    return []


def _drop(document: Any, pointer: str) -> bool:
    """Take out what stands at a pointer; False where nothing stands there."""
    *parents, last = tokens_of(pointer) or [""]
    node = document
    for token in parents:
        if isinstance(node, list) and token.isdigit() and int(token) < len(node):
            node = node[int(token)]
        elif isinstance(node, dict) and token in node:
            node = node[token]
        else:
            return False
    if isinstance(node, dict) and last in node:
        del node[last]
        return True
    if isinstance(node, list) and last.isdigit() and int(last) < len(node):
        del node[int(last)]
        return True
    return False


def _rest_of(packed: str) -> Any:
    """Read as much of a damaged link as closes to JSON: the text is cut back to the last whole member."""
    try:
        text = _inflate(packed, whole=False).decode("utf-8", "ignore")
    except UnreadableError:
        return None
    for cut in reversed([place for place, each in enumerate(text) if each in ",{"]):
        begun = text[:cut] if text[cut] == "," else text[: cut + 1]
        try:
            return read_json((begun + _closing(begun)).encode())
        except UnreadableError:
            continue
    return None


def _closing(text: str) -> str:
    """Return the brackets that are still open.

    Examples
    --------
    >>> _closing('{"a": [{"b": "}"')
    '}]}'
    """
    stack: list[str] = []
    quoted = escaped = False
    for each in text:
        if quoted:
            quoted, escaped = not (each == '"' and not escaped), each == "\\" and not escaped
        elif each == '"':
            quoted = True
        elif each in "{[":
            stack.append("}" if each == "{" else "]")
        elif each in "}]" and stack:
            stack.pop()
    return "".join(reversed(stack))
