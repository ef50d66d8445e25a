"""What a plan must respect beside its target quality."""

from dataclasses import dataclass

from estimator.scenario.inputs import number, several
from estimator.scenario.workload import Number


@dataclass(frozen=True, kw_only=True, slots=True)
class Constraints:
    """Limits that make an approach feasible or not; they never change its cost."""

    most_upfront_usd: Number = number(None, "USD", "Most that may be paid up front; null = no limit.", nullable=True)
    most_total_usd: Number = number(
        None, "USD", "Most that may be paid over the horizon, discounted; null = no limit.", nullable=True
    )
    latest_start_months: Number = number(
        None, "month", "Months after which the approach must serve; null = no limit.", nullable=True, high=600.0
    )
    providers: tuple[str, ...] = several("texts", "Providers that may be used; empty = all.")
    regions: tuple[str, ...] = several(
        "texts", "Regions or deployment tiers of the price book that may be used; empty = all."
    )
    own_gpus: tuple[str, ...] = several("texts", "GPUs at hand, which cost nothing to rent; options search only.")
