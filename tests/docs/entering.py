"""Which formula each input enters first: found by changing it in example scenarios and watching the formulas run.

Every formula that is called is noted with its arguments and its result. Where an input is changed to a number that
stands nowhere else, the formulas that get this very number are those it enters; where none gets it (it is added to
another number first, or is a word), the first formula whose arguments or result change is the one.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from datetime import date
from inspect import signature
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import numpy as np
import yaml

import estimator.web
from estimator.approaches import tuning
from estimator.attainment import write_quality
from estimator.computation import compute
from estimator.errors import EstimatorError
from estimator.scenario import Scenario
from estimator.scenario.inputs import Input, inputs_of
from estimator.scenario.pointer import at_base
from estimator.web.questions.equations import ENTERED, formulas
from estimator.web.questions.field_list import field_list
from estimator.web.schemas.scenario import read_scenario
from tests.shipped import LIBRARY

KEPT = Path(estimator.web.__file__).with_name(ENTERED)
PLACES = (
    Path(__file__).parents[1] / "scenarios" / "everything.yaml",
    Path(__file__).with_name("inputs.yaml"),
)
WORDS = {
    "model": ("openai/gpt-4.1-mini", "openai/gpt-4.1"),
    "base_model": ("Llama-3.1-8B", "Qwen2.5-7B"),
    "tuned_model": ("gpt-4.1-mini", "gpt-4.1-nano", "Qwen2.5-32B"),
    "service": ("openai", "azure", "fireworks"),
    "gpu": ("H100-SXM", "A100-80GB-SXM"),
    "variant": ("priority", "batch", ""),
    "tier": ("regional", "data-zone"),
    "method": ("full", "dpo"),
    "provider": ("coreweave", "lambda"),
}
CACHING = ("none", "auto", {"hit_rate": 0.4123})
DAYS = (date(2027, 2, 1), date(2027, 6, 1))
UNUSUAL = 1.0374912
HOOK = "what is called"
PASSING = (lambda *stated, **named: "what is called".__call__(*stated, **named)).__code__  # exchanged before it runs
Call = tuple[str, tuple[Any, ...], Any]
Field = tuple[int, str]
"""The object that is read, and the name of its field."""

NO_EQUATION = {
    "Scenario.name": "a title",
    "Scenario.seed": "where the random numbers start",
    "Scenario.draws": "how many random numbers are drawn",
    "Scenario.correlations": "how inputs are drawn together",
    "Scenario.price_book": "which prices are read",
    "Scenario.price_overrides": "which prices are read",
    "Scenario.currency": "in which unit prices are read",
    "Scenario.baseline": "what the others are compared with",
    "Event.what": "a remark",
    "Rates.region": "which wages are read",
    "LumpSum.bridge": "which approach serves meanwhile",
    "PromptEngineering.bridge": "which approach serves meanwhile",
    "GpuTraining.packed": "the chance that the memory suffices",
    "GpuTraining.weight_bits": "the memory, and so the number of GPUs where it is open",
    "GpuTraining.memory_quantile": "the memory, and so the number of GPUs where it is open",
    "Probe.peak_memory_gib": "the chance that the memory suffices",
    "PromptEngineering.success_rate_spread": "a reason of the recommendation",
    "FineTuning.success_rate_spread": "a reason of the recommendation",
    "Hybrid.success_rate_spread": "a reason of the recommendation",
    "LumpSum.success_rate_spread": "a reason of the recommendation",
}
"""Inputs that enter no formula, and why."""
NO_EQUATION_OF = {"Constraints": "limits that an approach is held against"}
"""Classes whose inputs enter no formula, and why."""
PARTS = ("object", "objects", "one_of")
"""Sorts of inputs that hold others: those enter the formulas."""


def scenarios() -> Iterator[Scenario]:
    """Read the example scenarios: each approach with those that it needs, and no others, so that they are quick."""
    for path in PLACES:
        found = yaml.safe_load(path.read_text("utf-8"))
        for document in found if isinstance(found, list) else [found]:
            whole = at_base(read_scenario(document))
            for name in whole.approaches:
                kept = needed(whole, name)
                yield replace(
                    whole, approaches={each: whole.approaches[each] for each in kept}, baseline=next(iter(kept))
                )


def needed(scenario: Scenario, name: str) -> dict[str, None]:
    """Name an approach and those that it combines or is bridged by."""
    plan = scenario.approaches[name]
    parts = [getattr(plan, each, None) for each in ("first", "fallback", "then", "bridge")]
    return {other: None for part in parts if part for other in needed(scenario, part)} | {name: None}


def entering() -> dict[str, list[str]]:
    """Find the formulas that each input enters, by class and field."""
    with watched():
        return _entering()


def _entering() -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for asked in scenarios():
        scenario = replace(asked, start_date=LIBRARY.book().on)
        with noticed(scenario) as read:
            base = calls_of(scenario)
        if base is None:
            continue
        before = set(base)
        names = {**WORDS, "approach": tuple(scenario.approaches)}
        last = ""
        for owner, place, changed, value in changes(scenario, "", names, read):
            after = None if place == last else calls_of(changed)
            formulas_entered = set() if after is None else entered(before, after, value)
            if formulas_entered:
                found.setdefault(owner, set()).update(formulas_entered)
                last = place
    return {name: sorted(found[name]) for name in sorted(found) if found[name]}


def entered(before: set[Call], after: list[Call], value: Any) -> set[str]:
    """Compare two runs: the formulas that get the value itself, else the first that runs otherwise."""
    others = [call for call in after if call not in before]
    direct = {name for name, arguments, _ in others if type(value) is float and value in arguments}
    return direct or {name for name, _, _ in others[:1]}


def calls_of(scenario: Scenario) -> list[Call] | None:
    """Compute a scenario, and note every formula in the order in which it ends; None where it cannot be computed."""
    tuning._remembered.cache_clear()  # what is remembered is not called again
    NOTED.clear()
    WRITTEN.clear()
    try:
        write_quality(compute(scenario, LIBRARY.book()), LIBRARY.book())
    except EstimatorError:
        return None
    return list(NOTED)


@contextmanager
def watched() -> Iterator[None]:
    """Let every formula note its calls, wherever it is called from: the body of the function itself is exchanged.

    Other functions run at full speed, which a profiler would not let them.
    """
    bodies = {function: function.__code__ for function in formulas()}
    signatures = {function: signature(function) for function in bodies}
    for function, body in bodies.items():
        function.__signature__ = signatures[function]
        function.__code__ = noting(function, FORMULAS[body])
    try:
        yield
    finally:
        for function, body in bodies.items():
            function.__code__ = body
            del function.__signature__


def noting(function: Any, name: str) -> CodeType:
    """Return a body that runs the function and notes its name, arguments and result."""
    own = FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    own.__kwdefaults__ = function.__kwdefaults__
    names = arguments_of(function.__code__)
    defaults = dict(
        zip(names[: function.__code__.co_argcount][::-1], (function.__defaults__ or ())[::-1], strict=False)
    )
    defaults |= function.__kwdefaults__ or {}

    def run(*stated: Any, **named: Any) -> Any:
        given = {**defaults, **dict(zip(names, stated, strict=False)), **named}
        arguments = tuple(written(given[each]) for each in names)
        result = None
        try:
            result = own(*stated, **named)
        finally:
            NOTED.append((name, arguments, written(result)))
        return result

    return PASSING.replace(co_consts=tuple(run if each == HOOK else each for each in PASSING.co_consts))


def arguments_of(code: Any) -> tuple[str, ...]:
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def written(value: Any) -> Any:
    """Write a value so that it can be compared and hashed."""
    if value is None or type(value) in (float, int, str, bool):
        return value
    if isinstance(value, np.ndarray | np.generic):
        flat = value.ravel().tolist()
        return flat[0] if len(flat) == 1 else tuple(flat)
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, tuple | list):
        return tuple([written(each) for each in value])
    if is_dataclass(value):
        kept = WRITTEN.get(id(value))
        if kept is None:
            parts = tuple([written(getattr(value, each.name)) for each in fields(value)])
            kept = WRITTEN[id(value)] = (value, parts)
        return kept[1]
    return type(value).__name__


class Noticing:
    """Stands in the place of a field, and notes in which objects it is read."""

    def __init__(self, field: Any, read: set[Field]) -> None:
        self.field, self.read = field, read

    def __get__(self, owner: Any, kind: type) -> Any:
        self.read.add((id(owner), self.field.__name__))
        return self.field.__get__(owner, kind)

    def __set__(self, owner: Any, value: Any) -> None:
        self.field.__set__(owner, value)


@contextmanager
def noticed(scenario: Scenario) -> Iterator[set[Field]]:
    """Note which fields of a scenario are read: what is read by nobody enters nothing, and need not be changed."""
    read: set[Field] = set()
    kept = {(kind, name): vars(kind)[name] for kind in kinds_in(scenario) for name in inputs_of(kind)}
    for (kind, name), field in kept.items():
        setattr(kind, name, Noticing(field, read))
    try:
        yield read
    finally:
        for (kind, name), field in kept.items():
            setattr(kind, name, field)


def kinds_in(node: Any) -> set[type]:
    """Collect the classes of a scenario and of the objects in it."""
    if isinstance(node, dict | tuple):
        return {kind for part in (node.values() if isinstance(node, dict) else node) for kind in kinds_in(part)}
    if not is_dataclass(node):
        return set()
    below = (kinds_in(getattr(node, name)) for name in inputs_of(type(node)))
    return {type(node)}.union(*below)


def changes(
    node: Any, pointer: str, names: Mapping[str, tuple[str, ...]], read: set[Field]
) -> Iterator[tuple[str, str, Any, Any]]:
    """Change every input that is read, one at a time: name, place, the whole, its other value."""
    for name, declared in inputs_of(type(node)).items():
        if (id(node), name) not in read:
            continue
        value, place = getattr(node, name), f"{pointer}/{name}"
        for other in others_of(name, declared, value, names):
            yield f"{type(node).__name__}.{name}", place, replace(node, **{name: other}), other
        parts: dict[Any, Any] = {"": value} if is_dataclass(value) else {}
        if isinstance(value, dict):
            parts = value
        elif isinstance(value, tuple):
            parts = dict(enumerate(value))
        for key, part in parts.items():
            if is_dataclass(part):
                for owner, where, changed, other in changes(part, f"{place}/{key}", names, read):
                    yield owner, where, replace(node, **{name: put(value, key, changed)}), other


def put(parts: Any, key: Any, part: Any) -> Any:
    """Put another part in the place of one."""
    if isinstance(parts, dict):
        return {**parts, key: part}
    return (*parts[:key], part, *parts[key + 1 :]) if isinstance(parts, tuple) else part


def others_of(name: str, declared: Input, value: Any, names: Mapping[str, tuple[str, ...]]) -> list[Any]:
    """List other values that may stand in a field."""
    if declared.kind in ("number", "whole"):
        tried = (
            [value * UNUSUAL, value / UNUSUAL, value * 2] if value else [0.0374912, 1.0374912, 8.0, 37.4912, 3749.12]
        )
        if declared.kind == "whole":
            tried = [value + 1, value - 1, value * 2] if value is not None else [1, 2, 4, 6]
        return [each for each in tried if declared.objection(each) is None]
    if declared.kind in ("choice", "flag"):
        words = declared.choices if declared.kind == "choice" else (True, False)
        return [each for each in words if each != value]
    if declared.kind == "numbers" and value:
        return [tuple(each * UNUSUAL for each in value)]
    if declared.kind == "date":
        return [each for each in DAYS if each != value]
    if declared.meaning.startswith("Prompt caching"):
        return [each for each in CACHING if each != value]
    return [each for each in names.get(declared.names or name, ()) if each != value]


def leaves() -> list[str]:
    """Name every input that holds no others, by class and field."""
    return sorted(
        {
            f"{each['object']}.{each['pointer'].rpartition('/')[2]}"
            for each in field_list()
            if each["kind"] not in PARTS and each["pointer"] != "/approaches"
        }
    )


FORMULAS = {function.__code__: name for function, name in formulas().items()}
NOTED: list[Call] = []
"""The calls of the computation that runs."""
WRITTEN: dict[int, tuple[Any, Any]] = {}
"""Objects that were written in it, each once."""


def write() -> None:
    """Write the kept copy."""
    KEPT.write_text(json.dumps(entering(), indent=1, sort_keys=True) + "\n", "utf-8")
