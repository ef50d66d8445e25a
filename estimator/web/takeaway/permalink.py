"""A scenario in an address: compressed, versioned, short enough for the server; damaged ones open as far as they go."""

import base64
import zlib
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from itertools import groupby
from pathlib import Path
from string import ascii_letters, digits
from typing import Any
from urllib.parse import parse_qs, urlsplit

from estimator.errors import EstimatorError
from estimator.presets import presets
from estimator.scenario.pointer import escaped, tokens_of
from estimator.web.documents import UnreadableError
from estimator.web.form.draft import Draft
from estimator.web.problems import objections_of
from estimator.web.schemas.objections import Objection
from estimator.web.schemas.scenario import read_scenario
from estimator.web.takeaway.link_text import LinkText, read_link_text, write_link_text
from estimator.web.words.input_names import SECTIONS, in_words, label_of

VERSION = "3"
WORDS = (Path(__file__).parent / "link_words.txt").read_bytes()
"""What the compressor knows before it begins, the most usual last; other words are another version."""
LONGEST = 7000
"""Characters of the part that holds the scenario; with the address it stays below the 8,190 of a request line."""
LARGEST = 1_000_000
"""Bytes of a scenario after decompression."""
MOST_DROPPED = 50
"""Rounds of taking out what is refused."""
MOST_TOLD = 100
EXAMPLE = "review-sentiment"
LETTERS = frozenset(ascii_letters + digits + "-_")
KEPT = frozenset({"workload", "approaches"})
"""Objects that stay where they are, whatever is missing in them."""
CUT_OFF = "The link is cut off: ask for the whole of it."
UNNAMED = "it names all that it holds: whatever does not stand in the form is lost."
NOT_FILLED_IN = "Nothing was put in the place of what is lost: its fields are empty, or at their defaults."
ONLY_ITS_END = "The last characters of the link are missing; nothing of the scenario is."
CHANGED = "The link was changed on its way."
ENDS, UNREADABLE = "ends before", "cannot be read as far as"
"""What a link does where values are lost: one that was cut off, and one in which a letter was changed."""
NOT_A_SCENARIO = "The link holds no scenario."
NO_LINK = "This is no link to a scenario: one begins with the number of its version and a dot."
CHECK = f"{CHANGED} Check every value against where it came from."


def pack(document: Mapping[str, Any]) -> str:
    """Write a scenario as the part of a link: its version, a dot, deflated text and its check sum in base64url.

    The codes of the compressor are the fixed ones, so that every letter can be read without those behind it; a link
    that would be too long with them has codes of its own.

    Examples
    --------
    >>> unpack(pack({"name": "x", "horizon_months": 12}))
    {'name': 'x', 'horizon_months': 12}
    """
    text = write_link_text(document)
    packed = _packed(text, zlib.Z_FIXED)
    return packed if len(packed) <= LONGEST else _packed(text, zlib.Z_DEFAULT_STRATEGY)


def _packed(text: bytes, codes: int) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, codes, WORDS)
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
    >>> part_of("https://example.org/estimate?s=3.abc&x=1"), part_of(" 3.abc ")
    ('3.abc', '3.abc')
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
    held = read_link_text(text.decode())
    if not held.whole:
        raise UnreadableError(NOT_A_SCENARIO)
    return held.document


def _check_sum(text: bytes) -> bytes:
    return zlib.crc32(text).to_bytes(4, "big")


def _inflate(packed: str) -> tuple[bytes, str]:
    """Decompress a link as far as it goes; and what is wrong with it, "" where nothing is."""
    version, dot, body = "".join(packed.split()).partition(".")
    if not version.isdecimal():
        raise UnreadableError(NO_LINK)
    if not dot:
        return b"", CUT_OFF
    if version != VERSION:
        raise UnreadableError(f"The link is of version {version[:20]!r}; this service reads version {VERSION}.")
    clean = next((body[:place] for place, each in enumerate(body) if each not in LETTERS), body)
    whole = clean if len(clean) % 4 != 1 else clean[:-1]
    held = base64.urlsafe_b64decode(whole + "=" * (-len(whole) % 4))
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS, WORDS)
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


def open_link(packed: str, *, instead: bool = True) -> Draft:
    """Open a link with what can be read of it, and say what was dropped.

    Parameters
    ----------
    packed : the part of the link that holds the scenario
    instead : whether to open the first example where nothing can be read

    Raises
    ------
    UnreadableError : nothing can be read, and nothing is to stand for it
    """
    try:
        text, damage = _inflate(packed)
        held = read_link_text(text.decode("utf-8", "ignore"))
    except UnreadableError as refusal:
        held, damage = LinkText(), refusal.message
    document = held.document
    if not document and not instead:
        raise UnreadableError(damage or NOT_A_SCENARIO)
    if not document:
        example = presets()[EXAMPLE]
        nothing = f"Nothing of it could be read, so the example {example.name!r} is shown."
        return Draft(deepcopy(example.scenario), dropped=[*([damage] if damage else []), nothing])
    dropped = [CHECK if damage == CHANGED else damage] if damage else []
    until = UNREADABLE if damage == CHANGED else ENDS
    dropped += [
        *_lost(held.lost, until),
        *([] if held.named else [f"It {until} {UNNAMED}"]),
        *([] if held.whole else [NOT_FILLED_IN]),
    ]
    dropped += [f"{_named(each.pointer)}: {each.detail}" for each in _leave_out(document, whole=held.whole)]
    if len(dropped) > MOST_TOLD:
        dropped[MOST_TOLD:] = [f"And {len(dropped) - MOST_TOLD} more."]
    return Draft(document, dropped=dropped, partial=not held.whole)


def _lost(pointers: Iterable[str], until: str) -> Iterator[str]:
    """Name the values that are lost, those of one approach, or of one part of the scenario, in one sentence."""
    for above, inside in groupby(sorted(pointers, key=_above), _above):
        names = ", ".join(f"“{label_of(tokens_of(pointer)[-1])}”" for pointer in inside)
        yield f"{_named(above)}: the link {until} {names}."


def _above(pointer: str) -> str:
    return pointer.rpartition("/")[0]


def _named(pointer: str) -> str:
    """Name a place as people do, with its pointer."""
    *above, name = tokens_of(pointer) or [""]
    words = SECTIONS.get(name, "") if not above else ""
    return f"{words or in_words(pointer)} ({pointer})" if pointer else "The scenario"


def _leave_out(document: dict[str, Any], *, whole: bool) -> list[Objection]:
    """Take out what is refused: the value alone where that helps, else the approach that it belongs to.

    Of a link that was not read whole the approaches stay: what they lack stands at its field.
    """
    told: list[Objection] = []
    for _ in range(MOST_DROPPED):
        wrong = _objections(document)
        gone = [each for each in sorted(wrong, key=_from_the_end) if _drop(document, each.pointer)]
        if not gone and whole:
            gone = list(_drop_approaches(document, wrong))
        if not gone:
            break
        told += gone
    return told


def _from_the_end(objection: Objection) -> tuple[int, ...]:
    """Sort rows of lists from the last one, so that the places of the others stay."""
    return tuple(-int(each) for each in tokens_of(objection.pointer) if each.isdecimal())


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
        if isinstance(node, list) and token.isdecimal() and int(token) < len(node):
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
    if isinstance(node, list) and last.isdecimal() and int(last) < len(node):
        del node[int(last)]
        return True
    return False
