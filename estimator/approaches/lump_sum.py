"""An approach stated by its sums alone."""

import numpy as np

from estimator.approaches.outline import Outline, Running
from estimator.approaches.setting import Setting
from estimator.components.calendar import dated_usd
from estimator.components.traffic import declining_price, requests_usd
from estimator.cost_line import CostLine, Working
from estimator.quantities import Requests, any_of
from estimator.scenario import Event, LumpSum


def outline_lump_sum(setting: Setting, plan: LumpSum, pointer: str) -> Outline:
    """List the stated sums."""

    def run(requests: Requests) -> Running:
        work = Working()
        usd = plan.usd_per_request
        if any_of(plan.annual_price_decline_share):
            usd = work(
                declining_price,
                usd_per_request=usd,
                annual_price_decline_share=plan.annual_price_decline_share,
                month=setting.month,
            )
        monthly = work(requests_usd, requests=requests, usd_per_request=usd)
        inference = CostLine(
            "inference", monthly_usd=monthly, quantity=1.0, quantity_unit="requests", steps=tuple(work.steps)
        )
        fixed = CostLine("fixed", monthly_usd=plan.monthly_fixed_usd)
        return Running((inference, fixed), usd_per_call=plan.usd_per_request)

    return Outline(
        kind=plan.kind,
        upfront=(CostLine("lump_sum", plan.upfront_usd),),
        run=run,
        events=event_lines(setting, plan.events),
        change_usd=plan.requirement_change_usd,
        success_rate=plan.success_rate,
        lead_time_months=plan.lead_time_months,
        bridge=plan.bridge,
        bridge_upfront_share=plan.bridge_upfront_share,
    )


def event_lines(setting: Setting, events: tuple[Event, ...]) -> tuple[CostLine, ...]:
    """Turn dated sums into one line; a sum after the horizon is warned of, not paid."""
    if not events:
        return ()
    work = Working()
    paid = [work(dated_usd, month=setting.month, when=event.month, usd=event.usd) for event in events]
    if any(np.any(np.greater(event.month, setting.horizon)) for event in events):
        setting.notes.warn("event_after_horizon", "/horizon_months", "An event lies after the horizon: it is not paid.")
    return (CostLine("lump_sum", event_usd=sum(paid[1:], paid[0]), steps=tuple(work.steps)),)
