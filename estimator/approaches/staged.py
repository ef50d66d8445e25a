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
from estimator.quantities import Months, Quantity, any_of
from estimator.scenario import Staged

EQUAL = 1e-12
"""Totals that differ by less than this part are equal: the order of additions decides nothing."""


def bill_staged(setting: Setting, plan: Staged, first: Bill, then: Bill, pointer: str) -> Bill:
    """Join two finished bills at the switch: up to month m_s the first, afterwards the other.

    The up-front cost of the second is paid at t = m_s, without the test set that the first has paid. Dated sums stand
    on the calendar of the plan, whoever serves.

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
    else:
        in_time = np.less_equal(switch, setting.horizon)
        refuse_cells(in_time, lambda cell: _too_late(setting, at_cell(switch, cell), pointer))
    before = setting.month <= switch
    during = before.astype(float)
    at_once = np.asarray(switch == 0.0, dtype=float)
    at_switch = np.asarray(setting.month == switch, dtype=float)
    lines = [
        replace(line, monthly_usd=line.monthly_usd * during, event_usd=line.event_usd * during) for line in first.lines
    ]
    lines += [
        replace(
            line,
            upfront_usd=line.upfront_usd * at_once,
            monthly_usd=line.monthly_usd * (1.0 - during),
            event_usd=line.event_usd * (1.0 - during) + line.upfront_usd * at_switch,
        )
        for line in bought
    ]
    upfront, flow, events = total(setting, tuple(lines))
    known = first.success_rate is not None and then.success_rate is not None
    return Bill(
        kind=plan.kind,
        lines=tuple(lines),
        upfront_usd=upfront,
        flow_usd=flow,
        event_usd=events,
        served=np.where(before, first.served, then.served),
        success_rate=np.where(before, first.success_rate, then.success_rate) if known else None,  # type: ignore[arg-type]  # both are known
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


def cheapest_switch(setting: Setting, first: Bill, bought: tuple[CostLine, ...]) -> Months:
    """Find the month of the switch, 0..T, with the lowest total; the earliest of equals."""
    price, flow, events = total(setting, bought)
    factor = discount_factors(setting.scenario.annual_discount_rate, setting.month)
    spent_first = _from_zero(factor * (first.flow_usd + first.event_usd))
    spent_then = _from_zero(factor * (flow + events))
    start = discount_factors(setting.scenario.annual_discount_rate, np.append(0.0, setting.month))
    totals = first.upfront_usd + spent_first + start * price + spent_then[..., -1:] - spent_then
    lowest = totals.min(axis=-1, keepdims=True)
    best = np.argmax(totals <= lowest + EQUAL * np.abs(lowest), axis=-1)
    return float(best) if best.ndim == 0 else best[..., None].astype(float)


def _from_zero(monthly: Quantity) -> Any:
    cumulative = np.cumsum(np.asarray(monthly), axis=-1)
    return np.concatenate([np.zeros_like(cumulative[..., :1]), cumulative], axis=-1)


def _replicas(before: Any, first: Bill, then: Bill) -> Quantity | None:
    if first.replicas is None and then.replicas is None:
        return None
    mine = 0.0 if first.replicas is None else first.replicas
    other = 0.0 if then.replicas is None else then.replicas
    return np.where(before, mine, other)
