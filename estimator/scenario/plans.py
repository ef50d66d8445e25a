"""The five kinds of approach, as the caller describes them."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from estimator.scenario.inputs import (
    REQUIRED,
    choice,
    date_input,
    flag,
    nested,
    number,
    one_of,
    several,
    share,
    text,
    whole,
)
from estimator.scenario.quality import PromptQuality, TuningQuality
from estimator.scenario.serving import SERVING, Serving
from estimator.scenario.training import TRAINING, Training
from estimator.scenario.workload import MODEL_15, Number

SPREAD = "Standard deviation of the success rate from run to run or prompt to prompt, as measured; null = unknown."
LEAD = "Months until the approach serves traffic"


@dataclass(frozen=True, kw_only=True, slots=True)
class Refresh:
    """Work repeated at fixed intervals: months P, 2P, ... before the horizon."""

    every_months: Number = number(
        6.0, "month", "Interval.", low=1.0, high=600.0, basis=f"3 / 6 / 12; {MODEL_15}", counted=True
    )
    label_share: Number = share(
        0.25, "Share of the labelling that is repeated (tuning).", basis=f"0.1 / 0.25 / 0.5; {MODEL_15}"
    )
    planned_runs: Number = number(
        1.0,
        "run",
        "Training runs of a refresh (tuning).",
        high=1e6,
        basis="the known recipe is run again",
        counted=True,
    )
    hours: Number = number(0.0, "h", "Hours of an ML engineer (tuning) or prompt engineer.")


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelLife:
    """When the model underneath ends, and what moving to the next one takes."""

    ends_on: date | None = date_input(
        None, "Day on which the model is shut down; null = from the price book.", nullable=True
    )
    every_months: Number = number(
        None,
        "month",
        "A new model every so many months, in the place of a date.",
        nullable=True,
        low=1.0,
        high=600.0,
        counted=True,
    )
    migration_hours: Number = number(
        None, "h", "Hours to move; null = the engineering hours (tuning) or 0.", nullable=True
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class RequirementChange:
    """What one change of the requirements costs."""

    label_share: Number = share(0.0, "Share of the labelling that is repeated (tuning).")
    planned_runs: Number = number(0.0, "run", "Training runs of a change (tuning).", high=1e6, counted=True)
    hours: Number = number(0.0, "h", "Hours of an ML engineer (tuning) or prompt engineer.")
    usd: Number = number(0.0, "USD", "Money beside these.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """A sum paid at the end of one month."""

    month: Number = whole(REQUIRED, "month", "Month at whose end it is paid.", low=1, high=600)
    usd: Number = number(REQUIRED, "USD", "The sum; negative for a return.", low=-1e15)
    what: str = text("", "What it is for.", basis="no remark")


@dataclass(frozen=True, kw_only=True, slots=True)
class Optimiser:
    """An automatic prompt optimiser and the size of its search."""

    kind: str = choice(
        REQUIRED,
        ("mipro_light", "mipro_medium", "mipro_heavy", "gepa_light", "gepa_medium", "gepa_heavy"),
        "Optimiser and budget.",
    )
    predictors: Number = whole(
        1, "1", "Prompts of the program that are optimised.", low=1, high=1000, basis="one prompt", fixed=True
    )
    zero_shot: bool = flag(False, "Whether no examples are searched.", basis="examples are searched too")
    validation_examples: Number = whole(
        300,
        "example",
        "Validation examples of a GEPA search.",
        low=1,
        high=1e7,
        basis="size used in its documentation",
        fixed=True,
    )
    prompt_model_usd_per_call: Number = number(
        None, "USD/call", "Price of a call of the prompt-writing model; null = that of the task.", nullable=True
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptEngineering:
    """Reach the quality by the prompt alone."""

    kind: ClassVar[str] = "prompt_engineering"
    prompt_tokens: Number = number(
        REQUIRED, "token/request", "Static prompt: instructions, shots, tool schemas.", high=1e9
    )
    effort_hours: Number = number(0.0, "h", "Hours of a prompt engineer.")
    hours_per_iteration: Number = number(
        1.5, "h", "Hours between two scorings of the test set.", low_open=True, high=1e6, basis="judgement"
    )
    optimiser: Optimiser | None = nested(Optimiser, None, "Automatic prompt optimiser.", nullable=True)
    deployment_hours: Number = number(0.0, "h", "Hours of an ML engineer to deploy.")
    deployment_usd: Number = number(0.0, "USD", "One-off fees of deployment: security review, registry.")
    monthly_fixed_usd: Number = number(0.0, "USD/month", "Fixed monthly cost.")
    upkeep_hours_per_month: Number = number(0.0, "h/month", "Hours of a prompt engineer each month.")
    refresh: Refresh | None = nested(Refresh, None, "Periodic re-validation.", nullable=True)
    model_life: ModelLife | None = nested(ModelLife, None, "End of life of the model.", nullable=True)
    requirement_change: RequirementChange | None = nested(
        RequirementChange, None, "What a change of the requirements costs.", nullable=True
    )
    lead_time_months: Number = number(0.0, "month", f"{LEAD}.", high=600.0, basis="a first prompt serves at once")
    bridge: str | None = text(None, "Approach that serves until then.", nullable=True, names="approach")
    bridge_upfront_share: Number = share(0.0, "Share of the bridge's up-front cost that is paid too.")
    success_rate: Number = share(None, "Share of requests answered well.", nullable=True)
    success_rate_spread: Number = share(None, SPREAD, nullable=True, fixed=True)
    quality: PromptQuality | None = nested(
        PromptQuality, None, "How the success rate grows with effort; enters where success_rate is null.", nullable=True
    )
    quality_drift_per_month: Number = number(
        0.0, "1/month", "Rate at which the success rate decays between refreshes.", high=10.0
    )
    serving: Serving = one_of(SERVING, REQUIRED, "Where the requests are answered.")


@dataclass(frozen=True, kw_only=True, slots=True)
class FineTuning:
    """Tune a model and serve it."""

    kind: ClassVar[str] = "fine_tuning"
    train_examples: Number = number(
        1000.0, "example", "Training examples.", high=1e12, basis=f"200 / 1,000 / 10,000; {MODEL_15}", counted=True
    )
    validation_examples: Number = number(0.0, "example", "Validation examples.", high=1e12, counted=True)
    existing_examples: Number = number(
        0.0, "example", "Examples of these that are labelled already.", high=1e12, counted=True
    )
    kept_share: Number = share(
        1.0, "Share of the labelled examples that curation keeps.", low_open=True, basis="all are kept"
    )
    tokens_per_example: Number = number(
        None,
        "token/example",
        "Tokens of a training example; null = prompt + input + output of a request.",
        nullable=True,
        high=1e9,
    )
    epochs: Number = number(
        3.0,
        "1",
        "Passes over the training examples.",
        low_open=True,
        high=1e4,
        basis="usual default of tuning services",
    )
    planned_runs: Number = number(
        6.0, "run", "Training runs planned: grid, seeds.", high=1e6, basis=f"3 / 6 / 12; {MODEL_15}", counted=True
    )
    run_failure_rate: Number = share(
        0.1, "Share of runs that fail and are repeated.", high_open=True, basis=f"0 / 0.10 / 0.30; {MODEL_15}"
    )
    curation_hours: Number = number(0.0, "h", "Hours of a domain expert to curate the examples.")
    curation_usd_per_example: Number = number(
        0.0, "USD/example", "Fee per example for cleaning, privacy, deduplication."
    )
    engineering_hours: Number = number(0.0, "h", "Hours of an ML engineer to build the training.")
    deployment_hours: Number = number(0.0, "h", "Hours of an ML engineer to deploy.")
    deployment_usd: Number = number(0.0, "USD", "One-off fees of deployment: security review, registry.")
    prompt_tokens: Number = number(
        0.0,
        "token/request",
        "Static prompt that the tuned model still gets.",
        high=1e9,
        basis="no prompt is left unless stated",
    )
    monthly_fixed_usd: Number = number(0.0, "USD/month", "Fixed monthly cost.")
    upkeep_hours_per_month: Number = number(0.0, "h/month", "Hours of an ML engineer each month.")
    refresh: Refresh | None = nested(Refresh, None, "Periodic retraining.", nullable=True)
    model_life: ModelLife | None = nested(ModelLife, None, "End of life of the base model.", nullable=True)
    requirement_change: RequirementChange | None = nested(
        RequirementChange, None, "What a change of the requirements costs.", nullable=True
    )
    lead_time_months: Number = number(
        None, "month", f"{LEAD}; null = computed from the hours.", nullable=True, high=600.0
    )
    bridge: str | None = text(
        None, "Approach that serves until then; null = the baseline.", nullable=True, names="approach"
    )
    bridge_upfront_share: Number = share(0.0, "Share of the bridge's up-front cost that is paid too.")
    success_rate: Number = share(None, "Share of requests answered well.", nullable=True)
    success_rate_spread: Number = share(None, SPREAD, nullable=True, fixed=True)
    quality: TuningQuality | None = nested(
        TuningQuality,
        None,
        "How the success rate grows with training examples; enters where success_rate is null.",
        nullable=True,
    )
    quality_drift_per_month: Number = number(
        0.0, "1/month", "Rate at which the success rate decays between refreshes.", high=10.0
    )
    training: Training = one_of(TRAINING, REQUIRED, "How the model is tuned.")
    serving: Serving = one_of(SERVING, REQUIRED, "Where the requests are answered.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold:
    """A setting of the judge or router that was tried: how much it hands on, and how good the rest is."""

    escalated_share: float = share(REQUIRED, "Share of the requests that it hands to the fallback.", fixed=True)
    accepted_success_rate: float = share(REQUIRED, "Share answered well of those that it keeps.", fixed=True)
    fallback_success_rate: float | None = share(
        None,
        "Share answered well of those that it hands on; null = that of the fallback on all requests.",
        nullable=True,
        fixed=True,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Hybrid:
    """Combine two approaches in one running system."""

    kind: ClassVar[str] = "hybrid"
    mode: str = choice(REQUIRED, ("cascade", "router", "tuned_with_prompt"), "How the two are combined.")
    first: str = text(REQUIRED, "Approach that answers first (the tuned one).", names="approach")
    fallback: str = text(REQUIRED, "Approach that answers the rest (the prompted one).", names="approach")
    escalated_share: Number = share(
        0.15, "Share of the requests that the fallback answers.", basis="judgement; measure it"
    )
    thresholds: tuple[Threshold, ...] = several(
        "objects",
        "Measured settings of the judge or router; empty = it hands on requests that are like all others.",
        variants={"": Threshold},
    )
    prompt_tokens: Number = number(
        None,
        "token/request",
        "Static prompt of tuned_with_prompt; null = that of the fallback.",
        nullable=True,
        high=1e9,
    )
    judge_usd_per_request: Number = number(0.0, "USD/request", "Price of the judge or router, per request.")
    upfront_usd: Number = number(None, "USD", "Up-front cost; null = both parts, shared parts once.", nullable=True)
    monthly_fixed_usd: Number = number(None, "USD/month", "Fixed monthly cost; null = both parts.", nullable=True)
    requirement_change_usd: Number = number(
        None, "USD", "Cost of a change of the requirements; null = both parts.", nullable=True
    )
    events: tuple[Event, ...] | None = several(
        "objects", "Dated sums; null = the events of both parts.", None, nullable=True, variants={"": Event}
    )
    lead_time_months: Number = number(
        None, "month", f"{LEAD}; null = the longer one of its parts.", nullable=True, high=600.0
    )
    bridge: str | None = text(
        None, "Approach that serves until then; null = the baseline.", nullable=True, names="approach"
    )
    bridge_upfront_share: Number = share(0.0, "Share of the bridge's up-front cost that is paid too.")
    success_rate: Number = share(None, "Share of requests answered well; null = from its parts.", nullable=True)
    success_rate_spread: Number = share(None, SPREAD, nullable=True, fixed=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Staged:
    """Run one approach first and change to another at the end of a month."""

    kind: ClassVar[str] = "staged"
    first: str = text(REQUIRED, "Approach of the first months.", names="approach")
    then: str = text(REQUIRED, "Approach of the months after the switch.", names="approach")
    switch_month: Number = whole(
        None, "month", "Month at whose end the change happens; null = the cheapest, found.", nullable=True, high=600
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class LumpSum:
    """State an approach by its sums alone."""

    kind: ClassVar[str] = "lump_sum"
    upfront_usd: Number = number(0.0, "USD", "Up-front cost.")
    usd_per_request: Number = number(0.0, "USD/request", "Cost of a request.")
    annual_price_decline_share: Number = share(
        0.0, "Yearly fall of the cost of a request.", high_open=True, basis="constant prices"
    )
    monthly_fixed_usd: Number = number(0.0, "USD/month", "Fixed monthly cost.")
    events: tuple[Event, ...] = several("objects", "Dated sums.", variants={"": Event})
    lead_time_months: Number = number(0.0, "month", f"{LEAD}.", high=600.0, basis="serves at once unless stated")
    bridge: str | None = text(
        None, "Approach that serves until then; null = the baseline.", nullable=True, names="approach"
    )
    bridge_upfront_share: Number = share(0.0, "Share of the bridge's up-front cost that is paid too.")
    requirement_change_usd: Number = number(0.0, "USD", "Cost of a change of the requirements.")
    success_rate: Number = share(None, "Share of requests answered well.", nullable=True)
    success_rate_spread: Number = share(None, SPREAD, nullable=True, fixed=True)


PLANS = {each.kind: each for each in (PromptEngineering, FineTuning, Hybrid, Staged, LumpSum)}
Plan = PromptEngineering | FineTuning | Hybrid | Staged | LumpSum
