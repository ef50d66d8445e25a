"""What prompted and tuned approaches share once they run: fixed cost, upkeep, a success rate that drifts."""

from dataclasses import replace

from estimator.approaches.expected_quality import expected_success, plain_or_none
from estimator.approaches.outline import Running
from estimator.approaches.setting import Setting
from estimator.components.calendar import months_since_refresh
from estimator.components.labour import labour_usd
from estimator.components.traffic import drifting_success
from estimator.cost_line import CostLine, Working
from estimator.quantities import Hours, Quantity, Share, any_of
from estimator.scenario import FineTuning, PromptEngineering

NEVER_MONTHS = 1e9


def with_fixed(setting: Setting, plan: PromptEngineering | FineTuning, running: Running, role: str) -> Running:
    """Add fixed cost and upkeep to what serving costs."""
    lines = list(running.lines)
    if any_of(plan.monthly_fixed_usd):
        lines.append(CostLine("fixed", monthly_usd=plan.monthly_fixed_usd))
    if any_of(plan.upkeep_hours_per_month):
        work = Working()
        usd = work(labour_usd, hours=plan.upkeep_hours_per_month, wage=setting.wage(role))
        lines.append(
            CostLine(
                "upkeep",
                monthly_usd=usd,
                quantity=plan.upkeep_hours_per_month,
                quantity_unit="hours/month",
                steps=tuple(work.steps),
            )
        )
    return replace(running, lines=tuple(lines))


def success_over_time(
    setting: Setting, plan: PromptEngineering | FineTuning, lead_time_months: Quantity, pointer: str, work: Working
) -> Share | None:
    """Return the success rate of each month, stated or read from a curve, falling since the last refresh."""
    rate: Share | None = plan.success_rate
    if rate is None and plan.quality is not None:
        rate = expected_success(plan, pointer, work)
        setting.notes.assume(f"{pointer}/success_rate", plain_or_none(rate), "1", "read from the quality curve")
    if rate is None or not any_of(plan.quality_drift_per_month):
        return rate
    every = plan.refresh.every_months if plan.refresh else NEVER_MONTHS
    age = work(months_since_refresh, month=setting.month, lead_time_months=lead_time_months, every_months=every)
    drift = plan.quality_drift_per_month
    return work(drifting_success, success_rate=rate, drift_per_month=drift, months_since_refresh=age)


def paid_hours(plan: PromptEngineering | FineTuning, *hours: Hours) -> bool:
    """Tell whether any hours are paid, now or in dated work, so that a wage is only needed where it enters."""
    later = [part.hours for part in (plan.refresh, plan.requirement_change) if part is not None]
    if plan.model_life is not None and plan.model_life.migration_hours is not None:
        later.append(plan.model_life.migration_hours)
    return any(any_of(each) for each in (*hours, *later))
