"""Which share of the traffic a hybrid should hand to its fallback."""

from typing import Any

import numpy as np

from estimator.computation import Computation, compute
from estimator.price_book import PriceBook
from estimator.scenario import Hybrid
from estimator.scenario.pointer import escaped, with_values

SHARES = np.linspace(0.0, 1.0, 101)


def write_escalation(computed: Computation, book: PriceBook) -> dict[str, Any]:
    """Write, for each cascade and router, the share with the lowest cost, and the cheapest one that reaches the target.

    Only where quality has a price or a target, and the success rates of the parts are known: otherwise the cheaper
    part alone is trivially the cheapest.

    Parameters
    ----------
    computed : the scenario at its base case
    book : the prices
    """
    scenario = computed.setting.scenario
    target = scenario.target_success_rate
    written: dict[str, Any] = {}
    for name, plan in scenario.approaches.items():
        if not isinstance(plan, Hybrid) or plan.mode == "tuned_with_prompt" or plan.success_rate is not None:
            continue
        if computed.bills[name].success_rate is None or not (np.any(scenario.cost_of_failure_usd) or target):
            continue
        columns = {f"/approaches/{escaped(name)}/escalated_share": SHARES[:, None]}
        found = compute(with_values(scenario, columns), book, computed.setting.choices.taken)
        totals = np.broadcast_to(found.curves[name].total_usd, SHARES.shape)
        rates = np.broadcast_to(np.min(np.atleast_2d(found.bills[name].success_rate), axis=-1), SHARES.shape)  # type: ignore[arg-type]  # known, see above
        enough = np.ones(SHARES.shape, dtype=bool) if target is None else rates >= target - 1e-12
        best = int(np.argmin(totals))
        reaching = int(np.argmin(np.where(enough, totals, np.inf))) if enough.any() else None
        written[name] = {
            "cheapest": _write(totals, rates, best),
            "cheapest_for_target": None if target is None or reaching is None else _write(totals, rates, reaching),
            "reason": None if enough.any() else "target_out_of_reach",
        }
    return written


def _write(totals: Any, rates: Any, place: int) -> dict[str, float]:
    return {
        "escalated_share": float(SHARES[place]),
        "total_usd": float(totals[place]),
        "success_rate": float(rates[place]),
    }
