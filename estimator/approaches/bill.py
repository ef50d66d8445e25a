"""The finished bill of an approach: its lines on the calendar, after lead time and delay policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.approaches.outline import Break, Outline
from estimator.approaches.setting import Setting
from estimator.components.calendar import bridged_share
from estimator.components.labour import expected_changes_usd
from estimator.components.traffic import failures_usd
from estimator.cost_line import CostLine, Steps, Working
from estimator.quantities import Months, Quantity, Requests, Share, Usd, any_of, plus


@dataclass(frozen=True, slots=True)
class Bill:
    """What an approach costs, month by month.

    Parameters
    ----------
    kind : kind of the approach
    lines : every cost line
    upfront_usd : paid at t = 0; a number or (cells, 1)
    flow_usd : money of each month that flows, undiscounted; (months,) or (cells, months)
    event_usd : money paid at the end of each month as a jump, undiscounted; the same shapes
    served : requests served in each month
    success_rate : share of requests answered well in each month, None if unknown
    lead_time_months : months until it serves
    retires_month : month in which its model of today is shut down, None if not within the horizon
    switch_month : month at whose end a staged approach changes, None for the others
    replicas : replicas of each month, None where none are kept
    breaks, curved : how cost bends in the traffic (see Running)
    resources : hours, GPU-hours and the like
    workings : how its lead time, memory and the like were worked out, by their names
    """

    kind: str
    lines: tuple[CostLine, ...]
    upfront_usd: Usd
    flow_usd: Usd
    event_usd: Usd
    served: Requests
    success_rate: Share | None = None
    lead_time_months: Months = 0.0
    retires_month: int | None = None
    switch_month: Months | None = None
    replicas: Quantity | None = None
    breaks: tuple[Break, ...] = ()
    curved: bool = False
    resources: Mapping[str, Any] = field(default_factory=dict)
    workings: Mapping[str, Steps] = field(default_factory=dict)

    @property
    def lowest_success(self) -> npt.NDArray[np.float64] | None:
        """Share of the requests answered well in the worst month, one for each cell, None if unknown."""
        if self.success_rate is None:
            return None
        lowest: npt.NDArray[np.float64] = np.atleast_2d(np.asarray(self.success_rate, dtype=float)).min(axis=-1)
        return lowest

    @property
    def overall_success(self) -> Share | None:
        """Share of all requests of the horizon that are answered well, None if unknown."""
        rate = self.success_rate
        if rate is None or np.ndim(rate) == 0 or np.ptp(rate) == 0.0:
            return None if rate is None else float(np.ravel(rate)[0])
        served = np.broadcast_to(self.served, np.shape(rate))
        return float(np.average(rate, weights=served) if np.any(served) else np.mean(rate))


def total(setting: Setting, lines: tuple[CostLine, ...]) -> tuple[Usd, Usd, Usd]:
    """Add up lines: up front, flow of each month, sums at the end of each month."""
    upfront: Usd = 0.0
    flow: Usd = np.zeros(setting.month.shape)
    events: Usd = np.zeros(setting.month.shape)
    for line in lines:
        upfront = upfront + line.upfront_usd
        flow = plus(flow, line.monthly_usd)
        events = plus(events, line.event_usd)
    return upfront, flow, events


def close(setting: Setting, outline: Outline, bridge: Bill | None, pointer: str) -> Bill:
    """Put an approach on the calendar.

    Parameters
    ----------
    outline : the approach
    bridge : the bill of the approach that serves during the lead time, None if none does
    """
    scenario = setting.scenario
    running = outline.run(setting.requests)
    lines = list(running.lines)
    if any_of(scenario.requirement_changes_per_month) and any_of(outline.change_usd):
        work = Working()
        work.steps.extend(outline.change_steps)
        usd = work(
            expected_changes_usd, changes_per_month=scenario.requirement_changes_per_month, change=outline.change_usd
        )
        lines.append(CostLine("requirement_changes", monthly_usd=usd, steps=tuple(work.steps)))
    if any_of(scenario.cost_of_failure_usd):
        if outline.success_rate is None:
            setting.notes.warn(
                "success_rate_unknown",
                f"{pointer}/success_rate",
                "Failures cost money, but no success rate is stated for this approach: its failures are not counted.",
            )
        else:
            work = Working()
            usd = work(
                failures_usd,
                requests=setting.requests,
                success_rate=outline.success_rate,
                usd_per_failure=scenario.cost_of_failure_usd,
            )
            lines.append(CostLine("failures", monthly_usd=usd, steps=tuple(work.steps)))
    served = setting.requests
    if any_of(outline.lead_time_months) and scenario.delay_policy != "ignore":
        lines, served = _delayed(setting, outline, bridge, lines, pointer)
    closed = (*outline.upfront, *lines, *outline.events)
    upfront, flow, events = total(setting, closed)
    return Bill(
        kind=outline.kind,
        lines=closed,
        upfront_usd=upfront,
        flow_usd=flow,
        event_usd=events,
        served=served,
        success_rate=outline.success_rate,
        lead_time_months=outline.lead_time_months,
        retires_month=outline.retires_month,
        replicas=running.replicas,
        breaks=(*running.breaks, *(bridge.breaks if bridge else ())),
        curved=running.curved or (bridge is not None and bridge.curved),
        resources={**outline.resources, "tokens_per_month": running.tokens or None},
        workings=outline.workings,
    )


def join_bills(place: npt.NDArray[np.int64], bills: Mapping[int, Bill], otherwise: Bill) -> Bill:
    """Take the up-front cost and the flow of each cell from one of several bills.

    Parameters
    ----------
    place : which bill, a column; what is not among them takes the other one
    """
    which = [place == each for each in bills]
    return replace(
        otherwise,
        upfront_usd=np.select(which, [np.asarray(bill.upfront_usd) for bill in bills.values()], otherwise.upfront_usd),
        flow_usd=np.select(which, [np.asarray(bill.flow_usd) for bill in bills.values()], otherwise.flow_usd),
        breaks=tuple(each for bill in bills.values() for each in bill.breaks),
        curved=any(bill.curved for bill in bills.values()),
    )


def _delayed(
    setting: Setting, outline: Outline, bridge: Bill | None, lines: list[CostLine], pointer: str
) -> tuple[list[CostLine], Requests]:
    """Let the months of the lead time be paid by the delay policy."""
    scenario = setting.scenario
    work = Working()
    waiting = work(bridged_share, month=setting.month, lead_time_months=outline.lead_time_months)
    serving = 1.0 - waiting
    delayed = [line.flowing(serving) for line in lines]
    if scenario.delay_policy == "unserved":
        usd = waiting * (setting.requests * scenario.cost_unserved_usd_per_request + scenario.delay_cost_usd_per_month)
        delayed.append(CostLine("delay", monthly_usd=usd, steps=tuple(work.steps)))
        setting.notes.warn(
            "volumes_differ", f"{pointer}/lead_time_months", "The approaches do not serve the same volume."
        )
        return delayed, setting.requests * serving
    if bridge is None:
        setting.notes.warn(
            "no_bridge",
            f"{pointer}/bridge",
            "No other approach can serve during the lead time: its months are counted as served by this one.",
        )
        return lines, setting.requests
    upfront = outline.bridge_upfront_share * bridge.upfront_usd * np.greater(outline.lead_time_months, 0.0)
    delayed.append(CostLine("bridge", upfront, waiting * bridge.flow_usd, steps=tuple(work.steps)))
    return delayed, setting.requests
