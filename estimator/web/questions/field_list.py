"""Every input of a scenario as a record: read from the declarations, so that nothing is described twice."""

from collections.abc import Iterator
from dataclasses import is_dataclass
from functools import cache
from typing import Any

from estimator.scenario import Scenario
from estimator.scenario.inputs import Input, defaults_of, inputs_of
from estimator.web.questions.equations import entered_equations

NAME = "{name}"
PLACE = "{place}"


@cache
def field_list() -> tuple[dict[str, Any], ...]:
    """List every input by the pointer at which it stands; ``{name}`` is the name of an approach."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for pointer, owner, name, kinds in _walk(Scenario, "", ()):
        record = found.setdefault((pointer, owner.__name__), _record(pointer, owner, name))
        record["kinds"] += [kind for kind in kinds[:1] if kind not in record["kinds"]]
    return tuple(found.values())


def _walk(owner: type, pointer: str, kinds: tuple[str, ...]) -> Iterator[tuple[str, type, str, tuple[str, ...]]]:
    for name, declared in inputs_of(owner).items():
        here = f"{pointer}/{name}"
        yield here, owner, name, kinds
        below = {"objects": f"{here}/{PLACE}", "other": f"{here}/{NAME}"}.get(declared.kind, here)
        for kind, inner in (declared.variants or {}).items():
            yield from _walk(inner, below, (*kinds, kind) if kind else kinds)


def _record(pointer: str, owner: type, name: str) -> dict[str, Any]:
    declared: Input = inputs_of(owner)[name]
    defaults = defaults_of(owner)
    default = defaults.get(name)
    return {
        "pointer": pointer,
        "kinds": [],
        "object": owner.__name__,
        "kind": declared.kind,
        "unit": declared.unit or None,
        "default": None if is_dataclass(default) else default,
        "required": name not in defaults,
        "nullable": declared.nullable,
        "range": declared.bounds() if declared.numeric else None,
        "low": declared.low if declared.numeric else None,
        "high": declared.high if declared.numeric else None,
        "choices": list(declared.choices),
        "takes_range": declared.numeric and not declared.fixed,
        "meaning": declared.meaning,
        "basis": declared.basis if name in defaults else None,
        "equations": entered_equations().get(f"{owner.__name__}.{name}", []),
    }
