"""Dated work on an approach: refreshes, the end of the model underneath, migration where tuning is closed."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from estimator.approaches.setting import Setting
from estimator.components.calendar import dated_usd, periodic_usd
from estimator.cost_line import CostLine, Step, Working
from estimator.errors import ScenarioError
from estimator.price_book import Lifecycle
from estimator.quantities import Months, Quantity, Usd, any_of
from estimator.scenario import ModelLife, Refresh

DAYS_PER_MONTH = 365.0 / 12.0


@dataclass(frozen=True, slots=True)
class Work:
    """The price of one piece of dated work, and how it was worked out."""

    usd: Usd
    steps: tuple[Step, ...] = ()


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
) -> tuple[CostLine, ...]:
    """List the refreshes and migrations of an approach within the horizon.

    Raises
    ------
    ScenarioError : the model is shut down before the plan starts
    """
    every: Months = refresh.every_months if refresh else np.inf
    refreshes = Working()
    refreshes.steps.extend(refreshing.steps)
    times: Quantity = 0.0
    if refresh is not None:
        times = periodic_usd(setting.month, float(setting.horizon), every, 1.0)
    migrations = Working()
    migrations.steps.extend(migrating.steps)
    ends = _ends(setting, life, lifecycle, pointer)
    moved = np.zeros(setting.month.shape, dtype=bool)
    if refresh is not None and lifecycle is not None and lifecycle.new_jobs_until is not None:
        late = times * (setting.month > month_of(setting, lifecycle.new_jobs_until))
        first = (late > 0) & (np.cumsum(late, axis=-1) == late)
        if any_of(first):
            setting.notes.warn(
                "ft_unavailable",
                f"{pointer}/refresh",
                f"Tuning is closed to new jobs after {lifecycle.new_jobs_until}: the next refresh is a new base.",
            )
        moved = first & (setting.month < (np.inf if ends is None else ends))
        times = times * ~moved
    lines = []
    if refresh is not None:
        lines.append(CostLine("refresh", event_usd=times * refreshing.usd, steps=tuple(refreshes.steps)))
    if life is not None and life.every_months is not None:
        usd = migrations(
            periodic_usd,
            month=setting.month,
            horizon_months=float(setting.horizon),
            every_months=life.every_months,
            usd=migrating.usd,
        )
        lines.append(CostLine("end_of_life", event_usd=usd, steps=tuple(migrations.steps)))
    elif any_of(moved):
        lines.append(CostLine("end_of_life", event_usd=moved * migrating.usd, steps=tuple(migrations.steps)))
    elif ends is not None and ends <= setting.horizon:
        usd = migrations(dated_usd, month=setting.month, when=float(ends), usd=migrating.usd)
        lines.append(CostLine("end_of_life", event_usd=usd, steps=tuple(migrations.steps)))
    return tuple(lines)


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
