"""Find and replace one input of a scenario by JSON Pointer (RFC 6901)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import is_dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from estimator.errors import ScenarioError, UnknownNameError
from estimator.scenario.inputs import Input, inputs_of
from estimator.scenario.own_prices import OWN_PRICE_INPUTS, factor_place, named_price, with_factor
from estimator.scenario.question import Scenario
from estimator.scenario.ranges import Range
from estimator.scenario.serving import CACHING_INPUTS


def tokens_of(pointer: str) -> list[str]:
    """Split a pointer into its unescaped reference tokens.

    Examples
    --------
    >>> tokens_of("/approaches/few~1many/serving")
    ['approaches', 'few/many', 'serving']
    """
    if pointer == "":
        return []
    if not pointer.startswith("/"):
        raise ScenarioError(f"A JSON Pointer begins with '/', not {pointer!r}.")
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/")]


def escaped(name: str) -> str:
    """Write a name as one reference token.

    Examples
    --------
    >>> escaped("few/many")
    'few~1many'
    """
    return name.replace("~", "~0").replace("/", "~1")


def value_at(scenario: Scenario, pointer: str) -> Any:
    """Return what stands at a pointer.

    Raises
    ------
    UnknownNameError : nothing can stand there; names the nearest fields
    """
    tokens = tokens_of(pointer)
    named = named_price(tokens)
    if named is not None:
        place = factor_place(scenario.price_overrides, *named)
        return 1.0 if place is None else scenario.price_overrides[place]["factor"]
    here: Any = scenario
    for token in tokens:
        here = _child(here, token, pointer)
    return here


def input_at(scenario: Scenario, pointer: str) -> Input:
    """Return the declaration of the number at a pointer.

    Raises
    ------
    UnknownNameError : nothing can stand there
    ScenarioError : it is not a single number
    """
    tokens = tokens_of(pointer)
    if named_price(tokens) is not None:
        return OWN_PRICE_INPUTS["factor"]
    *parents, last = tokens or [""]
    above = pointer.rpartition("/")[0]
    owner: Any = scenario
    for token in parents:
        owner = _child(owner, token, above)
    _child(owner, last, pointer)
    known = OWN_PRICE_INPUTS if parents[:1] == ["price_overrides"] else CACHING_INPUTS
    known = _declared(owner) if is_dataclass(owner) else known
    declared = known.get(last)
    if declared is None or not declared.numeric:
        raise ScenarioError(f"{pointer} is not a single number and cannot be varied.", pointer)
    return declared


def with_values(scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """Put other values at some pointers: numbers, ranges, or columns (cells, 1) to compute many cells at once.

    Raises
    ------
    UnknownNameError : nothing can stand at a pointer
    ScenarioError : a value is outside the legal range, or the field shapes the calculation and takes no column
    """
    changed: dict[str, Any] = {}
    for pointer, value in values.items():
        _check(input_at(scenario, pointer), pointer, value)
        tokens = tokens_of(pointer)
        named = named_price(tokens)
        if named is not None:
            scenario = replace(scenario, price_overrides=with_factor(scenario.price_overrides, *named, value))
            continue
        _put(changed, tokens, value)
    found: Scenario = _with_all(scenario, changed)
    return found


def ranges_in(scenario: Scenario) -> dict[str, Range]:
    """Return every range of a scenario by its pointer, in the order of the fields."""
    return dict(_leaves(scenario, "", frozenset((Range,))))


def numbers_in(scenario: Scenario) -> dict[str, float]:
    """Return every plain number of a scenario by its pointer, in the order of the fields."""
    return dict(_leaves(scenario, "", frozenset((int, float))))


def _leaves(node: Any, pointer: str, sorts: frozenset[type]) -> Iterator[tuple[str, Any]]:
    sort = type(node)
    if sort in sorts:
        yield pointer, node
    elif sort in _PLAIN or sort is Range:
        return
    elif sort is dict:
        for name, child in node.items():
            yield from _leaves(child, f"{pointer}/{escaped(name)}", sorts)
    elif sort is tuple or sort is list:
        for place, child in enumerate(node):
            yield from _leaves(child, f"{pointer}/{place}", sorts)
    elif is_dataclass(node):
        for name in _declared(node):
            child = getattr(node, name)
            if type(child) in sorts or type(child) not in _PLAIN:
                yield from _leaves(child, f"{pointer}/{name}", sorts)


_PLAIN = frozenset((float, int, str, bool, type(None), date, np.ndarray))


def at_base(scenario: Scenario, ranges: Mapping[str, Range] | None = None) -> Scenario:
    """Replace every range by its most likely value; `ranges` are those of the scenario, if they are known."""
    changed: dict[str, Any] = {}
    for pointer, value in (ranges_in(scenario) if ranges is None else ranges).items():
        _put(changed, tokens_of(pointer), value.base)
    found: Scenario = _with_all(scenario, changed)
    return found


def base_of(value: Any) -> Any:
    """Return the most likely value of a range, anything else as it is."""
    return value.base if isinstance(value, Range) else value


def _declared(node: Any) -> dict[str, Input]:
    return inputs_of(type(node))


def _child(node: Any, token: str, pointer: str) -> Any:
    if is_dataclass(node) and not isinstance(node, Range):
        if token in _declared(node):
            return getattr(node, token)
        raise UnknownNameError("field", token, _declared(node), pointer)
    if isinstance(node, Mapping):
        if token in node:
            return node[token]
        raise UnknownNameError("name", token, [str(name) for name in node], pointer)
    if isinstance(node, Sequence) and not isinstance(node, str) and token.isdecimal() and int(token) < len(node):
        return node[int(token)]
    raise ScenarioError(f"Nothing stands at {pointer}.", pointer)


def _check(declared: Input, pointer: str, value: Any) -> None:
    if isinstance(value, Range):
        words = value.objection(declared)
    elif isinstance(value, np.ndarray):
        if declared.fixed:
            raise ScenarioError(f"{pointer} shapes the calculation: it takes one number, not many.", pointer)
        corners = (float(value.min()), float(value.max())) if value.size else ()
        continuous = declared if declared.kind == "number" else None
        words = next((each for corner in corners if (each := (continuous or declared).objection(corner))), None)
    else:
        words = None if value is None and declared.nullable else declared.objection(value)
    if words:
        raise ScenarioError(f"{pointer}: {words}", pointer)


def _put(changed: dict[str, Any], tokens: list[str], value: Any) -> None:
    """Note a value in a tree of what is changed, by the tokens of its pointer."""
    for token in tokens[:-1]:
        changed = changed.setdefault(token, {})
    changed[tokens[-1]] = value


def _with_all(node: Any, changed: Mapping[str, Any]) -> Any:
    """Replace what stands at the leaves of a tree, each node of the scenario once."""
    if not changed:
        return node
    if is_dataclass(node) and not isinstance(node, type):
        return replace(node, **{token: _below(getattr(node, token), new) for token, new in changed.items()})
    if isinstance(node, Mapping):
        return {**node, **{token: _below(node[token], new) for token, new in changed.items()}}
    places = {int(token): new for token, new in changed.items()}
    return tuple(_below(child, places[place]) if place in places else child for place, child in enumerate(node))


def _below(old: Any, new: Any) -> Any:
    return _with_all(old, new) if type(new) is dict else new
