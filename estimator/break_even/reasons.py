"""Why a candidate never becomes cheaper within the horizon."""

from dataclasses import dataclass
from math import log1p

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


def why_never(
    start_usd: float, saving_usd: Flows, event_usd: Flows, requests: Flows, annual_discount_rate: float
) -> Reason:
    """Say why D(t) stays above zero.

    Parameters
    ----------
    start_usd : D(0), above zero
    saving_usd : what the candidate saves in the flow of each month, undiscounted, shape (months,)
    event_usd : what the candidate pays more at the end of each month, undiscounted
    requests : requests of each month
    annual_discount_rate : r [1/year]

    Examples
    --------
    >>> months = np.ones(12)
    >>> why_never(100.0, 5.0 * months, 0.0 * months, months, 0.0)
    Reason(code='horizon_too_short', extrapolated_month=20.0)
    >>> why_never(100.0, -5.0 * months, 0.0 * months, months, 0.0).code
    'unit_cost_not_lower'
    """
    if (saving_usd <= 0).all():
        return Reason("unit_cost_not_lower" if requests.any() else "volume_zero")
    without_events = start_usd - np.cumsum(saving_usd)
    if annual_discount_rate > 0 and (without_events + np.cumsum(event_usd)).min() < 0:
        return Reason("discounting")
    if without_events.min() < 0:
        return Reason("events_exceed_savings")
    last = float(saving_usd[-1])
    steady = bool(np.ptp(saving_usd) <= 1e-9 * abs(last)) and not event_usd.any()
    if steady:
        return _steady(start_usd, last, annual_discount_rate)
    if requests[-1] < requests[0] and _never_catches_up(float(without_events[-1]), saving_usd):
        return Reason("declining_volume")
    return Reason("unit_cost_not_lower" if last <= 0 else "horizon_too_short")


def _steady(start_usd: float, saving_usd: float, annual_discount_rate: float) -> Reason:
    """Extrapolate constant flows: t* = dU/dF, or -ln(1 - dU i/dF)/ln(1+i), none where dU i/dF >= 1."""
    if annual_discount_rate == 0:
        return Reason("horizon_too_short", start_usd / saving_usd)
    monthly = (1.0 + annual_discount_rate) ** (1.0 / 12.0) - 1.0
    part = start_usd * monthly / saving_usd
    if part >= 1:
        return Reason("discounting")
    return Reason("horizon_too_short", -log1p(-part) / log1p(monthly))


def _never_catches_up(left_usd: float, saving_usd: Flows) -> bool:
    """Tell whether savings that shrink as in the last months sum up to less than what is left to save."""
    if len(saving_usd) < 2 or saving_usd[-2] <= 0 or saving_usd[-1] >= saving_usd[-2]:
        return bool(saving_usd[-1] <= 0)
    ratio = saving_usd[-1] / saving_usd[-2]
    return bool(saving_usd[-1] * ratio / (1.0 - ratio) < left_usd)
