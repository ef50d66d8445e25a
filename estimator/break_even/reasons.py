"""Why a candidate never becomes cheaper within the horizon."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Flows = npt.NDArray[np.float64]

REASONS = (
    "volume_zero",
    "unit_cost_not_lower",
    "discounting",
    "events_exceed_savings",
    "declining_volume",
    "horizon_too_short",
    "retired_before",
)
VOLUME_ZERO, UNIT_COST, DISCOUNTING, EVENTS, DECLINING, HORIZON, RETIRED = range(len(REASONS))
NO_REASON = -1
YEAR = 12
STEADY = 1e-9
"""Savings that differ by less in proportion are the same in every month."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, and when it would cross if the months went on as the last one.

    Parameters
    ----------
    code : one of REASONS
    extrapolated_month : only where flows are constant and nothing recurs, else None
    """

    code: str
    extrapolated_month: float | None = None


@dataclass(frozen=True, slots=True)
class Reasons:
    """The reason of every cell.

    Parameters
    ----------
    place : index into REASONS, NO_REASON where there is none, shape (cells,)
    extrapolated_month : NaN where there is none
    """

    place: npt.NDArray[np.int8]
    extrapolated_month: npt.NDArray[np.float64]

    def at(self, cell: int = 0) -> Reason | None:
        """Return the reason of one cell."""
        if self.place[cell] == NO_REASON:
            return None
        month = float(self.extrapolated_month[cell])
        return Reason(REASONS[self.place[cell]], None if np.isnan(month) else month)


def why_never(
    start_usd: Flows,
    saving_usd: Flows,
    event_usd: Flows,
    requests: Flows,
    discount_rate: Flows,
    seasonal_growth: Flows | None = None,
) -> Reasons:
    """Say why D(t) stays above zero, for many cells at once.

    Parameters
    ----------
    start_usd : D(0), above zero, shape (cells, 1)
    saving_usd : what the candidate saves in the flow of each month, undiscounted, shape (cells, months)
    event_usd : what the candidate pays more at the end of each month, undiscounted
    requests : requests of each month
    discount_rate : r [1/year], shape (cells, 1)
    seasonal_growth : growth of the requests from month to month where they have seasons, else None, shape (cells, 1)

    Examples
    --------
    >>> none, months = np.zeros((1, 1)), np.ones((1, 12))
    >>> why_never(none + 100.0, 5.0 * months, 0.0 * months, months, none).at()
    Reason(code='horizon_too_short', extrapolated_month=20.0)
    >>> why_never(none + 100.0, -5.0 * months, 0.0 * months, months, none).at().code
    'unit_cost_not_lower'
    """
    left = start_usd - np.cumsum(saving_usd, axis=1)
    last = saving_usd[:, -1]
    steady = (np.ptp(saving_usd, axis=1) <= STEADY * np.abs(last)) & ~event_usd.any(axis=1)
    steady_month = _steady_month(start_usd[:, 0], last, discount_rate[:, 0])
    saves_nothing = (saving_usd <= 0).all(axis=1)
    period = 1 if seasonal_growth is None else YEAR
    saved = saving_usd[:, -period:].sum(axis=1)
    shrinks, ratio = _declines(saving_usd, requests, period, seasonal_growth)
    place = np.select(
        [
            saves_nothing & ~requests.any(axis=1),
            saves_nothing,
            (discount_rate[:, 0] > 0) & ((left + np.cumsum(event_usd, axis=1)).min(axis=1) < 0),
            left.min(axis=1) < 0,
            steady & np.isnan(steady_month),
            steady,
            shrinks & _never_catches_up(left[:, -1], saved * period / saving_usd[:, -period:].shape[1], ratio),
            saved <= 0,
        ],
        [VOLUME_ZERO, UNIT_COST, DISCOUNTING, EVENTS, DISCOUNTING, HORIZON, DECLINING, UNIT_COST],
        HORIZON,
    )
    return Reasons(place.astype(np.int8), np.where(steady & (place == HORIZON), steady_month, np.nan))


def _steady_month(start_usd: Flows, saving_usd: Flows, discount_rate: Flows) -> Flows:
    """Extrapolate constant flows: t* = dU/dF, or -ln(1 - dU i/dF)/ln(1+i); NaN where dU i/dF >= 1."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        undiscounted = start_usd / saving_usd
        monthly = (1.0 + discount_rate) ** (1.0 / 12.0) - 1.0
        part = undiscounted * monthly
        discounted = np.where(part < 1, -np.log1p(-part) / np.log1p(monthly), np.nan)
        found: Flows = np.where(discount_rate == 0, undiscounted, discounted)
        return found


def _declines(
    saving_usd: Flows, requests: Flows, period: int, growth: Flows | None
) -> tuple[npt.NDArray[np.bool_], Flows]:
    """Tell whether requests shrink, and by what savings change in a period: months are compared with their like.

    Within the first year of seasons no month has its like, and the growth of the requests says both.
    """
    months = saving_usd.shape[1]
    some = min(period, months - period)
    if some < 1:
        ratio = np.ones(len(saving_usd)) if growth is None else (1.0 + growth[:, 0]) ** period
        return ratio < 1.0, ratio
    late, early = slice(months - some, months), slice(months - some - period, months - period)
    shrinks = requests[:, late].sum(axis=1) < requests[:, early].sum(axis=1) * (1.0 - STEADY)
    before, last = saving_usd[:, early].sum(axis=1), saving_usd[:, late].sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return shrinks, np.where(before > 0, last / before, 1.0)


def _never_catches_up(left_usd: Flows, saved_usd: Flows, ratio: Flows) -> npt.NDArray[np.bool_]:
    """Tell whether savings that shrink from period to period sum up to less than what is left to save."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        to_come = saved_usd * ratio / (1.0 - ratio)
    found: npt.NDArray[np.bool_] = np.where(ratio >= 1.0, saved_usd <= 0, to_come < left_usd)
    return found
