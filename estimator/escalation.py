"""Which share of the traffic a hybrid should hand to its fallback."""

from typing import Any

import numpy as np

from estimator.computation import Computation, compute_at
from estimator.price_book import PriceBook
from estimator.scenario import Hybrid
from estimator.scenario.pointer import escaped

SHARES = np.linspace(0.0, 1.0, 101)
SHOWN = 10
"""Every so many shares are listed."""


def write_escalation(computed: Computation, book: PriceBook) -> dict[str, Any]:
    """Write, for each cascade and router, the share with the lowest cost, and the cheapest one that reaches the target.

    Only where quality has a price or a target, and the success rates follow from the parts: otherwise the cheaper part
    alone is trivially the cheapest, and the reason says which of these is missing.

    Parameters
    ----------
    computed : the scenario at its base case
    book : the prices
    """
    plans = computed.setting.scenario.approaches
    return {
        name: _write_one(computed, book, name, plan)
        for name, plan in plans.items()
        if isinstance(plan, Hybrid) and plan.mode != "tuned_with_prompt"
    }


def _write_one(computed: Computation, book: PriceBook, name: str, plan: Hybrid) -> dict[str, Any]:
    scenario = computed.setting.scenario
    target = scenario.target_success_rate
    reason = None
    if plan.success_rate is not None:
        reason = "success_rate_stated"
    elif computed.bills[name].lowest_success is None:
        reason = "success_rate_unknown"
    elif not (np.any(scenario.cost_of_failure_usd) or target):
        reason = "no_cost_of_failure_and_no_target"
    basis = "measured thresholds" if plan.thresholds else "what is handed on is like all other requests"
    if reason is not None:
        return {
            "cheapest": None,
            "cheapest_for_target": None,
            "by_escalated_share": [],
            "basis": basis,
            "reason": reason,
        }
    columns = {f"/approaches/{escaped(name)}/escalated_share": SHARES[:, None]}
    found = compute_at(computed, book, columns, computed.setting.choices.taken)
    totals = np.broadcast_to(found.curves[name].total_usd, SHARES.shape)
    lowest = found.bills[name].lowest_success
    rates = np.broadcast_to(np.nan if lowest is None else lowest, SHARES.shape)
    enough = np.ones(SHARES.shape, dtype=bool) if target is None else rates >= target - 1e-12
    reaching = int(np.argmin(np.where(enough, totals, np.inf))) if enough.any() else None
    return {
        "cheapest": _write(totals, rates, int(np.argmin(totals))),
        "cheapest_for_target": None if target is None or reaching is None else _write(totals, rates, reaching),
        "by_escalated_share": [_write(totals, rates, place) for place in range(0, len(SHARES), SHOWN)],
        "basis": basis,
        "reason": None if enough.any() else "target_out_of_reach",
    }


def _write(totals: Any, rates: Any, place: int) -> dict[str, float]:
    return {
        "escalated_share": float(SHARES[place]),
        "total_usd": float(totals[place]),
        "success_rate": float(rates[place]),
    }
