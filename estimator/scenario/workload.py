"""What is asked of the system: requests, labels, wages, evaluation."""

from dataclasses import dataclass
from typing import Any

from estimator.scenario.inputs import REQUIRED, choice, number, several, share, text, whole

Number = Any
"""A float, a Range, or a column of floats (cells, 1) where the scenario is computed for many cells at once."""

MODEL_15 = "low / usual / high in planning practice"


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """The traffic to be served."""

    requests_per_month: Number = number(REQUIRED, "requests/month", "Requests in the first month.", reach=100.0)
    monthly_growth: Number = number(
        0.0, "1/month", "Growth of the requests from month to month.", low=-1.0, low_open=True, high=10.0, reach=3.0
    )
    seasonality: tuple[float, ...] = several(
        "numbers",
        "Twelve factors with mean 1 that the requests of a month are multiplied by; empty = none.",
        low=0.0,
        high=12.0,
    )
    seasonality_offset_months: int = whole(
        0, "month", "Which of the twelve factors the first month takes: 0 = the first.", high=11, fixed=True
    )
    max_requests_per_month: Number = number(
        None, "requests/month", "Most requests a month can reach; null = no cap.", nullable=True, reach=100.0
    )
    input_tokens: Number = number(
        REQUIRED, "token/request", "Input tokens that differ from request to request.", high=1e9
    )
    output_tokens: Number = number(REQUIRED, "token/request", "Visible output tokens.", high=1e9)
    reasoning_tokens: Number = number(0.0, "token/request", "Hidden reasoning tokens, billed as output.", high=1e9)
    calls_per_request: Number = number(
        1.0, "call/request", "Model calls that one request takes.", high=1e6, counted=True
    )
    attempts_per_request: Number = number(
        1.0, "attempt/request", "Expected attempts until an answer is accepted.", low=1.0, high=1e6
    )
    batch_share: Number = share(0.0, "Share of the traffic sent through a batch API.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelling:
    """How examples get their labels."""

    mode: str = choice(
        "people", ("people", "model_assisted", "vendor"), "Who labels.", basis="people label unless stated"
    )
    seconds_per_label: Number = number(
        40.0, "s", "Time of one label.", basis=f"classification 15 / 40 / 120 s; {MODEL_15}"
    )
    overlap_share: Number = share(
        0.2, "Share of examples labelled by several people.", basis=f"0.1 / 0.2 / 1.0; {MODEL_15}"
    )
    labels_per_overlapped_example: Number = number(
        2.0,
        "label/example",
        "Labels of an example that several people label.",
        low=1.0,
        high=100.0,
        basis="two independent labels show disagreement",
        counted=True,
    )
    disagreement_rate: Number = share(
        0.15, "Share of overlapped examples whose labels differ.", basis=f"0.05 / 0.15 / 0.35; {MODEL_15}"
    )
    adjudication_seconds: Number = number(
        120.0, "s", "Time to settle one disagreement.", basis="judgement: about three labels' time"
    )
    audit_share: Number = share(0.1, "Share of examples audited.", basis="judgement: one in ten")
    audit_seconds: Number = number(60.0, "s", "Time of one audit.", basis="judgement")
    reject_rate: Number = share(0.05, "Share of labelled examples thrown away.", high_open=True, basis="judgement")
    vendor_markup_share: Number = number(0.0, "1", "Mark-up of a labelling vendor on wages.", high=100.0)
    tool_usd_per_example: Number = number(0.0, "USD/example", "Fee of the labelling tool.")
    usd_per_unit: Number = number(
        None, "USD/unit", "Price of a vendor that sells units; needed where a vendor labels.", nullable=True
    )
    units_per_example: Number = number(1.0, "unit/example", "Priced units in one example.", high=1e9)
    model_usd_per_example: Number = number(
        None, "USD/example", "Price of a model's label; needed where a model labels.", nullable=True
    )
    verified_share: Number = share(
        1.0,
        "Share of model-made labels that a person verifies.",
        basis="every model-made label is verified unless stated",
    )
    verification_seconds: Number = number(
        20.0, "s", "Time to verify one model-made label.", basis="judgement: half of a label"
    )
    guideline_hours: Number = number(0.0, "h", "Hours of a domain expert to write the guidelines.")
    test_examples: Number = number(0.0, "example", "Size of the shared test set.", high=1e9, counted=True)
    existing_test_examples: Number = number(
        0.0, "example", "Test examples that are labelled already.", high=1e9, counted=True
    )
    annotators: Number = number(
        2.0,
        "person",
        "Annotators working side by side (for the lead time).",
        low=0.0,
        low_open=True,
        high=1e6,
        basis="a small team",
    )
    hours_per_week: Number = number(
        30.0,
        "h/week",
        "Productive hours of a person in a week (for lead times).",
        low=0.0,
        low_open=True,
        high=168.0,
        basis="40 paid hours less meetings",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """Loaded wages; null = the price book's rate for the region."""

    region: str = text(
        "us", "Region whose wages are taken from the price book.", basis="region of the best-sourced wages"
    )
    annotator_usd_per_hour: Number = number(
        None, "USD/h", "Wage of an annotator.", nullable=True, basis="price book, by region"
    )
    domain_expert_usd_per_hour: Number = number(
        None, "USD/h", "Wage of a domain expert.", nullable=True, basis="price book, by region"
    )
    prompt_engineer_usd_per_hour: Number = number(
        None, "USD/h", "Wage of a prompt engineer.", nullable=True, basis="price book, by region"
    )
    ml_engineer_usd_per_hour: Number = number(
        None, "USD/h", "Wage of a machine-learning engineer.", nullable=True, basis="price book, by region"
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """What scoring the test set costs beside the calls themselves."""

    judge_usd_per_example: Number = number(0.0, "USD/example", "Price of a judge model's verdict on one test example.")
    human_share: Number = share(0.0, "Share of the test examples that a domain expert scores by hand.")
    human_seconds_per_example: Number = number(60.0, "s", "Time of an expert for one test example.", basis="judgement")
