"""The text of a link: what matters most first, then the names of all else, then their values, so that a cut loses ends.

``[{"name": …}, {"horizon_months": …, "workload": …}, {"approaches": {"a": {"kind": …}, …}}, {"approaches": {"a":
{"training": …, "serving": …}}}, …, [{"rates": ["region"], "approaches": {"a": ["prompt_tokens", …]}}], "DE", 1500, …]``
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from json import JSONDecodeError, JSONDecoder
from typing import Any

import orjson

from estimator.scenario.pointer import escaped
from estimator.web.documents import UnreadableError, read_json

FIRST = (("name",), ("horizon_months", "workload"))
"""Fields of a scenario that stand first, by part."""
CHOICES = ("mode", "first", "fallback", "then", "training", "serving")
"""Fields of an approach that stand before the others."""
Path = tuple[str, ...]


@dataclass(frozen=True)
class LinkText:
    """What was read of the text of a link.

    Parameters
    ----------
    document : every part and every value that was read whole
    lost : the pointers of the values that are missing
    named : whether the names of all values were read; where they were not, more than `lost` is missing
    """

    document: dict[str, Any] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    named: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return self.named and not self.lost


def write_link_text(document: Mapping[str, Any]) -> bytes:
    """Write a scenario as the text of a link.

    Examples
    --------
    >>> write_link_text({"seed": 7, "name": "x", "approaches": {"a": {"epochs": 2, "kind": "fine_tuning"}}})
    b'[{"name":"x"},{"approaches":{"a":{"kind":"fine_tuning"}}},[{"seed":0,"approaches":{"a":["epochs"]}}],7,2]'
    """
    rest = dict(document)
    parts: list[Any] = [{name: rest.pop(name) for name in names if name in rest} for names in FIRST]
    plans = rest.pop("approaches", None)
    if isinstance(plans, Mapping) and all(isinstance(plan, Mapping) for plan in plans.values()):
        parts.append({"approaches": {name: _of(plan, ("kind",)) for name, plan in plans.items()}})
        parts += [{"approaches": {name: chosen}} for name, plan in plans.items() if (chosen := _of(plan, CHOICES))]
        more = {name: _without(plan, ("kind", *CHOICES)) for name, plan in plans.items()}
        rest["approaches"] = {name: plan for name, plan in more.items() if plan}
    elif plans is not None:
        parts.append({"approaches": plans})
    names = {name: _names(value, deep=name == "approaches") for name, value in rest.items()}
    values = [_value_at(rest, path) for path in _paths(names)]
    return orjson.dumps([*(part for part in parts if part), [names], *values])


def _of(plan: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: plan[name] for name in names if name in plan}


def _without(plan: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in plan.items() if name not in names}


def _names(value: Any, *, deep: bool) -> Any:
    """List the names in a value, of approaches those in each; 0 where it is none that has names."""
    if not isinstance(value, Mapping):
        return 0
    return {name: list(inner) for name, inner in value.items()} if deep else list(value)


def _paths(names: Any) -> Iterator[Path]:
    """Yield where each value stands, in the order of the values.

    Examples
    --------
    >>> list(_paths({"seed": 0, "rates": ["region"], "approaches": {"a": ["epochs"]}}))
    [('seed',), ('rates', 'region'), ('approaches', 'a', 'epochs')]
    """
    if isinstance(names, dict):
        for name, inner in names.items():
            yield from ((name, *path) for path in _paths(inner))
    elif isinstance(names, list):
        yield from ((name,) for name in names if isinstance(name, str))
    else:
        yield ()


def _value_at(node: Any, path: Path) -> Any:
    for name in path:
        node = node[name]
    return node


def read_link_text(text: str) -> LinkText:
    """Read the text of a link as far as it goes.

    Examples
    --------
    >>> read_link_text('[{"name":"x"},{"approaches":{"a":{"kind":"lu')
    LinkText(document={'name': 'x'}, lost=(), named=False)
    >>> read_link_text('[{"name":"x"},[{"seed":0,"rates":["region"]}],7,"D')
    LinkText(document={'name': 'x', 'rates': {}, 'seed': 7}, lost=('/rates/region',), named=True)
    """
    document: dict[str, Any] = {}
    values = _whole_values(text)
    for part in values:
        if isinstance(part, dict):
            _lay(document, part)
            continue
        if not isinstance(part, list) or len(part) != 1 or not isinstance(part[0], dict):
            break
        lost = tuple(_fill(document, part[0], values))
        return LinkText(_approaches_last(document), lost, named=True)
    return LinkText(_approaches_last(document))


def _fill(document: dict[str, Any], names: dict[str, Any], values: Iterator[Any]) -> Iterator[str]:
    """Put each value where its name stands; yield the pointers of those that are missing."""
    for name, inner in names.items():
        if inner != 0:
            document.setdefault(name, {})
    for path in _paths(names):
        node: Any = document
        for name in path[:-1]:
            node = node.setdefault(name, {}) if isinstance(node, dict) else None
        found = next(values, values)
        if found is values:
            yield "".join(f"/{escaped(name)}" for name in path)
        elif path and isinstance(node, dict):
            node[path[-1]] = found


def _whole_values(text: str) -> Iterator[Any]:
    """Yield the values in a list that may end anywhere; one counts once the comma or the bracket behind it was read."""
    decoder, begin = JSONDecoder(), 1
    while text.startswith("["):
        try:
            _, end = decoder.raw_decode(text, begin)
            value = read_json(text[begin:end].encode())
        except (JSONDecodeError, RecursionError, UnreadableError, ValueError):
            return
        if text[end : end + 1] not in (",", "]"):
            return
        yield value
        begin = end + 1


def _lay(document: dict[str, Any], part: Mapping[str, Any]) -> None:
    """Lay a part over what was read before it."""
    for name, value in part.items():
        held = document.get(name)
        if isinstance(held, dict) and isinstance(value, dict):
            _lay(held, value)
        else:
            document[name] = value


def _approaches_last(document: dict[str, Any]) -> dict[str, Any]:
    """Put the approaches behind what they share, as scenarios are written."""
    return {name: document[name] for name in sorted(document, key="approaches".__eq__)}
