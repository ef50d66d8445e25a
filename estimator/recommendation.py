"""What to do: the cheapest approach, and why, each reason tied to a number of this scenario."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from estimator.computation import Computation


class Pair(Protocol):
    """One approach against another, see estimator.estimate.PairBreakEven."""

    @property
    def candidate(self) -> str:
        """The approach that is looked at."""

    @property
    def baseline(self) -> str:
        """The approach it is compared with."""

    @property
    def saving_at_horizon_usd(self) -> float:
        """What the candidate saves over the horizon."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One reason for the recommendation."""

    criterion: str
    favours: str
    text: str
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The cheapest approach and the case for it."""

    approach: str
    headline: str
    reasons: tuple[Argument, ...]
    flips: tuple[dict[str, Any], ...] = ()


def recommend(computed: Computation, pairs: Sequence[Pair]) -> Recommendation:
    """Name the approach with the lowest total cost over the horizon."""
    totals = {name: float(curve.total_usd[0]) for name, curve in computed.curves.items()}
    ranked = sorted(totals, key=lambda name: (totals[name], list(totals).index(name)))
    best, second = ranked[0], ranked[1]
    saving = totals[second] - totals[best]
    months = computed.setting.horizon
    currency = computed.setting.scenario.currency
    headline = (
        f"{best} costs least over {months} months: {_money(totals[best], currency)}, "
        f"{_money(saving, currency)} less than {second}."
    )
    if saving <= 1e-9 * abs(totals[second]):
        headline = f"{best} and {second} cost the same over {months} months: {_money(totals[best], currency)}."
    bill = computed.bills[best]
    requests = float(np.sum(np.broadcast_to(np.asarray(bill.served), computed.setting.month.shape)))
    reasons = (
        Argument(
            "cost",
            best,
            f"Its total is the lowest of {len(totals)} approaches.",
            {"total_usd": totals[best], "next_usd": totals[second]},
        ),
        Argument("volume", best, f"{requests:,.0f} requests are served over the horizon.", {"requests": requests}),
    )
    return Recommendation(best, headline, reasons)


def _money(amount: float, currency: str) -> str:
    return f"{currency} {amount:,.0f}" if abs(amount) >= 100 else f"{currency} {amount:,.2f}"
