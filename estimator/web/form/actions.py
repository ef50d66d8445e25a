"""A form that was sent, read and obeyed: fields laid over, approaches renamed, what its buttons do."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from werkzeug.exceptions import RequestEntityTooLarge

from estimator.errors import EstimatorError
from estimator.scenario import PLANS
from estimator.scenario.inputs import defaults_of, inputs_of
from estimator.scenario.pointer import escaped, tokens_of
from estimator.web.documents import LONGEST_YAML, TooLongError, read_yaml
from estimator.web.form.draft import ASKED, CURVE_FIELDS, Draft, digest, lay_over, owner_at
from estimator.web.form.points import BACK, KEPT, go_back, go_to, read_point, read_was
from estimator.web.form.rows import FIRST_ROWS, Correlation, pointers_of_ranges, reshaped, sorts_of_rows
from estimator.web.schemas.objections import Objection

NEW_NAMES = {
    "prompt_engineering": "new prompt",
    "fine_tuning": "new tuned model",
    "hybrid": "new combination",
    "staged": "new plan in two steps",
    "lump_sum": "new fixed sums",
}
"""What a new approach is called until it gets a name of its own, by kind."""


def read_sent(sent: Mapping[str, str], opened: set[str]) -> Draft:
    """Read a form that was sent: the text if it was edited, else the document under it with the fields laid over.

    Raises
    ------
    RequestEntityTooLarge : its text is YAML, and longer than YAML may be
    """
    text = sent.get("scenario", "")
    draft = Draft(None, text, opened, curve={name: sent.get(name, "") for name in CURVE_FIELDS})
    try:
        draft.document = read_yaml(text, longest=LONGEST_YAML)
    except TooLongError as refusal:
        raise RequestEntityTooLarge(refusal.message) from refusal
    except EstimatorError as refusal:
        draft.refusal, draft.by_text = refusal, True
        return draft
    draft.was = read_was(sent.get("was", ""))
    action = sent.get("do", "") or next((f"{name}:{sent[name]}" for name in ("trace", "at") if sent.get(name)), "")
    if not isinstance(draft.document, dict) or digest(text) != sent.get("digest", ""):
        draft.by_text = True
        acts = ("show:", "trace:", "open:", "close:") + (("at:", BACK) if isinstance(draft.document, dict) else ())
        if action.startswith(acts):
            act(draft, action)
        return draft
    lay_over(draft.document, sent)
    rename(draft, sent)
    act(draft, f"add:{sent.get('kind', '')}" if action == "add" else action)
    return draft


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
    elif verb == "show":
        draft.opened.add(where)
        draft.once = where
    elif verb == "trace":
        draft.opened.add("workings")
        draft.working = where
    elif verb == "close":
        draft.opened.discard(where)
    elif verb == "at":
        draft.kept = deepcopy(draft.document) if where.startswith(KEPT) else None
        go_to(draft, read_point(where))
        draft.arrived = bool(draft.was)
    elif verb == BACK:
        go_back(draft)
    elif verb == "add":
        _add(draft, where)
    elif verb == "append":
        _append(draft, where)
    elif verb in ("copy", "remove", "set", "unset", "range", "single"):
        *parents, name = tokens_of(where) or [""]
        if verb == "remove" and name.isdecimal() and _remove_row(draft.document, parents, int(name)):
            return
        place = owner_at(draft.document, parents)
        if place is not None:
            _ACTIONS[verb](draft, *place, name)


def _add(draft: Draft, kind: str) -> None:
    approaches = draft.document.setdefault("approaches", {})
    if kind not in PLANS or not isinstance(approaches, dict):
        return
    name = _free(
        approaches,
        NEW_NAMES[kind],
    )
    model = None
    if kind not in ASKED:
        alike = (plan for plan in approaches.values() if isinstance(plan, dict) and plan.get("kind") == kind)
        model = next(alike, None)
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
        "lump_sum": ASKED["lump_sum"],
    }
    return {"kind": kind, **drafts[kind]}


def from_scratch() -> dict[str, Any]:
    """Return a scenario that says as little as can be computed: one prompt, one tuned model, some traffic."""
    return {
        "name": "",
        "workload": {"requests_per_month": 100000, "input_tokens": 500, "output_tokens": 200},
        "labelling": {"test_examples": 200},
        "approaches": {
            "prompt": _first_draft("prompt_engineering", []),
            "tuned model": _first_draft("fine_tuning", []),
        },
    }


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


def _append(draft: Draft, where: str) -> None:
    """Add a row to a list: "/correlations", or "/price_overrides:discount" where rows are of several sorts."""
    pointer, _, sort = where.partition(":")
    *parents, name = tokens_of(pointer) or [""]
    place = owner_at(draft.document, parents)
    declared = None if place is None else inputs_of(place[0]).get(name)
    if place is None or declared is None:
        return
    sorts = sorts_of_rows(name, declared)
    made = sorts.get(sort) or next(iter(sorts.values()), None)
    if made is None:
        return
    rows = place[1].get(name)
    row = deepcopy(FIRST_ROWS[made])
    if made is Correlation:
        row |= dict(zip(("first", "second"), pointers_of_ranges(draft.document), strict=False))
    place[1][name] = [*(rows if isinstance(rows, list) else ()), row]


def _remove_row(document: dict[str, Any], parents: list[str], number: int) -> bool:
    """Take a row out of a list; False where there is no such list."""
    *above, name = parents or [""]
    place = owner_at(document, above)
    rows = None if place is None else place[1].get(name)
    if place is None or not isinstance(rows, list) or number >= len(rows):
        return False
    del rows[number]
    if not rows:
        del place[1][name]
    return True


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


def _single(_: Draft, owner: type, node: dict[str, Any], name: str) -> None:
    """Put the number that the engine took for the range in its place."""
    value, declared = node.get(name), inputs_of(owner).get(name)
    if isinstance(value, dict) and declared is not None:
        node[name] = reshaped(value, "pert", whole=declared.kind == "whole")["mode"]


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
