"""Which approaches can do what is asked: quality, availability, memory, budget, start."""

from dataclasses import dataclass

import numpy as np

from estimator.approaches.bill import Bill
from estimator.approaches.staged import never_switches
from estimator.computation import Computation
from estimator.scenario import FineTuning, Hybrid, PromptEngineering, Scenario, Staged

FITS = 0.5
"""Probability of fitting the memory below which a set-up counts as not fitting."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why an approach cannot do what is asked.

    Parameters
    ----------
    code : quality, quality_unknown, availability, memory, never_switches, budget, start
    text : the same in words
    value, limit : the number that stands against the limit
    """

    code: str
    text: str
    value: float | None
    limit: float | None


def obstacles_of(computed: Computation, name: str) -> tuple[Obstacle, ...]:
    """List what stands against one approach; nothing where it is feasible.

    An unknown success rate is an obstacle only where a target is set: nobody can say that it is reached.
    """
    scenario, bill = computed.setting.scenario, computed.bills[name]
    found = [
        _quality(scenario, bill),
        _availability(computed, name),
        _memory(bill),
        _switch(computed, name),
        *_limits(computed, name),
    ]
    return tuple(each for each in found if each is not None)


def _quality(scenario: Scenario, bill: Bill) -> Obstacle | None:
    target = scenario.target_success_rate
    if target is None:
        return None
    if bill.success_rate is None:
        return Obstacle("quality_unknown", f"no success rate is stated, and {target:.1%} is asked", None, float(target))
    lowest = float(np.min(bill.success_rate))
    if lowest >= target - 1e-12:
        return None
    which = "success rate" if np.ptp(bill.success_rate) == 0.0 else "lowest monthly success rate"
    return Obstacle("quality", f"its {which} of {lowest:.1%} is below the {target:.1%} asked", lowest, float(target))


def _availability(computed: Computation, name: str) -> Obstacle | None:
    """Refuse a model that ends while it serves, unless the caller planned for it: the next one is not known yet."""
    month = _unplanned_end(computed, name)
    if month is None:
        return None
    horizon = computed.setting.horizon
    text = (
        f"its model ends in month {month} of {horizon}; a move is in its cost, "
        "but no next model is planned (state model_life)"
    )
    return Obstacle("availability", text, float(month), float(horizon))


def _unplanned_end(computed: Computation, name: str) -> int | None:
    """Return the month in which a model ends while it serves, None where none does or the caller planned for it."""
    plan = computed.setting.scenario.approaches[name]
    if isinstance(plan, Staged):
        switch = float(np.max(np.asarray(computed.bills[name].switch_month, dtype=float)))
        first, then = (_unplanned_end(computed, part) for part in (plan.first, plan.then))
        ends = [month for month in (first,) if month is not None and month <= switch]
        ends += [month for month in (then,) if month is not None and month > switch]
        return min(ends, default=None)
    if isinstance(plan, Hybrid):
        ends = [month for part in (plan.first, plan.fallback) if (month := _unplanned_end(computed, part)) is not None]
        return min(ends, default=None)
    planned = isinstance(plan, PromptEngineering | FineTuning) and plan.model_life is not None
    return None if planned else computed.bills[name].retires_month


def _memory(bill: Bill) -> Obstacle | None:
    chance = bill.resources.get("fits_memory_probability")
    if chance is None or float(np.min(chance)) >= FITS:
        return None
    lowest = float(np.min(chance))
    return Obstacle("memory", f"the training fits the memory with a probability of {lowest:.0%} only", lowest, FITS)


def _switch(computed: Computation, name: str) -> Obstacle | None:
    """Refuse a staged plan whose best switch is none: it would be recommended as if it tuned."""
    plan, switch = computed.setting.scenario.approaches[name], computed.bills[name].switch_month
    horizon = computed.setting.horizon
    if not isinstance(plan, Staged) or switch is None or not never_switches(plan, switch, horizon):
        return None
    text = f"switching to {plan.then} pays in no month: it is {plan.first} with {plan.then} paid for and never used"
    return Obstacle("never_switches", text, float(horizon), float(horizon))


def _limits(computed: Computation, name: str) -> list[Obstacle | None]:
    limits = computed.setting.scenario.constraints
    if limits is None:
        return []
    curve, bill = computed.curves[name], computed.bills[name]
    currency = computed.setting.scenario.currency
    upfront, total = float(curve.after_usd[0, 0]), float(curve.total_usd[0])
    start = float(np.max(bill.lead_time_months))
    return [
        _above("budget", "up front", upfront, limits.most_upfront_usd, currency),
        _above("budget", "over the horizon", total, limits.most_total_usd, currency),
        None
        if limits.latest_start_months is None or start <= limits.latest_start_months
        else Obstacle(
            "start",
            f"it serves after {start:.1f} months, and {limits.latest_start_months:g} are allowed",
            start,
            float(limits.latest_start_months),
        ),
    ]


def _above(code: str, when: str, value: float, limit: float | None, currency: str) -> Obstacle | None:
    if limit is None or value <= limit:
        return None
    return Obstacle(code, f"{currency} {value:,.0f} {when} exceed the limit of {limit:,.0f}", value, float(limit))
