"""A form that was sent -> the document under it: fields laid over, approaches renamed, buttons obeyed."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from estimator.errors import EstimatorError
from estimator.scenario import PLANS, FineTuning, Scenario
from estimator.scenario.inputs import Input, defaults_of, inputs_of
from estimator.scenario.pointer import escaped, tokens_of
from estimator.web.documents import read_yaml
from estimator.web.schemas.objections import Objection
from estimator.web.written_values import read_value, write_value


@dataclass
class Draft:
    """What stands in the form: the document, which parts are opened, what is wrong."""

    document: Any
    text: str = ""
    opened: set[str] = field(default_factory=set)
    refusal: EstimatorError | None = None
    objections: list[Objection] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    by_text: bool = False


PLACES = ("workload", "labelling", "rates", "evaluation")
"""Objects that may be left out of a scenario."""


def digest(text: str) -> str:
    """Name a text by its content, whatever its line ends."""
    return hashlib.sha256("\n".join(text.split()).encode()).hexdigest()[:16]


# -- reading ----------------------------------------------------------------------------------------------------------


def read_sent(sent: Mapping[str, str], opened: set[str]) -> Draft:
    """Read a form that was sent: the text if it was edited, else the document under it with the fields laid over."""
    text = sent.get("scenario", "")
    draft = Draft(None, text, opened)
    try:
        draft.document = read_yaml(text)
    except EstimatorError as refusal:
        draft.refusal, draft.by_text = refusal, True
        return draft
    if not isinstance(draft.document, dict) or digest(text) != sent.get("digest", ""):
        draft.by_text = True
        return draft
    lay_over(draft.document, sent)
    rename(draft, sent)
    action = sent.get("do", "")
    act(draft, f"add:{sent.get('kind', '')}" if action == "add" else action)
    return draft


def lay_over(document: dict[str, Any], sent: Mapping[str, str]) -> None:
    """Put every field that differs from the document into it: kinds first, for they decide which fields there are."""
    for key in sorted((key for key in sent if key.startswith("/")), key=lambda key: not key.endswith("/kind")):
        pointer, _, corner = key.partition("#")
        *parents, name = tokens_of(pointer)
        place = owner_at(document, parents)
        if place is None:
            continue
        owner, node = place
        if name == "kind":
            change_kind(node, parents, sent[key])
        elif (declared := inputs_of(owner).get(name)) is not None:
            if corner:
                _lay_corner(node, name, declared, corner, sent[key])
            else:
                _lay(node, name, declared, sent[key])


def _lay(node: dict[str, Any], name: str, declared: Input, text: str) -> None:
    if text.strip() == write_value(name, declared, node.get(name)):
        return
    if text.strip():
        node[name] = read_value(name, declared, text)
    else:
        node.pop(name, None)


def _lay_corner(node: dict[str, Any], name: str, declared: Input, corner: str, text: str) -> None:
    value = node.get(name)
    if not isinstance(value, dict) or corner not in ("low", "mode", "high"):
        return
    if text.strip() != write_value(name, declared, value.get(corner)):
        value[corner] = read_value(name, declared, text) if text.strip() else None


def owner_at(document: dict[str, Any], tokens: list[str]) -> tuple[type, dict[str, Any]] | None:
    """Find the class and the object at a place; None where there is none."""
    owner: type = Scenario
    node: Any = document
    for place, name in enumerate(tokens):
        child = node.get(name)
        if place == 0 and name in PLACES and child is None:
            child = node[name] = {}
        if not isinstance(child, dict):
            return None
        found: type | None
        if place == 1 and tokens[0] == "approaches":
            found = PLANS.get(str(child.get("kind")))
        elif place == 0 and name == "approaches":
            found = Scenario
        else:
            found = class_of(inputs_of(owner).get(name), child)
        if found is None:
            return None
        owner, node = found, child
    return owner, node


def class_of(declared: Input | None, node: Any) -> type | None:
    """Find the class behind an object."""
    if declared is None or not declared.variants:
        return None
    if declared.kind == "object":
        return next(iter(declared.variants.values()))
    return declared.variants.get(str(node.get("kind"))) if isinstance(node, dict) else None


def change_kind(node: dict[str, Any], tokens: list[str], kind: str) -> None:
    """Change the kind of an object, and drop what the new kind does not know."""
    if node.get("kind") == kind:
        return
    classes = PLANS if len(tokens) == 2 else inputs_of(FineTuning)[tokens[-1]].variants or {}
    if kind in classes:
        known = inputs_of(classes[kind])
        kept = {name: value for name, value in node.items() if name in known}
        node.clear()
        node.update({"kind": kind, **kept})


# -- acting -----------------------------------------------------------------------------------------------------------


def rename(draft: Draft, sent: Mapping[str, str]) -> None:
    """Give approaches the names that were typed, wherever they are named."""
    approaches = draft.document.get("approaches")
    if not isinstance(approaches, dict):
        return
    for key in [key for key in sent if key.startswith("name:")]:
        old, new = key.removeprefix("name:"), sent[key].strip()
        if not new or new == old or old not in approaches:
            continue
        if new in approaches:
            draft.objections.append(Objection(f"/approaches/{escaped(old)}", f"Another approach is called {new!r}."))
            continue
        renamed = {(new if name == old else name): plan for name, plan in approaches.items()}
        approaches.clear()
        approaches.update(renamed)
        for node, name in _namings(draft.document):
            if node[name] == old:
                node[name] = new
        before, after = f"/approaches/{escaped(old)}", f"/approaches/{escaped(new)}"
        draft.opened = {after if each == before else each for each in draft.opened}


def _namings(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield every place where an approach is named."""
    if "baseline" in document:
        yield document, "baseline"
    for plan in document["approaches"].values():
        if isinstance(plan, dict):
            for name in ("first", "fallback", "then", "bridge"):
                if name in plan:
                    yield plan, name


