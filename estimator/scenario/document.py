"""The complete scenario as plain values, and the defaults that stand in it."""

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, NamedTuple

import orjson

from estimator.scenario.inputs import Input, default_of, inputs_of
from estimator.scenario.plans import FineTuning, Hybrid, LumpSum, PromptEngineering
from estimator.scenario.pointer import escaped
from estimator.scenario.question import Scenario
from estimator.scenario.ranges import Range


class Default(NamedTuple):
    """One input that stands at its default."""

    pointer: str
    value: Any
    unit: str
    basis: str


def as_document(node: Any) -> Any:
    """Write a scenario, or a part of it, as plain values that can be posted back."""
    sort = type(node)
    if sort in _PLAIN:
        return node
    if sort is dict:
        return {name: as_document(value) for name, value in node.items()}
    if sort is list or sort is tuple:
        return [as_document(value) for value in node]
    if sort is Range:
        return {each.name: value for each in fields(node) if (value := getattr(node, each.name)) not in (None, ())}
    if is_dataclass(node):
        kind = getattr(node, "kind", None)
        written = {} if kind is None else {"kind": kind}
        for name in inputs_of(sort):
            value = getattr(node, name)
            written[name] = value if type(value) in _PLAIN else as_document(value)
        return written
    return node.isoformat() if isinstance(node, date) else node


_PLAIN = frozenset((float, int, str, bool, type(None)))


def scenario_id(document: Mapping[str, Any]) -> str:
    """Name a complete scenario by the hash of its content."""
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def defaults_used(scenario: Scenario) -> list[Default]:
    """List every input that stands at its default and can enter this scenario's answer."""
    used = _at_default(scenario, "", nested=False)
    used += _at_default(scenario.workload, "/workload")
    if any(isinstance(plan, PromptEngineering | FineTuning) for plan in scenario.approaches.values()):
        used += _at_default(scenario.labelling, "/labelling") + _at_default(scenario.evaluation, "/evaluation")
        used += _at_default(scenario.rates, "/rates")
    for name, plan in scenario.approaches.items():
        used += _at_default(plan, f"/approaches/{escaped(name)}")
    return used


_listed: dict[type, list[tuple[str, Any, Input]]] = {}
_nested: dict[type, tuple[str, ...]] = {}
_UNLISTED = {"name", "seed", "draws", "correlations", "price_overrides"}
_WITHOUT_LEAD_TIME = {"bridge", "bridge_upfront_share"}


def _candidates(owner: type) -> list[tuple[str, Any, Input]]:
    """Return the fields of a class whose default is a value of its own."""
    if owner not in _listed:
        found = []
        for each in fields(owner):
            if "input" not in each.metadata or each.name in _UNLISTED:
                continue
            value, declared = default_of(each), each.metadata["input"]
            if isinstance(value, str | int | float) and declared.kind not in ("object", "objects", "one_of"):
                found.append((each.name, value, declared))
        _listed[owner] = found
    return _listed[owner]


def _at_default(node: Any, pointer: str, *, nested: bool = True) -> list[Default]:
    found = []
    skipped = _WITHOUT_LEAD_TIME if _at_once(node) else set()
    for name, default, declared in _candidates(type(node)):
        value = getattr(node, name)
        if (value is default or (type(value) in _PLAIN and value == default)) and name not in skipped:
            found.append(Default(f"{pointer}/{name}", value, declared.unit, declared.basis))
    if nested:
        for name in _parts(type(node)):
            child = getattr(node, name)
            if child is not None:
                found += _at_default(child, f"{pointer}/{name}")
    return found


def _at_once(node: Any) -> bool:
    """Tell whether an approach serves at once, so that no bridge enters."""
    return isinstance(node, PromptEngineering | LumpSum | FineTuning | Hybrid) and node.lead_time_months == 0


def _parts(owner: type) -> tuple[str, ...]:
    """Name the fields of a class that hold an object of declared inputs."""
    if owner not in _nested:
        _nested[owner] = tuple(name for name, one in inputs_of(owner).items() if one.kind in ("object", "one_of"))
    return _nested[owner]
