"""Dated work on an approach: refreshes, the end of the model underneath, migration where tuning is closed."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from estimator.approaches.setting import Setting
from estimator.components.calendar import dated_usd, periodic_usd
from estimator.cost_line import CostLine, Steps, Working
from estimator.errors import ScenarioError
from estimator.price_book import Lifecycle
from estimator.quantities import Quantity, Usd
from estimator.scenario import ApiServing, ModelLife, Refresh, Serving

DAYS_PER_MONTH = 365.0 / 12.0


@dataclass(frozen=True, slots=True)
class Work:
    """The price of one piece of dated work, and how it was worked out."""

    usd: Usd
    steps: Steps = ()


@dataclass(frozen=True, slots=True)
class Dated:
    """Dated work, and the month in which the model of today is shut down (None: not within the horizon)."""

    lines: tuple[CostLine, ...]
    retires_month: int | None


def start_of(setting: Setting) -> date:
    """Return the day of the decision: the caller's, else the day of the price book."""
    return setting.scenario.start_date or setting.book.on


def month_of(setting: Setting, day: date) -> int:
    """Return the month of the plan that contains a day: 1 is the first, 0 or less is past."""
    return int(np.ceil((day - start_of(setting)).days / DAYS_PER_MONTH))


def dated_lines(
    setting: Setting,
    refresh: Refresh | None,
    life: ModelLife | None,
    lifecycle: Lifecycle | None,
    refreshing: Work,
    migrating: Work,
    pointer: str,
) -> Dated:
    """List the refreshes and migrations of an approach within the horizon.

    A refresh after the last day for new tuning jobs becomes a migration to another base, and then the shutdown of the
    old one needs none.

    Raises
    ------
    ScenarioError : the model is shut down before the plan starts
    """
    month, horizon = setting.month, float(setting.horizon)
    ends = _ends(setting, life, lifecycle, pointer)
    lines = []
    moved = np.zeros(month.shape, dtype=bool)
    if refresh is not None:
        times = periodic_usd(month, horizon, refresh.every_months, 1.0)
        moved = _moved(setting, times, lifecycle, np.inf if ends is None else ends, pointer)
        refreshed = np.where(moved, 0.0, times) * refreshing.usd
        lines.append(CostLine("refresh", event_usd=refreshed, steps=refreshing.steps))
    work = Working()
    work.steps.extend(migrating.steps)
    if life is not None and life.every_months is not None:
        every, usd = life.every_months, migrating.usd
        paid = work(periodic_usd, month=month, horizon_months=horizon, every_months=every, usd=usd)
        lines.append(CostLine("end_of_life", event_usd=paid, steps=tuple(work.steps)))
    elif np.any(moved) or (ends is not None and ends <= horizon):
        paid = work(dated_usd, month=month, when=np.inf if ends is None else float(ends), usd=migrating.usd)
        paid = np.where(moved.any(axis=-1, keepdims=True), moved * migrating.usd, paid)
        lines.append(CostLine("end_of_life", event_usd=paid, steps=tuple(work.steps)))
    return Dated(tuple(lines), ends if ends is not None and ends <= horizon else None)


def serving_lifecycle(setting: Setting, serving: Serving) -> Lifecycle | None:
    """Return what the price book knows of the end of the model that serves."""
    if isinstance(serving, ApiServing) and serving.model is not None:
        return setting.book.token_offer(serving.model, serving.variant).lifecycle
    return None


def _moved(
    setting: Setting, times: Quantity, lifecycle: Lifecycle | None, ends: float, pointer: str
) -> npt.NDArray[np.bool_]:
    """Mark the first refresh for which the service takes no new job any more, where it comes before the shutdown."""
    if lifecycle is None or lifecycle.new_jobs_until is None:
        return np.zeros(setting.month.shape, dtype=bool)
    late = (np.asarray(times) > 0) & (setting.month > month_of(setting, lifecycle.new_jobs_until))
    first = late & (np.cumsum(late, axis=-1) == 1)
    if first.any():
        setting.notes.warn(
            "ft_unavailable",
            f"{pointer}/refresh",
            f"Tuning is closed to new jobs after {lifecycle.new_jobs_until}: the next refresh moves to a new base.",
        )
    moved: npt.NDArray[np.bool_] = first & (setting.month < ends)
    return moved


def _ends(setting: Setting, life: ModelLife | None, lifecycle: Lifecycle | None, pointer: str) -> int | None:
    """Return the month in which the model is shut down, None if no day is known."""
    if life is not None and life.every_months is not None:
        return None
    known = lifecycle.shutdown_on if lifecycle is not None else None
    day = life.ends_on if life is not None and life.ends_on is not None else known
    if day is None:
        return None
    if day <= start_of(setting):
        raise ScenarioError(
            f"The model was shut down on {day}, before the plan starts on {start_of(setting)}. Name another model.",
            pointer,
        )
    month = month_of(setting, day)
    if month <= setting.horizon:
        follows = f"; the provider names {lifecycle.replacement}" if lifecycle and lifecycle.replacement else ""
        setting.notes.warn(
            "shut_down_within_horizon",
            pointer,
            f"The model is shut down on {day}, in month {month} of {setting.horizon}: moving is paid{follows}.",
        )
    return month