def act(draft: Draft, action: str) -> None:
    """Do what a button of the form says."""
    verb, _, where = action.partition(":")
    if verb == "open":
        draft.opened.add(where)
    elif verb == "close":
        draft.opened.discard(where)
    elif verb == "add":
        _add(draft, where)
    elif verb in ("copy", "remove", "set", "unset", "range", "single"):
        *parents, name = tokens_of(where) or [""]
        place = owner_at(draft.document, parents)
        if place is not None:
            _ACTIONS[verb](draft, *place, name)


def _add(draft: Draft, kind: str) -> None:
    approaches = draft.document.setdefault("approaches", {})
    if kind not in PLANS or not isinstance(approaches, dict):
        return
    name = _free(
        approaches,
        {"prompt_engineering": "new prompt", "fine_tuning": "new tuned model"}.get(
            kind, f"new {kind.replace('_', ' ')}"
        ),
    )
    model = next((plan for plan in approaches.values() if isinstance(plan, dict) and plan.get("kind") == kind), None)
    approaches[name] = deepcopy(model) if model else _first_draft(kind, list(approaches))
    draft.opened.add(f"/approaches/{escaped(name)}")


def _first_draft(kind: str, others: list[str]) -> dict[str, Any]:
    """Return an approach to start from; the combined ones take the first two that there are."""
    one, two = [*others, "", ""][:2]
    tuned = {"service": "thinking-machines", "base_model": "Qwen/Qwen3-8B"}
    drafts: dict[str, dict[str, Any]] = {
        "prompt_engineering": {
            "prompt_tokens": 1500,
            "effort_hours": 40,
            "serving": {"kind": "api", "model": "anthropic/claude-sonnet-5-5"},
        },
        "fine_tuning": {
            "train_examples": 1000,
            "engineering_hours": 40,
            "training": {"kind": "managed", **tuned},
            "serving": {"kind": "endpoint", **tuned},
        },
        "hybrid": {"mode": "cascade", "first": two, "fallback": one},
        "staged": {"first": one, "then": two},
        "lump_sum": {"upfront_usd": 10000, "usd_per_request": 0.001},
    }
    return {"kind": kind, **drafts[kind]}


def _copy(draft: Draft, _: type, approaches: dict[str, Any], name: str) -> None:
    if name in approaches:
        new = _free(approaches, f"{name} (copy)")
        order = list(approaches.items())
        place = [each for each, _ in order].index(name) + 1
        order.insert(place, (new, deepcopy(approaches[name])))
        approaches.clear()
        approaches.update(order)
        draft.opened.add(f"/approaches/{escaped(new)}")


def _free(approaches: Mapping[str, Any], name: str) -> str:
    tried, number = name, 1
    while tried in approaches:
        number += 1
        tried = f"{name} {number}"
    return tried


def _remove(draft: Draft, _: type, approaches: dict[str, Any], name: str) -> None:
    approaches.pop(name, None)
    if draft.document.get("baseline") == name:
        del draft.document["baseline"]


def _range(_: Draft, owner: type, node: dict[str, Any], name: str) -> None:
    """Put a range around the value, inside what the field allows."""
    declared = inputs_of(owner).get(name)
    value = node.get(name, defaults_of(owner).get(name))
    if declared is None or not declared.numeric or not isinstance(value, int | float):
        return
    low, high = sorted((0.7 * value, 1.5 * value))
    node[name] = {
        "low": low if declared.low is None else max(low, declared.low),
        "mode": value,
        "high": high if declared.high is None else min(high, declared.high),
    }


def _single(_: Draft, __: type, node: dict[str, Any], name: str) -> None:
    value = node.get(name)
    if isinstance(value, dict):
        node[name] = value.get("mode")


def _set(_: Draft, __: type, node: dict[str, Any], name: str) -> None:
    if node.get(name) is None:
        node[name] = {}


def _unset(_: Draft, __: type, node: dict[str, Any], name: str) -> None:
    node.pop(name, None)


_ACTIONS: dict[str, Callable[[Draft, type, dict[str, Any], str], None]] = {
    "copy": _copy,
    "remove": _remove,
    "range": _range,
    "single": _single,
    "set": _set,
    "unset": _unset,
}
