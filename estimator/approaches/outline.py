"""An approach before the calendar: what it costs up front, what running it costs at any traffic, its dated sums."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from estimator.cost_line import CostLine, Steps
from estimator.price_book import Price
from estimator.quantities import Months, Quantity, Requests, Share, Usd


@dataclass(frozen=True, slots=True)
class Break:
    """A traffic at which running cost changes its slope or jumps: multiples of a capacity.

    Parameters
    ----------
    requests : the capacity, requests of a month
    stepped : True where cost jumps at every multiple (replicas), False where it bends once
    """

    requests: Quantity
    stepped: bool


@dataclass(frozen=True, slots=True)
class Running:
    """What running costs at one traffic.

    Parameters
    ----------
    lines : the monthly flows, and the hardware bought for this traffic
    usd_per_call : price of scoring one test example in the first month [USD]
    replicas : replicas of each month, None where none are kept
    breaks : where the flows bend or jump in the traffic
    curved : whether the flows bend smoothly in the traffic (caching by time to live)
    tokens : input, output and cached tokens of the first month
    """

    lines: tuple[CostLine, ...]
    usd_per_call: Usd = 0.0
    replicas: Quantity | None = None
    breaks: tuple[Break, ...] = ()
    curved: bool = False
    tokens: Mapping[str, Quantity] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outline:
    """One approach, before lead time and delay policy.

    Parameters
    ----------
    kind : kind of the approach
    upfront : lines paid at t = 0
    run : running cost by the requests of each month
    events : lines paid at the ends of months
    retires_month : month in which the model of today is shut down, None if not within the horizon
    change_usd : cost of one change of the requirements
    success_rate : share of requests answered well in each month, None if unknown
    lead_time_months : months until it serves
    bridge : name of the approach that serves until then, None = to be chosen
    bridge_upfront_share : share of that approach's up-front cost that is paid too
    resources : hours, GPU-hours and the like, for the answer
    curved : whether it bends smoothly in the traffic, so that what is paid up front may depend on the traffic too
    prices : of the price book, read for it
    change_steps : how the cost of one change was worked out
    workings : how its lead time, memory and the like were worked out, by their names
    """

    kind: str
    upfront: tuple[CostLine, ...]
    run: Callable[[Requests], Running]
    events: tuple[CostLine, ...] = ()
    retires_month: int | None = None
    change_usd: Usd = 0.0
    success_rate: Share | None = None
    lead_time_months: Months = 0.0
    bridge: str | None = None
    bridge_upfront_share: Share = 0.0
    resources: Mapping[str, Any] = field(default_factory=dict)
    curved: bool = False
    prices: tuple[Price, ...] = ()
    change_steps: Steps = ()
    workings: Mapping[str, Steps] = field(default_factory=dict)
