"""The scenario as the fields of a form: few questions first, every other input on demand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from estimator.scenario import (
    PLANS,
    ApiServing,
    EndpointServing,
    Evaluation,
    FineTuning,
    GpuServing,
    GpuTraining,
    Hybrid,
    Labelling,
    LumpSum,
    ManagedTraining,
    PromptEngineering,
    Rates,
    Scenario,
    Staged,
    Workload,
)
from estimator.scenario.inputs import NO_BASIS, Input, defaults_of, inputs_of
from estimator.scenario.pointer import escaped
from estimator.web.form.draft import Draft, class_of
from estimator.web.form.rows import corners_of, sort_of_row, sorts_of_rows
from estimator.web.words.input_names import SECTIONS, help_of, label_of, short_label_of, unit_of, unit_without
from estimator.web.words.plain_values import choice_words
from estimator.web.words.wording import KIND_NAMES
from estimator.web.words.written_values import in_percent, with_percent, write_value

FIRST_QUESTIONS: dict[type, tuple[str, ...]] = {
    Scenario: ("name", "horizon_months"),
    Workload: ("requests_per_month", "monthly_growth", "input_tokens", "output_tokens"),
    Labelling: ("seconds_per_label", "test_examples"),
    PromptEngineering: ("prompt_tokens", "effort_hours", "serving"),
    FineTuning: ("train_examples", "existing_examples", "training", "serving"),
    Hybrid: ("mode", "first", "fallback", "escalated_share"),
    Staged: ("first", "then", "switch_month"),
    LumpSum: ("upfront_usd", "usd_per_request", "monthly_fixed_usd"),
    ApiServing: ("model",),
    EndpointServing: ("service", "base_model"),
    GpuServing: ("base_model", "gpu"),
    ManagedTraining: ("service", "base_model"),
    GpuTraining: ("base_model", "gpu"),
}
"""What is asked before anything else, by class."""

KINDS = {
    "api": "a token-priced API",
    "endpoint": "a tuned endpoint",
    "gpus": "GPUs",
    "managed": "a tuning service",
}
SEARCHED = frozenset({"model", "base_model", "gpu", "service", "provider", "tuned_model"})


@dataclass(frozen=True)
class FormField:
    """One field of the form, with what stands in it."""

    pointer: str
    name: str
    declared: Input
    value: str
    default: str
    required: bool
    error: str = ""
    corners: dict[str, str] | None = None
    dist: str = ""
    in_text: bool = False
    shaped: bool = False
    basis: str = ""
    looked_up: bool = False

    @property
    def id(self) -> str:
        """The id of the element: the pointer without blanks."""
        return f"f{self.pointer.replace(' ', '_')}"

    @property
    def label(self) -> str:
        """What the field is called."""
        return short_label_of(self.name) if self.unit.strip("% ") else label_of(self.name)

    @property
    def unit(self) -> str:
        """The unit, in words."""
        unit = unit_without(short_label_of(self.name), unit_of(self.declared.unit))
        return f"% {unit}".strip() if in_percent(self.name, self.declared) else unit

    @property
    def help(self) -> str:
        """What stands here, in a sentence."""
        told = help_of(self.name, self.declared.meaning)
        return with_percent(told) if in_percent(self.name, self.declared) else told

    @property
    def default_words(self) -> str:
        """What stands for an empty field, as people write it."""
        if self.declared.kind == "flag":
            return {"true": "yes", "false": "no"}.get(self.default, self.default)
        return choice_words(self.default) if self.declared.kind == "choice" else self.default

    @property
    def search(self) -> str:
        """Which names may stand here, "" where any text may."""
        return self.declared.names if self.declared.names in SEARCHED else ""

    @property
    def takes_range(self) -> bool:
        """Whether low, likely and high may be given."""
        return self.declared.numeric and not self.declared.fixed


@dataclass(frozen=True)
class FormGroup:
    """The fields of one object, and the objects in it."""

    pointer: str
    title: str
    meaning: str
    fields: tuple[FormField, ...] = ()
    groups: tuple["FormGroup", ...] = ()
    kinds: tuple[tuple[str, str, bool], ...] = ()
    absent: bool = False
    removable: bool = False
    error: str = ""
    adds: tuple[tuple[str, str], ...] = ()
    row: bool = False

    @property
    def id(self) -> str:
        """The id of the element."""
        return f"g{self.pointer.replace(' ', '_')}"


@dataclass(frozen=True)
class FormSection:
    """One part of the form that can be opened: what is asked first, then everything."""

    pointer: str
    title: str
    meaning: str
    group: FormGroup
    opened: bool
    more: int
    kind: str = ""


def sections_of(
    draft: Draft, looked_up: Mapping[str, tuple[Any, str]] | None = None
) -> tuple[list[FormSection], list[FormSection], list[FormSection]]:
    """Lay the document out: the questions, the approaches, and what is asked of those who want more.

    Parameters
    ----------
    draft : what stands in the form
    looked_up : what an answer took where nothing was stated, by pointer, with where it comes from
    """
    document = draft.document if isinstance(draft.document, dict) else {}
    wrong = {each.pointer: each.detail for each in draft.objections}
    make = _Maker(wrong, draft.opened, looked_up or {})
    questions = [
        make.section(
            "/workload",
            SECTIONS["workload"],
            "What is asked of the system.",
            Workload,
            document.get("workload"),
            document,
        ),
        make.section("/labelling", SECTIONS["labelling"], "What labels take.", Labelling, document.get("labelling")),
    ]
    more = [
        make.section("", SECTIONS[""], "Discounting, prices, delays, targets.", Scenario, document),
        make.section("/rates", SECTIONS["rates"], "What an hour of each role costs.", Rates, document.get("rates")),
        make.section(
            "/evaluation",
            SECTIONS["evaluation"],
            "What scoring the test set costs.",
            Evaluation,
            document.get("evaluation"),
        ),
    ]
    approaches = document.get("approaches")
    plans = approaches if isinstance(approaches, dict) else {}
    return questions, [make.approach(name, plan) for name, plan in plans.items()], more


def anchors_of(sections: Iterable[FormSection]) -> dict[str, str]:
    """Return the ids of the elements of a form by the pointers of what stands in them."""
    found = {"": "inputs", "/approaches": "f/approaches"}
    left = [section.group for section in sections]
    while left:
        group = left.pop()
        left += group.groups
        found[group.pointer] = f"f{group.pointer.replace(' ', '_')}" if group.error else group.id
        for field in group.fields:
            first = f"#{next(iter(field.corners))}" if field.corners else ""
            found[field.pointer] = f"w{field.id}" if field.in_text else f"{field.id}{first}"
            found |= {f"{field.pointer}/{corner}": f"{field.id}#{corner}" for corner in field.corners or ()}
    return found


def anchor_of(pointer: str, anchors: Mapping[str, str]) -> str:
    """Return the id of the element that is nearest to a pointer, ready to be linked to.

    Examples
    --------
    >>> anchor_of("/workload/seasonality/3", {"": "inputs", "/workload/seasonality": "f/workload/seasonality"})
    'f/workload/seasonality'
    >>> anchor_of("/workload/growth/low", {"/workload/growth/low": "f/workload/growth#low"})
    'f/workload/growth%23low'
    """
    while pointer and pointer not in anchors:
        pointer = pointer.rpartition("/")[0]
    return anchors[pointer].replace("%", "%25").replace("#", "%23")


class _Maker:
    """Make fields and groups out of declarations and of what stands in the document."""

    def __init__(
        self, wrong: Mapping[str, str], opened: Iterable[str], looked_up: Mapping[str, tuple[Any, str]]
    ) -> None:
        self.wrong = wrong
        self.opened = set(opened)
        self.looked_up = looked_up

    def section(
        self, pointer: str, title: str, meaning: str, owner: type, node: Any, top: Mapping[str, Any] | None = None
    ) -> FormSection:
        node = node if isinstance(node, dict) else {}
        skipped = set(FIRST_QUESTIONS[Scenario]) | {
            "approaches",
            "workload",
            "labelling",
            "rates",
            "evaluation",
        }
        names = [name for name in inputs_of(owner) if owner is not Scenario or name not in skipped]
        group, opened, more = self._group_of(pointer, title, owner, node, names)
        if top is not None:
            first = tuple(self.field("", Scenario, name, top) for name in FIRST_QUESTIONS[Scenario])
            group = FormGroup(
                group.pointer, group.title, group.meaning, (first[0], *group.fields, *first[1:]), group.groups
            )
        return FormSection(pointer, title, meaning, group, opened, more)

    def approach(self, name: str, plan: Any) -> FormSection:
        pointer = f"/approaches/{escaped(name)}"
        kind = str(plan.get("kind")) if isinstance(plan, dict) else ""
        owner = PLANS.get(kind)
        if owner is None:
            group = FormGroup(
                pointer, name, "", error=self.wrong.get(pointer, "") or self.wrong.get(f"{pointer}/kind", "")
            )
            return FormSection(pointer, name, "", group, opened=False, more=0)
        group, opened, more = self._group_of(pointer, name, owner, plan, list(inputs_of(owner)))
        return FormSection(pointer, name, KIND_NAMES[kind], group, opened, more, kind)

    def _group_of(
        self, pointer: str, title: str, owner: type, node: Any, names: list[str]
    ) -> tuple[FormGroup, bool, int]:
        """Make the group of a section: the first questions alone, or all where it is opened or something is wrong."""
        first = [name for name in FIRST_QUESTIONS.get(owner, ()) if name in names]
        hidden = [name for name in names if name not in first]
        below = f"{pointer}/"
        amiss = {each[len(below) :].partition("/")[0] for each in self.wrong if each.startswith(below)}
        opened = pointer in self.opened or bool(amiss & set(hidden))
        group = self.group(pointer, title, owner, node, names if opened else first, all_of_it=opened)
        return group, opened, len(hidden)

    def group(
        self,
        pointer: str,
        title: str,
        owner: type,
        node: Any,
        names: list[str],
        *,
        all_of_it: bool,
        removable: bool = False,
    ) -> FormGroup:
        node = node if isinstance(node, dict) else {}
        fields, groups = [], []
        for name in names:
            declared = inputs_of(owner)[name]
            if declared.kind in ("object", "one_of"):
                groups.append(self._inner(f"{pointer}/{name}", name, declared, node.get(name), all_of_it=all_of_it))
            elif sorts_of_rows(name, declared):
                groups.append(self._rows(f"{pointer}/{name}", name, declared, node.get(name)))
            else:
                fields.append(self.field(pointer, owner, name, node, all_of_it=all_of_it))
        return FormGroup(
            pointer,
            title,
            (owner.__doc__ or "").partition("\n")[0],
            tuple(fields),
            tuple(groups),
            removable=removable,
            error=self.wrong.get(pointer, ""),
        )

    def _rows(self, pointer: str, name: str, declared: Input, node: Any) -> FormGroup:
        """Make a group for a list: a group for each row, and a button for each sort of row."""
        sorts = sorts_of_rows(name, declared)
        several = len(sorts) > 1
        adds = tuple((f"append:{pointer}:{sort}" if several else f"append:{pointer}", sort) for sort in sorts)
        rows = []
        for place, row in enumerate(node if isinstance(node, list) else ()):
            owner = sort_of_row(name, declared, row)
            if owner is not None:
                title = f"{place + 1}"
                made = self.group(f"{pointer}/{place}", title, owner, row, list(inputs_of(owner)), all_of_it=True)
                rows.append(replace(made, row=True, meaning=(owner.__doc__ or "").partition("\n")[0]))
        title = label_of(name)
        return FormGroup(
            pointer,
            title,
            help_of(name, declared.meaning),
            groups=tuple(rows),
            adds=adds,
            error=self.wrong.get(pointer, ""),
        )

    def _inner(self, pointer: str, name: str, declared: Input, node: Any, *, all_of_it: bool) -> FormGroup:
        title = label_of(name)
        if node is None and declared.kind == "object":
            return FormGroup(
                pointer, title, help_of(name, declared.meaning), absent=True, error=self.wrong.get(pointer, "")
            )
        owner = class_of(declared, node)
        kinds = tuple(
            (kind, KINDS.get(kind, kind), isinstance(node, dict) and node.get("kind") == kind)
            for kind in (declared.variants or {} if declared.kind == "one_of" else {})
        )
        if owner is None:
            return FormGroup(
                pointer, title, help_of(name, declared.meaning), kinds=kinds, error=self._first_below(pointer)
            )
        amiss = any(each.startswith(f"{pointer}/") for each in self.wrong)
        everything = all_of_it or amiss or owner not in FIRST_QUESTIONS
        stated = [each for each in ("prices",) if isinstance(node, dict) and node.get(each) is not None]
        names = list(inputs_of(owner)) if everything else [*FIRST_QUESTIONS[owner], *stated]
        made = self.group(pointer, title, owner, node, names, all_of_it=everything, removable=declared.kind == "object")
        return FormGroup(
            pointer,
            title,
            help_of(name, declared.meaning),
            made.fields,
            made.groups,
            kinds,
            removable=made.removable,
            error=made.error,
        )

    def _first_below(self, pointer: str) -> str:
        return next((words for each, words in self.wrong.items() if each.startswith(pointer)), "")

    def field(
        self, pointer: str, owner: type, name: str, node: Mapping[str, Any], *, all_of_it: bool = False
    ) -> FormField:
        declared, defaults = inputs_of(owner)[name], defaults_of(owner)
        here = f"{pointer}/{name}"
        value = node.get(name)
        held = corners_of(value) if declared.numeric else None
        corners = held and {each: write_value(name, declared, number) for each, number in held.items()}
        wrong = self.wrong.get(here, "") or self._first_below(f"{here}/")
        dist = value.get("dist", "pert") if corners and isinstance(value, dict) else ""
        default, basis = defaults.get(name), "" if declared.basis == NO_BASIS else declared.basis
        looked_up = default is None and here in self.looked_up
        if looked_up:
            default, basis = self.looked_up[here]
        elif in_percent(name, declared):
            basis = with_percent(basis)
        return FormField(
            here,
            name,
            declared,
            write_value(name, declared, value),
            write_value(name, declared, default),
            name not in defaults,
            wrong,
            corners,
            dist,
            in_text=declared.numeric and isinstance(value, dict) and corners is None,
            shaped=all_of_it or dist != "pert",
            basis=basis,
            looked_up=looked_up,
        )
