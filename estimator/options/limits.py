"""What an option must respect: the target quality, the budget, the latest start."""

from estimator.options.candidate import Option
from estimator.scenario import Scenario


def limit_broken(scenario: Scenario, option: Option) -> tuple[str, str] | None:
    """Say which limit of the scenario an option breaks, with the number that does; None where it keeps all."""
    target, limits = scenario.target_success_rate, scenario.constraints
    rate = option.success_rate
    if target is not None and rate is None:
        return "quality_unknown", f"No success rate is known, and {target:.1%} is asked."
    if target is not None and rate is not None and rate < target - 1e-12:
        return "quality", f"Its success rate of {rate:.1%} is below the {target:.1%} asked."
    if limits is None:
        return None
    currency = scenario.currency
    for value, limit, when in (
        (option.upfront_usd, limits.most_upfront_usd, "up front"),
        (option.total_usd, limits.most_total_usd, "over the horizon"),
    ):
        if limit is not None and value > limit:
            return "budget", f"{currency} {value:,.0f} {when} exceed the limit of {limit:,.0f}."
    latest = limits.latest_start_months
    if latest is not None and option.lead_time_months > latest:
        return "start", f"It serves after {option.lead_time_months:.1f} months, and {latest:g} are allowed."
    return None
