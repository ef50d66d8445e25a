"""The whole question: one workload, several approaches, one horizon."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from estimator.scenario.constraints import Constraints
from estimator.scenario.inputs import REQUIRED, choice, date_input, nested, number, other, share, text, whole
from estimator.scenario.plans import PLANS, Plan
from estimator.scenario.workload import Evaluation, Labelling, Number, Rates, Workload


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """What the caller asks."""

    name: str = text("", "Name of the scenario.", basis="no name")
    currency: str = text("USD", "Currency of every amount, ISO 4217.", basis="currency of the price book")
    start_date: date | None = date_input(
        None, "Day of the decision, t = 0; null = the day of the price book.", nullable=True
    )
    horizon_months: int = whole(
        12, "month", "Months that are compared.", low=1, high=600, basis="one planning year", fixed=True
    )
    annual_discount_rate: Number = number(
        0.0, "1/year", "Discount rate.", high=10.0, basis="undiscounted unless stated"
    )
    price_book: Any = other(None, "Which prices: null = newest, a date, {on, known_by}, or a version.", nullable=True)
    price_overrides: Any = other((), "Own prices, discounts and factors that win over the price book.")
    seed: int = whole(
        0, "1", "Seed of the random draws.", high=2**32 - 1, basis="any number: it makes answers repeatable", fixed=True
    )
    draws: int = whole(
        8192,
        "draw",
        "Random draws for bands and probabilities, rounded up to a power of two.",
        low=64,
        high=2**17,
        basis="standard error of a probability at most 0.006",
        fixed=True,
    )
    correlations: Any = other((), "Rank correlations between uncertain inputs.")
    delay_policy: str = choice(
        "bridge",
        ("bridge", "unserved", "ignore"),
        "What is paid until an approach serves.",
        basis="the requests are served by another approach",
    )
    cost_unserved_usd_per_request: Number = number(
        0.0, "USD/request", "Cost of a request not served, where the delay policy leaves requests unserved."
    )
    delay_cost_usd_per_month: Number = number(
        0.0, "USD/month", "Cost of a month's delay, where the delay policy leaves requests unserved."
    )
    requirement_changes_per_month: Number = number(
        0.0, "1/month", "Expected changes of the requirements in a month.", high=1e6
    )
    cost_of_failure_usd: Number = number(0.0, "USD/request", "Cost of a request answered badly.")
    target_success_rate: Number = share(None, "Success rate that an approach must reach.", nullable=True)
    constraints: Constraints | None = nested(
        Constraints, None, "Limits that make an approach feasible or not.", nullable=True
    )
    tasks: Number = number(
        1.0,
        "1",
        "Tasks of this kind: each needs its own labels, training and prompt.",
        low=1.0,
        high=1e6,
        basis="neutral: one task",
        counted=True,
    )
    baseline: str | None = text(
        None,
        "Approach that the others are compared with; null = the first prompted one.",
        nullable=True,
        names="approach",
    )
    workload: Workload = nested(Workload, REQUIRED, "What is asked of the system.")
    labelling: Labelling = nested(Labelling, Labelling, "How examples get their labels.")
    rates: Rates = nested(Rates, Rates, "Loaded wages.")
    evaluation: Evaluation = nested(Evaluation, Evaluation, "What scoring the test set costs.")
    approaches: Mapping[str, Plan] = other(REQUIRED, "The approaches by name; at least two.", variants=PLANS)
