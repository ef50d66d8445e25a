"""People and machines as the page shows them: what stands before the start, what at a switch, and how it came about."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from estimator.scenario.pointer import escaped
from estimator.web.report.workings import Answer, Term, Working, written_step
from estimator.web.words.plain_values import amount, share
from estimator.web.words.wording import COMPONENT_NAMES, months, whole_money

ROLES = {
    "annotator": "Annotators",
    "domain_expert": "Domain experts",
    "prompt_engineer": "Prompt engineers",
    "ml_engineer": "ML engineers",
}


@dataclass(frozen=True)
class Sort:
    """One sort of resource: what people call it, its unit, and the formulas of a component in which it appears."""

    label: str
    unit: str
    component: str
    formulas: tuple[str, ...] = ()


RESOURCES = {
    "labelling_hours": Sort(
        "Labelling", "h", "labelling", ("gross_examples", "seconds_per_example", "labelling_hours")
    ),
    "test_labelling_hours": Sort(
        "Labelling of test examples",
        "h",
        "test_labelling",
        ("gross_examples", "seconds_per_example", "labelling_hours"),
    ),
    "training_runs": Sort("Training runs", "", "training", ("expected_runs",)),
    "training_tokens": Sort("Tokens trained on in a run", "", "training", ("training_tokens",)),
    "gpus": Sort("GPUs for training", "", "training"),
    "gpu_hours": Sort(
        "GPU-hours",
        "h",
        "training",
        (
            "tokens_per_second",
            "job_gpu_hours",
            "expected_runs",
            "full_run_equivalents",
            "compute_gpu_hours",
            "billed_gpu_hours",
        ),
    ),
    "wall_clock_hours": Sort("Training on the clock", "h", "training"),
    "memory_gib_per_gpu": Sort("Memory of a GPU", "GiB", "training"),
    "energy_kwh": Sort("Energy", "kWh", "training"),
    "replicas": Sort(
        "Replicas, at most",
        "",
        "hosting",
        (
            "prefill_tokens_per_second",
            "decode_tokens_per_second",
            "seconds_per_request",
            "replica_capacity",
            "replicas",
        ),
    ),
}
COMBINED = frozenset({"gpus", "memory_gib_per_gpu"})
"""Of two parts these are the larger, not the sum."""
HOURS_OF = {
    "annotator": ("labelling", "test_labelling"),
    "domain_expert": ("curation",),
    "prompt_engineer": ("prompt_effort",),
    "ml_engineer": ("engineering", "deployment"),
}
"""The components in which the hours of a role stand."""


def value_of(approach: Mapping[str, Any], name: str) -> float:
    """Return one resource of an approach, 0 where it takes none; replicas as the most of all months."""
    kept = approach["resources"]
    if name in ROLES:
        return float(kept["hours_by_role"].get(name, 0.0))
    if name == "replicas":
        return float(max(kept["replicas"], default=0.0))
    return float(kept.get(name) or 0.0)


def label_of_resource(name: str) -> str:
    """Name a resource or the hours of a role."""
    return ROLES[name] if name in ROLES else RESOURCES[name].label


def written(name: str, value: float) -> str:
    """Write an amount of a resource with its unit."""
    unit = "h" if name in ROLES else RESOURCES[name].unit
    return f"{amount(value)} {unit}".strip()


def parts_of(found: Answer, name: str) -> tuple[str, ...]:
    """Name the approaches that an approach combines."""
    plan = found["scenario"]["approaches"][name]
    return tuple(plan[role] for role in ("first", "then", "fallback") if plan.get(role) in found["approaches"])


def at_switch(found: Answer, name: str, resource: str) -> float:
    """Return what of a resource is needed only when a staged plan changes over; 0 where it does so at the start."""
    approach = found["approaches"][name]
    if approach["kind"] != "staged" or not approach["switch_month"] or resource == "replicas":
        return 0.0
    first, then = (value_of(found["approaches"][part], resource) for part in parts_of(found, name))
    return then if resource in COMBINED else value_of(approach, resource) - first


def cell_of(found: Answer, place: int, name: str, resource: str) -> dict[str, str]:
    """Write one cell of the table of people and machines: what is needed before the start, and what at the switch."""
    approach = found["approaches"][name]
    whole, later = value_of(approach, resource), at_switch(found, name, resource)
    first = value_of(found["approaches"][parts_of(found, name)[0]], resource) if later else whole
    return {
        "text": written(resource, first) if first else "" if later else "–",
        "later": written(resource, later) if later else "",
        "working": f"{place}-{resource}" if whole else "",
    }


def resources_of(found: Answer, place: int, name: str) -> Iterator[Working]:
    """Explain the hours by role, the hours and numbers of GPUs, and when an approach is ready."""
    approach = found["approaches"][name]
    for resource in (*ROLES, *RESOURCES):
        value = value_of(approach, resource)
        if value:
            role = ROLES.get(resource, "")
            told = role if role[:2].isupper() else role.lower()
            title = f"Hours of {told}" if role else RESOURCES[resource].label
            yield _explained(found, place, name, resource, title, written(resource, value))
    yield _ready(found, place, name)
    if approach.get("switch_month") is not None:
        yield _switch(found, place, name)
    if approach["success_rate"] is not None:
        yield _success(found, place, name)


def paid_and_ready(switch_month: float, ready_months: float) -> str:
    """Say that what a plan changes to is paid for before it serves.

    Examples
    --------
    >>> paid_and_ready(1.0, 1.558)
    'paid for after 1 month, serves after 1.6 months'
    """
    paid = f"after {months(switch_month)}" if switch_month else "at the start"
    return f"paid for {paid}, serves after {months(ready_months)}"


def _switch(found: Answer, place: int, name: str) -> Working:
    """Explain when a staged plan changes over, and what serves until what it changes to is ready."""
    month, plan = found["approaches"][name]["switch_month"], found["scenario"]["approaches"][name]
    note = "The month with the lowest total; each was computed."
    if plan.get("switch_month") is not None:
        note = "As stated in the scenario."
    ready = found["approaches"][plan["then"]]["lead_time_months"]
    if ready > month and month < found["scenario"]["horizon_months"]:
        note += (
            f" The time until {plan['then']} is ready counts from the start of the plan: it is "
            f"{paid_and_ready(month, ready)}. What serves in between is counted as {COMPONENT_NAMES['bridge'].lower()}."
        )
    return Working(f"{place}-switch", "Changes over after", months(month), note=note)


def _ready(found: Answer, place: int, name: str) -> Working:
    """Explain when an approach is ready: as stated, by the work that it takes, or when its parts are."""
    approach, plan = found["approaches"][name], found["scenario"]["approaches"][name]
    key, ready = f"{place}-ready", months(approach["lead_time_months"])
    parts = parts_of(found, name)
    if approach["kind"] == "staged":
        first, then = parts
        note = f"It serves when {first} does; {then} comes at the switch."
        return Working(key, "Ready", ready, note=note, terms=_leads(found, (first,)))
    if parts and plan.get("lead_time_months") is None:
        return Working(key, "Ready", ready, "the later of:", _leads(found, parts))
    steps = _traced(approach, "lead_time_months")
    note = _basis(found, f"/approaches/{escaped(name)}/lead_time_months") or "As stated in the scenario."
    terms = tuple(
        Term(f"see also: {label_of_resource(each)}", written(each, value_of(approach, each)), f"{place}-{each}")
        for each in ("annotator", "domain_expert", "wall_clock_hours", "ml_engineer")
        if steps and value_of(approach, each)
    )
    return Working(key, "Ready", ready, note=_sentence(note), terms=terms, steps=steps)


def _leads(found: Answer, parts: Iterable[str]) -> tuple[Term, ...]:
    names = list(found["approaches"])
    return tuple(
        Term(part, months(found["approaches"][part]["lead_time_months"]), f"{names.index(part) + 1}-ready")
        for part in parts
    )


def _success(found: Answer, place: int, name: str) -> Working:
    """Explain how many requests are answered well: as stated, from a curve, or by the parts of the approach."""
    approach, plan = found["approaches"][name], found["scenario"]["approaches"][name]
    told = f"{place}-success", "Answered well", share(approach["success_rate"])
    steps, parts = _traced(approach, "success_rate"), parts_of(found, name)
    if parts and plan.get("success_rate") is None:
        rates = {part: found["approaches"][part]["success_rate"] for part in parts}
        places = {each: at for at, each in enumerate(found["approaches"], 1)}
        terms = tuple(
            Term(part, share(rate), "" if rate is None else f"{places[part]}-success") for part, rate in rates.items()
        )
        note = f"From the success rates of {' and '.join(parts)}, by the requests that each answers."
        return Working(*told, "requests answered well / requests", terms, note=note)
    basis = _basis(found, f"/approaches/{escaped(name)}/success_rate") or "as stated in the scenario"
    falls = ", falling until each refresh: the share of all requests of the horizon"
    drifts = any(step["formula"] == "drifting_success" for step in steps)
    return Working(*told, note=_sentence(basis + falls if drifts else basis), steps=steps)


def _traced(approach: Mapping[str, Any], figure: str) -> tuple[dict[str, Any], ...]:
    """Write the formulas behind a figure that is no component."""
    return tuple(written_step(step) for step in approach.get("trace", {}).get(figure, ()))


def _explained(found: Answer, place: int, name: str, resource: str, title: str, text: str) -> Working:
    approach, key = found["approaches"][name], f"{place}-{resource}"
    parts = parts_of(found, name)
    if parts and resource != "replicas":
        return Working(key, title, text, *_put_together(found, name, resource))
    if resource in ROLES:
        return Working(key, title, text, "the sum of:", tuple(_hours(approach, place, resource)))
    sort = RESOURCES[resource]
    lines = {each["id"]: each for each in approach["components"]}
    steps = tuple(
        written_step(step) for step in lines.get(sort.component, {}).get("trace", ()) if step["name"] in sort.formulas
    )
    within = tuple(
        Term(f"see also: {COMPONENT_NAMES[part]}", whole_money(lines[part]["total_usd"]), f"{place}-{part}")
        for part in (sort.component,)
        if lines.get(part, {}).get("total_usd")
    )
    equation, note = "", ""
    terms: tuple[Term, ...] = ()
    if resource == "wall_clock_hours":
        equation, terms = "GPU-hours / GPUs", _named(approach, place, "gpu_hours", "gpus")
    elif resource == "energy_kwh":
        steps, terms = _traced(approach, resource), _named(approach, place, "gpu_hours")
    elif resource == "gpus":
        pointer = f"/approaches/{escaped(name)}/training/gpus"
        note = _sentence(_basis(found, pointer) or "as stated in the scenario")
    elif resource == "memory_gib_per_gpu":
        steps = _traced(approach, resource)
    return Working(key, title, text, equation, (*terms, *within), steps, note)


def _named(approach: Mapping[str, Any], place: int, *resources: str) -> tuple[Term, ...]:
    return tuple(
        Term(RESOURCES[each].label, written(each, value_of(approach, each)), f"{place}-{each}")
        for each in resources
        if value_of(approach, each)
    )


def _hours(approach: Mapping[str, Any], place: int, role: str) -> Iterator[Term]:
    """Find the hours of a role in the components; guidelines and scorings by experts are what remains."""
    lines = {each["id"]: each for each in approach["components"]}
    left = value_of(approach, role)
    for part in HOURS_OF[role]:
        hours = approach["resources"].get(f"{part}_hours")
        if hours is None:
            line = lines.get(part, {})
            hours = line["quantity"] if line.get("quantity_unit") == "hours" else 0.0
        if hours:
            linked = lines.get(part, {}).get("total_usd")
            yield Term(COMPONENT_NAMES[part], written(role, hours), f"{place}-{part}" if linked else "")
            left -= hours
    if role == "domain_expert":
        test = lines.get("test_labelling", {})
        counted = test.get("quantity_unit") == "hours"
        guidelines = test["quantity"] - approach["resources"]["test_labelling_hours"] if counted else 0.0
        if guidelines > 0:
            yield Term("Guidelines for those who label", written(role, guidelines), f"{place}-test_labelling")
            left -= guidelines
        if left > SMALL:
            yield Term("Scoring the test set by hand", written(role, left), f"{place}-evaluation")


def _put_together(found: Answer, name: str, resource: str) -> tuple[str, tuple[Term, ...]]:
    """Explain a resource of two approaches together by those of each."""
    names = list(found["approaches"])
    values = {part: value_of(found["approaches"][part], resource) for part in parts_of(found, name)}
    terms = [
        Term(part, written(resource, value), f"{names.index(part) + 1}-{resource}")
        for part, value in values.items()
        if value
    ]
    if resource in COMBINED:
        return "the larger of:", tuple(terms)
    shared = value_of(found["approaches"][name], resource) - sum(values.values())
    if shared < -SMALL:
        terms.append(Term("the test set and its guidelines, which both use", written(resource, shared)))
    return "the sum of:", tuple(terms)


SMALL = 1e-9


def _basis(found: Answer, pointer: str) -> str:
    return next((str(each["basis"]) for each in found.get("assumptions", ()) if each["pointer"] == pointer), "")


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].removesuffix('.')}."
