"""Bills added up over the months, discounted, with their jumps kept."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from estimator.quantities import Months, Quantity, Share, Usd

Grid = npt.NDArray[np.float64]


class Amounts(Protocol):
    """What a curve is made of: see estimator.approaches.bill.Bill."""

    @property
    def upfront_usd(self) -> Usd:
        """Money at t = 0."""

    @property
    def flow_usd(self) -> Usd:
        """Money that flows in each month."""

    @property
    def event_usd(self) -> Usd:
        """Money at the end of each month."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Cumulative discounted cost at t = 0..T, just before and just after the sums of each month's end.

    Parameters
    ----------
    before_usd : C(t-), shape (cells, months + 1)
    after_usd : C(t+), the same shape; between after[t - 1] and before[t] cost grows linearly
    """

    before_usd: Grid
    after_usd: Grid

    @property
    def total_usd(self) -> Grid:
        """C(T), shape (cells,)."""
        return self.after_usd[:, -1]

    @property
    def largest_usd(self) -> Grid:
        """The largest amount on the curve, shape (cells, 1)."""
        sides = (np.abs(side).max(axis=1, keepdims=True) for side in (self.before_usd, self.after_usd))
        largest: Grid = np.maximum(*sides)
        return largest


def discount_factors(annual_discount_rate: Share, month: Months) -> Quantity:
    """Discount money at the end of a month.

    Equation
    --------
    v^m = (1 + r)^(-m/12)

    Inputs
    ------
    annual_discount_rate : r [1/year]
    month : m [month]

    Output
    ------
    v^m [1]

    Examples
    --------
    >>> round(float(discount_factors(0.1, 12.0)), 9)
    0.909090909
    """
    return (1.0 + annual_discount_rate) ** (-month / 12.0)


def cumulative(bill: Amounts, factors: Quantity) -> Curve:
    """Add a bill up over the months.

    Equation
    --------
    C(t) = U + sum_{m=1..t} v^m (F(m) + E(m))

    Inputs
    ------
    bill : U, F, E [USD]
    factors : v^m [1]

    Output
    ------
    C [USD]
    """
    flow = np.atleast_2d(factors * bill.flow_usd)
    events = np.atleast_2d(factors * bill.event_usd)
    upfront = np.atleast_2d(np.asarray(bill.upfront_usd, dtype=float))
    running = np.cumsum(flow + events, axis=1)
    after = np.empty((max(len(running), len(upfront)), running.shape[1] + 1))
    after[:, :1] = upfront
    after[:, 1:] = upfront + running
    before = after.copy()
    before[:, 1:] -= events
    return Curve(before, after)
