"""The scenario as the fields of a form: few questions first, every other input on demand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
from estimator.scenario.inputs import Input, defaults_of, inputs_of
from estimator.scenario.pointer import escaped
from estimator.web.form import Draft, class_of
from estimator.web.wording import KIND_NAMES
from estimator.web.written_values import write_value

FIRST_QUESTIONS: dict[type, tuple[str, ...]] = {
    Scenario: ("horizon_months",),
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

LABELS = {
    "horizon_months": "Compare over",
    "requests_per_month": "Requests a month",
    "monthly_growth": "Growth",
    "input_tokens": "Length of a request",
    "output_tokens": "Length of an answer",
    "seconds_per_label": "Time to label one example",
    "test_examples": "Examples to test with",
    "prompt_tokens": "Length of the prompt",
    "effort_hours": "Hours to write the prompt",
    "train_examples": "Examples to train on",
    "existing_examples": "Of these already labelled",
    "escalated_share": "Share passed on",
    "fallback": "Passed on to",
    "usd_per_request": "Cost of a request",
    "annual_discount_rate": "Discount rate a year",
    "price_book": "Prices of",
    "mfu": "Model FLOP utilisation",
    "gpu": "GPU",
    "gpus": "GPUs",
    "lora_rank": "LoRA rank",
    "lora_targets": "LoRA targets",
    "pue": "PUE",
    "peak_memory_gib": "Peak memory",
}
UNITS = {
    "1": "",
    "h": "hours",
    "s": "seconds",
    "token/request": "tokens",
    "month": "months",
    "example": "examples",
    "requests/month": "",
    "1/month": "a month",
    "1/year": "a year",
    "USD/Mtoken": "USD a million tokens",
    "1e9": "billion",
}
KINDS = {
    "api": "a token-priced API",
    "endpoint": "a tuned endpoint",
    "gpus": "GPUs",
    "managed": "a tuning service",
}
TEXT_ONLY = {"objects", "texts"}
"""Lists that are edited in the text of the scenario."""
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

    @property
    def id(self) -> str:
        """The id of the element: the pointer without blanks."""
        return f"f{self.pointer.replace(' ', '_')}"

    @property
    def label(self) -> str:
        """What the field is called."""
        words = LABELS.get(self.name) or self.name.removesuffix("_usd").replace("_", " ").replace("usd", "USD")
        return words[:1].upper() + words[1:]

    @property
    def unit(self) -> str:
        """The unit, in words."""
        return UNITS.get(self.declared.unit, self.declared.unit.replace("/", " a "))

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
    text_only: tuple[str, ...] = ()

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


def sections_of(draft: Draft) -> tuple[list[FormSection], list[FormSection], list[FormSection]]:
    """Lay the document out: the questions, the approaches, and what is asked of those who want more."""
    document = draft.document if isinstance(draft.document, dict) else {}
    wrong = {each.pointer: each.detail for each in draft.objections}
    make = _Maker(wrong, draft.opened)
    questions = [
        make.section(
            "/workload", "The task", "What is asked of the system.", Workload, document.get("workload"), document
        ),
        make.section("/labelling", "The data", "What labels take.", Labelling, document.get("labelling")),
    ]
    more = [
        make.section("", "Money, time and rules", "Discounting, prices, delays, targets.", Scenario, document),
        make.section("/rates", "Wages", "What an hour of each role costs.", Rates, document.get("rates")),
        make.section(
            "/evaluation", "Scoring", "What scoring the test set costs.", Evaluation, document.get("evaluation")
        ),
    ]
    approaches = document.get("approaches")
    plans = approaches if isinstance(approaches, dict) else {}
    return questions, [make.approach(name, plan) for name, plan in plans.items()], more


class _Maker:
    """Make fields and groups out of declarations and of what stands in the document."""

    def __init__(self, wrong: Mapping[str, str], opened: Iterable[str]) -> None:
        self.wrong = wrong
        self.opened = set(opened)

    def section(
        self, pointer: str, title: str, meaning: str, owner: type, node: Any, top: Mapping[str, Any] | None = None
    ) -> FormSection:
        node = node if isinstance(node, dict) else {}
        skipped = set(FIRST_QUESTIONS[Scenario]) | {
            "name",
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
            group = FormGroup(group.pointer, group.title, group.meaning, (*group.fields, *first), group.groups)
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
        fields, groups, text_only = [], [], []
        for name in names:
            declared = inputs_of(owner)[name]
            if declared.kind in ("object", "one_of"):
                groups.append(self._inner(f"{pointer}/{name}", name, declared, node.get(name), all_of_it=all_of_it))
            elif declared.kind in TEXT_ONLY or name in ("price_overrides", "correlations"):
                text_only.append(name.replace("_", " "))
            else:
                fields.append(self.field(pointer, owner, name, node))
        return FormGroup(
            pointer,
            title,
            (owner.__doc__ or "").partition("\n")[0],
            tuple(fields),
            tuple(groups),
            removable=removable,
            error=self.wrong.get(pointer, ""),
            text_only=tuple(text_only),
        )

    def _inner(self, pointer: str, name: str, declared: Input, node: Any, *, all_of_it: bool) -> FormGroup:
        title = name.replace("_", " ").capitalize()
        if node is None and declared.kind == "object":
            return FormGroup(pointer, title, declared.meaning, absent=True, error=self.wrong.get(pointer, ""))
        owner = class_of(declared, node)
        kinds = tuple(
            (kind, KINDS.get(kind, kind), isinstance(node, dict) and node.get("kind") == kind)
            for kind in (declared.variants or {} if declared.kind == "one_of" else {})
        )
        if owner is None:
            return FormGroup(pointer, title, declared.meaning, kinds=kinds, error=self._first_below(pointer))
        amiss = any(each.startswith(f"{pointer}/") for each in self.wrong)
        everything = all_of_it or amiss or owner not in FIRST_QUESTIONS
        names = list(inputs_of(owner)) if everything else list(FIRST_QUESTIONS[owner])
        made = self.group(pointer, title, owner, node, names, all_of_it=everything, removable=declared.kind == "object")
        return FormGroup(
            pointer,
            title,
            declared.meaning,
            made.fields,
            made.groups,
            kinds,
            removable=made.removable,
            error=made.error,
            text_only=made.text_only,
        )

    def _first_below(self, pointer: str) -> str:
        return next((words for each, words in self.wrong.items() if each.startswith(pointer)), "")

    def field(self, pointer: str, owner: type, name: str, node: Mapping[str, Any]) -> FormField:
        declared, defaults = inputs_of(owner)[name], defaults_of(owner)
        here = f"{pointer}/{name}"
        value = node.get(name)
        corners = None
        if isinstance(value, dict) and declared.numeric and {"low", "mode", "high"} <= value.keys():
            corners = {each: write_value(name, declared, value[each]) for each in ("low", "mode", "high")}
        wrong = self.wrong.get(here, "") or self._first_below(f"{here}/")
        return FormField(
            here,
            name,
            declared,
            write_value(name, declared, value),
            write_value(name, declared, defaults.get(name)),
            name not in defaults,
            wrong,
            corners,
        )
