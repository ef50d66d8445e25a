"""Run one approach first and change to another at the end of a month: prompt first, tune later."""

from dataclasses import replace
from typing import Any

import numpy as np

from estimator.approaches.bill import Bill, total
from estimator.approaches.faults import at_cell, refuse_cells
from estimator.approaches.hybrid import SHARED, together
from estimator.approaches.setting import Setting
from estimator.cost_line import CostLine
from estimator.curves import discount_factors
from estimator.errors import ScenarioError
from estimator.quantities import Months, Quantity, Share, any_of
from estimator.scenario import Staged

EQUAL = 1e-12
"""Totals that differ by less than this part are equal: the order of additions decides nothing."""


def bill_staged(setting: Setting, plan: Staged, first: Bill, then: Bill, pointer: str) -> Bill:
    """Join two finished bills at the switch: up to month m_s the first, afterwards the other.

    The up-front cost of the second is paid at t = m_s, without the test set that the first has paid. Dated sums stand
    on the calendar of the plan, whoever serves; bought GPUs are as old as their purchase, and those of the first
    approach are sold at the switch.

    Equation
    --------
    C(t) = U_1 + sum_{m <= m_s} v^m F_1 + v^m_s U_2 + sum_{m > m_s} v^m F_2

    Raises
    ------
    ScenarioError : the switch lies after the horizon
    """
    shared = any(line.component == SHARED and any_of(line.upfront_usd) for line in first.lines)
    bought = tuple(line for line in then.lines if not (shared and line.component == SHARED))
    switch: Months = plan.switch_month
    if switch is None:
        switch = setting.choices.settle(f"{pointer}/switch_month", lambda: cheapest_switch(setting, first, bought))
        if never_switches(plan, switch, setting.horizon):
            setting.notes.warn(
                "never_switches",
                f"{pointer}/switch_month",
                f"Switching to {plan.then} pays in no month of {setting.horizon}: the cheapest is the last, in which "
                f"{plan.then} is paid for and never serves. Without a switch, {plan.first} alone is the better plan.",
            )
        elif np.size(switch) == 1 and not any_of(switch):
            setting.notes.warn(
                "switches_at_once",
                f"{pointer}/switch_month",
                f"Switching to {plan.then} pays best at once: {plan.first} is paid for and never serves. {plan.then} "
                "alone is the better plan.",
            )
    else:
        in_time = np.less_equal(switch, setting.horizon)
        refuse_cells(in_time, lambda cell: _too_late(setting, at_cell(switch, cell), pointer))
    before = setting.month <= switch
    lines = [_serving(setting.month, line, 0.0, switch) for line in first.lines]
    lines += [_serving(setting.month, line, switch, float(setting.horizon)) for line in bought]
    upfront, flow, events = total(setting, tuple(lines))
    success_rate: Share | None = None
    if first.success_rate is not None and then.success_rate is not None:
        success_rate = np.where(before, first.success_rate, then.success_rate)
    return Bill(
        kind=plan.kind,
        lines=tuple(lines),
        upfront_usd=upfront,
        flow_usd=flow,
        event_usd=events,
        served=np.where(before, first.served, then.served),
        success_rate=success_rate,
        lead_time_months=first.lead_time_months,
        switch_month=switch,
        replicas=_replicas(before, first, then),
        breaks=(*first.breaks, *then.breaks),
        curved=first.curved or then.curved,
        resources={
            **together(first.resources, then.resources),
            "tokens_per_month": first.resources.get("tokens_per_month"),
        },
    )


def _too_late(setting: Setting, switch: Months, pointer: str) -> ScenarioError:
    return ScenarioError(
        f"The switch in month {switch:g} lies after the horizon of {setting.horizon} months.",
        f"{pointer}/switch_month",
    )


def never_switches(plan: Staged, switch: Months, horizon: int) -> bool:
    """Tell whether the search for the best month has come to the end of the horizon."""
    return plan.switch_month is None and np.size(switch) == 1 and bool(np.all(np.equal(switch, horizon)))


def _serving(month: Any, line: CostLine, start: Months, end: Months, at: Months = 0.0) -> CostLine:
    """Keep of a line what falls in the months (start, end]; what it takes up front is paid at their start.

    Parameters
    ----------
    at : the month whose sums count as up front
    """
    own = line.between
    line = line if own is None else own(start, end)
    serves = ((month > start) & (month <= end)).astype(float)
    begins = np.asarray((month == start) & np.not_equal(start, at), dtype=float)
    return replace(
        line,
        upfront_usd=line.upfront_usd * np.asarray(np.equal(start, at), dtype=float),
        monthly_usd=line.monthly_usd * serves,
        event_usd=line.event_usd * serves + line.upfront_usd * begins,
        between=None
        if own is None
        else lambda a, b: _serving(month, replace(line, between=own), np.maximum(a, start), np.minimum(b, end), a),
    )


def cheapest_switch(setting: Setting, first: Bill, bought: tuple[CostLine, ...]) -> Months:
    """Find the month of the switch, 0..T, with the lowest total; the earliest of equals."""
    factor, horizon = setting.factors, float(setting.horizon)
    switches = np.append(0.0, setting.month)
    start = discount_factors(setting.scenario.annual_discount_rate, switches)
    upfront, flow, events = total(setting, _fixed(first.lines))
    price, flow_then, events_then = total(setting, _fixed(bought))
    spent_first = _from_zero(factor * (flow + events))
    spent_then = _from_zero(factor * (flow_then + events_then))
    totals = upfront + spent_first + start * price + spent_then[..., -1:] - spent_then
    for line in first.lines:
        if line.between is not None:
            totals = totals + _worth([line.between(0.0, switch) for switch in switches], factor, 1.0)
    for line in bought:
        if line.between is not None:
            totals = totals + _worth([line.between(switch, horizon) for switch in switches], factor, start)
    lowest = totals.min(axis=-1, keepdims=True)
    best = np.argmax(totals <= lowest + EQUAL * np.abs(lowest), axis=-1)
    return float(best) if best.ndim == 0 else best[..., None].astype(float)


def _fixed(lines: tuple[CostLine, ...]) -> tuple[CostLine, ...]:
    """Return the lines whose amounts do not depend on the months in which the approach serves."""
    return tuple(line for line in lines if line.between is None)


def _worth(lines: list[CostLine], factor: Quantity, start: Quantity) -> Any:
    """Discount the same line at every switch month; the switch months become the last axis."""
    later = [np.sum(factor * (line.monthly_usd + line.event_usd), axis=-1) for line in lines]
    upfront = np.concatenate([np.atleast_1d(line.upfront_usd) for line in lines], axis=-1)
    return start * upfront + np.stack(later, axis=-1)


def _from_zero(monthly: Quantity) -> Any:
    cumulative = np.cumsum(np.asarray(monthly), axis=-1)
    return np.concatenate([np.zeros_like(cumulative[..., :1]), cumulative], axis=-1)


def _replicas(before: Any, first: Bill, then: Bill) -> Quantity | None:
    if first.replicas is None and then.replicas is None:
        return None
    mine = 0.0 if first.replicas is None else first.replicas
    other = 0.0 if then.replicas is None else then.replicas
    return np.where(before, mine, other)
