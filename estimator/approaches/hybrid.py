"""Two approaches in one running system: a cascade, a router, or a tuned model that keeps a rich prompt."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from estimator.approaches.lump_sum import event_lines
from estimator.approaches.outline import Break, Outline, Running
from estimator.approaches.setting import Setting
from estimator.components.labour import both_changes_usd
from estimator.components.traffic import mixed_success, requests_usd
from estimator.cost_line import CostLine, Working
from estimator.errors import ScenarioError
from estimator.quantities import Requests, Share, any_of
from estimator.scenario import FineTuning, Hybrid, Plan, PromptEngineering

STATED_FIXED = ("fixed", "upkeep")
SHARED = "test_labelling"
COMBINED = {"fits_memory_probability": np.minimum, "memory_gib_per_gpu": np.maximum, "gpus": np.maximum}
"""Resources of two parts that do not add up."""
SHARED_HOURS = "shared_hours_by_role"
ONCE = frozenset({"test_labelling_hours", SHARED_HOURS})
"""Resources of the test set, which both parts share."""


def outline_hybrid(
    setting: Setting, plan: Hybrid, outlines: Mapping[str, Outline], again: Callable[[str, Plan], Outline], pointer: str
) -> Outline:
    """Combine two approaches; their running cost is worked out at the traffic that each of them gets.

    Parameters
    ----------
    outlines : the parts, finished
    again : outlines a part anew after a change of its plan (for the richer prompt)

    Raises
    ------
    ScenarioError : the mode cannot combine these parts
    """
    first, fallback = outlines[plan.first], outlines[plan.fallback]
    if plan.mode == "tuned_with_prompt":
        first = again(plan.first, _with_prompt(setting, plan, pointer))
    upfront = (*first.upfront, *_unshared(first, fallback))
    if plan.upfront_usd is not None:
        upfront = (CostLine("lump_sum", plan.upfront_usd),)
    success, changed = _success(setting, plan, first, fallback, pointer), Working()
    changed.steps += [*first.change_steps, *fallback.change_steps]
    change = changed(both_changes_usd, first_usd=first.change_usd, fallback_usd=fallback.change_usd)
    lead_time = np.maximum(first.lead_time_months, fallback.lead_time_months)
    return Outline(
        kind=plan.kind,
        upfront=upfront,
        run=lambda requests: _run(plan, first, fallback, requests),
        events=(*first.events, *fallback.events) if plan.events is None else event_lines(setting, plan.events),
        retires_month=min((m for m in (first.retires_month, fallback.retires_month) if m is not None), default=None),
        change_usd=change if plan.requirement_change_usd is None else plan.requirement_change_usd,
        success_rate=success,
        lead_time_months=lead_time if plan.lead_time_months is None else plan.lead_time_months,
        bridge=plan.bridge,
        bridge_upfront_share=plan.bridge_upfront_share,
        resources=together(first.resources, fallback.resources),
        curved=first.curved or fallback.curved,
        change_steps=tuple(changed.steps) if plan.requirement_change_usd is None else (),
    )


def _run(plan: Hybrid, first: Outline, fallback: Outline, requests: Requests) -> Running:
    shares: tuple[tuple[Outline, Share], ...] = ((first, 1.0), (fallback, plan.escalated_share))
    if plan.mode == "router":
        shares = ((first, 1.0 - plan.escalated_share), (fallback, plan.escalated_share))
    if plan.mode == "tuned_with_prompt":
        shares = ((first, 1.0),)
    lines: list[CostLine] = []
    breaks: list[Break] = []
    curved = False
    tokens: dict[str, Any] = {}
    replicas: Any = None
    for part, share in shares:
        running = part.run(requests * share)
        lines += running.lines
        with np.errstate(over="ignore"):  # a share of next to nothing reaches no capacity
            breaks += [replace(each, requests=each.requests / np.maximum(share, 1e-12)) for each in running.breaks]
        curved = curved or running.curved
        tokens = {name: tokens.get(name, 0.0) + value for name, value in running.tokens.items()} or tokens
        if running.replicas is not None:
            replicas = running.replicas if replicas is None else replicas + running.replicas
    if plan.upfront_usd is not None:
        lines = [line for line in lines if line.component != "hardware_purchase"]
    if plan.monthly_fixed_usd is not None:
        lines = [line for line in lines if line.component not in STATED_FIXED]
        lines.append(CostLine("fixed", monthly_usd=plan.monthly_fixed_usd))
    if any_of(plan.judge_usd_per_request):
        work = Working()
        judged = work(requests_usd, requests=requests, usd_per_request=plan.judge_usd_per_request)
        lines.append(CostLine("inference", monthly_usd=judged, steps=tuple(work.steps)))
    return Running(tuple(lines), replicas=replicas, breaks=tuple(breaks), curved=curved, tokens=tokens)


def _with_prompt(setting: Setting, plan: Hybrid, pointer: str) -> FineTuning:
    """Return the plan of the tuned part with the richer prompt."""
    tuned, prompted = setting.scenario.approaches[plan.first], setting.scenario.approaches[plan.fallback]
    if not isinstance(tuned, FineTuning):
        raise ScenarioError("Mode tuned_with_prompt needs a fine_tuning approach as first.", f"{pointer}/first")
    tokens = plan.prompt_tokens
    if tokens is None:
        if not isinstance(prompted, PromptEngineering):
            raise ScenarioError(
                "State prompt_tokens, or name a prompt_engineering approach as fallback.", f"{pointer}/prompt_tokens"
            )
        tokens = prompted.prompt_tokens
    return replace(tuned, prompt_tokens=tokens)


def _unshared(first: Outline, fallback: Outline) -> tuple[CostLine, ...]:
    """Return the up-front lines of the fallback without the test set that the first part pays already."""
    paid = any(line.component == SHARED for line in first.upfront)
    return tuple(line for line in fallback.upfront if not (paid and line.component == SHARED))


def _success(setting: Setting, plan: Hybrid, first: Outline, fallback: Outline, pointer: str) -> Share | None:
    if plan.success_rate is not None:
        stated: Share = plan.success_rate
        return stated
    if plan.mode == "tuned_with_prompt":
        return None
    kept, handed_on = first.success_rate, fallback.success_rate
    if plan.thresholds:
        kept, handed_on = _at_threshold(setting, plan, kept, handed_on, pointer)
    if kept is None or handed_on is None:
        return None
    return mixed_success(kept, handed_on, plan.escalated_share)


def _at_threshold(
    setting: Setting, plan: Hybrid, first: Share | None, fallback: Share | None, pointer: str
) -> tuple[Share, Share | None]:
    """Read both success rates at the share that is handed on, straight between the measured settings.

    Where nothing is handed on, the first part keeps its own rate, where that is known; beyond the measured settings
    the rates are those of the nearest one.
    """
    tried = sorted(plan.thresholds, key=lambda each: each.escalated_share)
    shares = [each.escalated_share for each in tried]
    kept = [each.accepted_success_rate for each in tried]
    accepted: Share = np.interp(plan.escalated_share, shares, kept)
    if first is not None and shares[0] > 0.0:
        accepted = accepted + np.maximum(1.0 - plan.escalated_share / shares[0], 0.0) * (first - kept[0])
    if np.any(np.greater(plan.escalated_share, shares[-1])):
        setting.notes.warn(
            "beyond_the_thresholds",
            f"{pointer}/escalated_share",
            f"Nothing was measured above a share of {shares[-1]:g}: the success rates are those measured there.",
        )
    measured = [each for each in tried if each.fallback_success_rate is not None]
    if not measured:
        return accepted, fallback
    places = [each.escalated_share for each in measured]
    rates = [float(each.fallback_success_rate or 0.0) for each in measured]
    return accepted, np.interp(plan.escalated_share, places, rates)


def together(first: Mapping[str, Any], fallback: Mapping[str, Any]) -> dict[str, Any]:
    """Add up the resources of both parts; the shared test set, and the hours that it takes, count once."""
    both: dict[str, Any] = dict(first)
    for name, value in fallback.items():
        mine = both.get(name)
        if mine is None or name in ONCE:
            both[name] = value if mine is None else mine
        elif isinstance(value, Mapping):
            both[name] = {key: mine.get(key, 0.0) + value.get(key, 0.0) for key in {**mine, **value}}
        elif value is not None:
            both[name] = COMBINED.get(name, np.add)(mine, value)
    if SHARED_HOURS in first and SHARED_HOURS in fallback:
        shared = first[SHARED_HOURS]
        both["hours_by_role"] = {role: each - shared.get(role, 0.0) for role, each in both["hours_by_role"].items()}
    return both
