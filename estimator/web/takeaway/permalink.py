"""A scenario in an address: compressed, versioned, short enough for the server; damaged ones open as far as they go."""

import base64
import zlib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from string import ascii_letters, digits
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from estimator.errors import EstimatorError
from estimator.presets import presets
from estimator.scenario.pointer import escaped, tokens_of
from estimator.web.documents import UnreadableError, read_json
from estimator.web.form.draft import Draft
from estimator.web.problems import objections_of
from estimator.web.schemas.objections import Objection
from estimator.web.schemas.scenario import read_scenario
from estimator.web.takeaway.damaged_links import contents_of, read_begun
from estimator.web.words.input_names import SECTIONS, in_words

VERSION = "2"
LONGEST = 7000
"""Characters of the part that holds the scenario; with the address it stays below the 8,190 of a request line."""
LARGEST = 1_000_000
"""Bytes of a scenario after decompression."""
MOST_DROPPED = 50
"""Rounds of taking out what is refused."""
MOST_TOLD = 100
EXAMPLE = "review-sentiment"
LETTERS = frozenset(ascii_letters + digits + "-_")
WHERE = {"within": "the link ends within it, so it is left out as a whole.", "before": "the link ends before it."}
KEPT = frozenset({"workload", "approaches"})
"""Objects that stay where they are, whatever is missing in them."""
CUT_OFF = "The link is cut off."
ONLY_ITS_END = "The last characters of the link are missing; nothing of the scenario is."
CHANGED = "The link was changed on its way."
CHECK = f"{CHANGED} Check every value against where it came from."


def pack(document: Mapping[str, Any]) -> str:
    """Write a scenario as the part of a link: its version, a dot, deflated JSON and its check sum in base64url.

    The JSON is a list of the names in the scenario and the scenario.

    Examples
    --------
    >>> unpack(pack({"name": "x", "horizon_months": 12}))
    {'name': 'x', 'horizon_months': 12}
    """
    text = orjson.dumps([contents_of(document), document])
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(text) + packer.flush() + _check_sum(text)
    return f"{VERSION}.{base64.urlsafe_b64encode(packed).rstrip(b'=').decode()}"


def make_link(document: Mapping[str, Any]) -> str | None:
    """Write the part of a link that reopens a scenario; None where it would be too long."""
    packed = pack(document)
    return packed if len(packed) <= LONGEST else None


def part_of(link: str) -> str:
    """Return the part of a link that holds the scenario; of what is no address, itself.

    Examples
    --------
    >>> part_of("https://example.org/estimate?s=2.abc&x=1"), part_of(" 2.abc ")
    ('2.abc', '2.abc')
    """
    try:
        held = parse_qs(urlsplit(link.strip()).query).get("s")
    except ValueError:
        held = None
    return held[0] if held else link.strip()


def unpack(packed: str) -> Any:
    """Read the scenario of a link.

    Raises
    ------
    UnreadableError : another version, or damaged
    """
    text, damage = _inflate(packed)
    if damage:
        raise UnreadableError(damage)
    held = read_json(text)
    if not isinstance(held, list) or len(held) != 2:
        raise UnreadableError("The link holds no scenario.")
    return held[1]


def _check_sum(text: bytes) -> bytes:
    return zlib.crc32(text).to_bytes(4, "big")


def _inflate(packed: str) -> tuple[bytes, str]:
    """Decompress a link as far as it goes; and what is wrong with it, "" where nothing is."""
    version, dot, body = "".join(packed.split()).partition(".")
    if not dot or version != VERSION:
        raise UnreadableError(f"The link is of version {version[:20]!r}; this service reads version {VERSION}.")
    clean = next((body[:place] for place, each in enumerate(body) if each not in LETTERS), body)
    whole = clean if len(clean) % 4 != 1 else clean[:-1]
    held = base64.urlsafe_b64decode(whole + "=" * (-len(whole) % 4))
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    found, end = bytearray(), 0
    try:
        while end < len(held) and not unpacker.eof:
            found += unpacker.decompress(held[end : end + 1], LARGEST - len(found) + 1)
            end += 1
            if len(found) > LARGEST:
                raise UnreadableError(f"The link holds more than {LARGEST:,} bytes.")
    except zlib.error:
        return bytes(found), CHANGED
    if not unpacker.eof:
        return bytes(found), CUT_OFF
    seal, rest = _check_sum(bytes(found)), held[end:]
    if rest[:4] == seal:
        return bytes(found), ""
    return bytes(found), ONLY_ITS_END if seal.startswith(rest) else CHANGED


def open_link(packed: str) -> Draft:
    """Open a link with what can be read of it, and say what was dropped."""
    try:
        text, damage = _inflate(packed)
        held = read_begun(text.decode("utf-8", "ignore"))
    except UnreadableError as refusal:
        held, damage = None, refusal.message
    document, lost = held or ({}, {})
    if damage == CHANGED and document:
        damage = CHECK
    dropped = [damage] if damage else []
    dropped += [f"{_named(pointer)}: {WHERE[where]}" for pointer, where in lost.items()]
    if not document:
        example = presets()[EXAMPLE]
        dropped.append(f"Nothing of it could be read, so the example {example.name!r} is shown.")
        return Draft(deepcopy(example.scenario), dropped=dropped)
    dropped += [f"{_named(each.pointer)}: {each.detail}" for each in _leave_out(document)]
    if len(dropped) > MOST_TOLD:
        dropped[MOST_TOLD:] = [f"And {len(dropped) - MOST_TOLD} more."]
    return Draft(document, dropped=dropped)


def _named(pointer: str) -> str:
    """Name a place as people do, with its pointer."""
    *above, name = tokens_of(pointer) or [""]
    words = SECTIONS.get(name, "") if not above else ""
    return f"{words or in_words(pointer)} ({pointer})" if pointer else "The scenario"


def _leave_out(document: dict[str, Any]) -> list[Objection]:
    """Take out what is refused: the value alone where that helps, else the approach that it belongs to."""
    told: list[Objection] = []
    for _ in range(MOST_DROPPED):
        wrong = _objections(document)
        gone = [each for each in sorted(wrong, key=_from_the_end) if _drop(document, each.pointer)]
        if not gone:
            gone = list(_drop_approaches(document, wrong))
        if not gone:
            break
        told += gone
    return told


def _from_the_end(objection: Objection) -> tuple[int, ...]:
    """Sort rows of lists from the last one, so that the places of the others stay."""
    return tuple(-int(each) for each in tokens_of(objection.pointer) if each.isdigit())


def _drop_approaches(document: dict[str, Any], wrong: list[Objection]) -> Iterator[Objection]:
    for each in wrong:
        place, *inner = tokens_of(each.pointer) or [""]
        if place == "approaches" and inner and document["approaches"].pop(inner[0], None) is not None:
            pointer = f"/approaches/{escaped(inner[0])}"
            yield Objection(pointer, f"left out as a whole, for it cannot be computed without {each.pointer}.")


def _objections(document: Any) -> list[Objection]:
    try:
        read_scenario(document)
    except EstimatorError as refusal:
        return objections_of(refusal)
    return []


def _drop(document: Any, pointer: str) -> bool:
    """Take out what stands at a pointer; False where nothing does, or all that is asked or compared."""
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
        if not parents and last in KEPT and isinstance(node[last], dict):
            return False
        del node[last]
        return True
    if isinstance(node, list) and last.isdigit() and int(last) < len(node):
        del node[int(last)]
        return True
    return False
