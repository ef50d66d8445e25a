"""Bytes -> plain values: JSON and YAML, read so that nothing is dropped, overwritten or rounded unseen."""

import json
import re
from typing import Any

import yaml

from estimator.deadline import check_time
from estimator.errors import EstimatorError

DEEPEST = 32
LONGEST_NUMBER = 300
"""Digits of a whole number that a float can still hold."""
SURROGATE = re.compile("[\ud800-\udfff]")


LONGEST_YAML = 65_536
"""Characters of YAML that a client may send: reading it takes a hundred times as long as reading JSON."""


class UnreadableError(EstimatorError):
    """A document that is not JSON or YAML, or says one thing twice."""


class TooLongError(UnreadableError):
    """YAML that would take too long to read."""


def read_json(body: bytes, deepest: int = DEEPEST) -> Any:
    """Read JSON strictly.

    Raises
    ------
    UnreadableError : not UTF-8, not JSON, NaN or Infinity, a number too large for a float, half a character, a key
        given twice, too deeply nested

    Examples
    --------
    >>> read_json(b'{"horizon_months": 12}')
    {'horizon_months': 12}
    """
    try:
        text = body.decode("utf-8")
        document = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
    except UnicodeDecodeError as error:
        raise UnreadableError(f"The body is not UTF-8: {error.reason} at byte {error.start}.") from error
    except json.JSONDecodeError as error:
        raise UnreadableError(
            f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        ) from error
    except RecursionError as error:
        raise _too_deep(deepest) from error
    if "\\u" in text:
        _refuse_half_characters(document)
    if text.count("{") + text.count("[") > deepest:
        _refuse_depth(document, deepest)
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _twice([key for key, _ in pairs])
    return found


def _twice(keys: list[str]) -> UnreadableError:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            break
        seen.add(key)
    return UnreadableError(f"The key {key[:120]!r} stands twice in one object. Keep one of them.")


def _no_constant(word: str) -> Any:
    raise UnreadableError(f"{word} is not a JSON number.")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise UnreadableError(f"The number {digits[:40]} is too large.")
    return number


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise UnreadableError(f"The number {digits[:40]}… is too large.")
    return int(digits)


def _refuse_half_characters(node: Any) -> None:
    if SURROGATE.search(json.dumps(node, ensure_ascii=False)):
        raise UnreadableError("The body holds half of a character (a lone surrogate).")


def _too_deep(deepest: int) -> UnreadableError:
    return UnreadableError(f"The document is nested more than {deepest} levels deep.")


def _refuse_depth(node: Any, deepest: int) -> None:
    level = [node] if isinstance(node, dict | list) else []
    for _ in range(deepest):
        level = [child for parent in level for child in _parts(parent)]
        if not level:
            return
    raise _too_deep(deepest)


def _parts(node: dict[str, Any] | list[Any]) -> list[Any]:
    children = node.values() if isinstance(node, dict) else node
    return [child for child in children if isinstance(child, dict | list)]


class _PlainLoader(yaml.SafeLoader):
    """YAML 1.2 as JSON knows it: no aliases, no tags, no dates, no yes and no as truth values, no key twice."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the class attribute of the library, emptied on purpose

    def compose_node(self, parent: Any, index: Any) -> Any:
        check_time()
        if self.check_event(yaml.AliasEvent):
            raise UnreadableError("Aliases (*name) are not read: write the value out.")
        if getattr(self.peek_event(), "tag", None):  # type: ignore[no-untyped-call] # the library's stub lacks it
            raise UnreadableError("Tags (!name) are not read: write the value alone.")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - the library's signature
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise UnreadableError("The key of an object must be a text.")
            key.tag = f"{YAML_TAG}str"
        keys = [key.value for key, _ in node.value]
        if len(set(keys)) != len(keys):
            raise _twice(keys)
        return super().construct_mapping(node, deep)


class _PlainDumper(yaml.SafeDumper):
    """Quotes exactly the texts that _PlainLoader would read as something else."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the class attribute of the library, emptied on purpose

    def represent_data(self, data: Any) -> Any:
        check_time()
        return super().represent_data(data)


YAML_TAG = "tag:yaml.org,2002:"
for sort, pattern, first in (
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("bool", r"^(?:true|false)$", list("tf")),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", list("-+.0123456789")),
):
    for either in (_PlainLoader, _PlainDumper):
        either.add_implicit_resolver(f"{YAML_TAG}{sort}", re.compile(pattern), first)


def _yaml_int(loader: Any, node: Any) -> int:
    return _whole(loader.construct_scalar(node))


def _yaml_float(loader: Any, node: Any) -> float:
    return _finite(loader.construct_scalar(node))


_PlainLoader.add_constructor(f"{YAML_TAG}int", _yaml_int)
_PlainLoader.add_constructor(f"{YAML_TAG}float", _yaml_float)


def read_yaml(text: str, deepest: int = DEEPEST, longest: int | None = None) -> Any:
    """Read YAML (and JSON, which is YAML) by the rules of JSON.

    Parameters
    ----------
    longest : characters of YAML that are read; JSON may be longer

    Raises
    ------
    UnreadableError : not YAML, an alias, a tag, a key given twice, a number too large for a float, too deeply nested
    TooLongError : longer than it may be, and no JSON
    TimeBudgetError : the time that reading it may take is over

    Examples
    --------
    >>> read_yaml("price_book: {on: 2026-11-20}")
    {'price_book': {'on': '2026-11-20'}}
    >>> read_yaml("horizon_months: 1e1")
    {'horizon_months': 10.0}
    """
    too_long = longest is not None and len(text) > longest
    if text.lstrip()[:1] in ("{", "["):
        try:
            return read_json(text.encode("utf-8", "surrogatepass"), deepest)
        except UnreadableError:
            if too_long:
                raise
    if too_long:
        raise TooLongError(
            f"This YAML has {len(text):,} characters; at most {longest:,} are read. "
            "Write it as JSON, which may be longer."
        )
    try:
        document = yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a SafeLoader with less in it
    except UnreadableError:
        raise
    except RecursionError as error:
        raise _too_deep(deepest) from error
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be parsed"
        raise UnreadableError(f"The text is not YAML: {problem}{where}.") from error
    if isinstance(document, dict | list):
        _refuse_depth(document, deepest)
        _refuse_half_characters(document)
    return document


def write_yaml(document: Any) -> str:
    """Write plain values as YAML that read_yaml reads back the same.

    Examples
    --------
    >>> print(write_yaml({"name": "1e3", "on": "2026-11-20", "x": [1.5, None]}), end="")
    name: '1e3'
    on: 2026-11-20
    x:
    - 1.5
    - null
    """
    written: str = yaml.dump(document, Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=110)
    return written


def write_text(document: Any) -> str:
    """Write plain values for a person: as YAML, or as JSON where a client could not send so much YAML back.

    Examples
    --------
    >>> print(write_text({"x": 1}), end="")
    x: 1
    """
    written = write_yaml(document)
    return written if len(written) <= LONGEST_YAML else json.dumps(document, ensure_ascii=False, indent=1)
