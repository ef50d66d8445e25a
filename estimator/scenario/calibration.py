"""Facts that the caller has measured: they scale an estimate and narrow its spread."""

from dataclasses import dataclass

from estimator.scenario.inputs import REQUIRED, number, share
from estimator.scenario.workload import Number


@dataclass(frozen=True, kw_only=True, slots=True)
class MonthlyBill:
    """What one month of running really cost: scales what every month of running costs."""

    requests: Number = number(REQUIRED, "requests/month", "Requests that the bill was for.", low_open=True)
    usd: Number = number(REQUIRED, "USD/month", "What was billed for tokens and hosting.")
    residual_share: Number = share(
        0.05, "Relative error that is left, one standard deviation.", basis="judgement: months differ"
    )
    quantile: Number = share(
        None,
        "Where in the error that is left the cost is taken; null = the middle, drawn where bands are asked.",
        nullable=True,
        low_open=True,
        high_open=True,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasuredSpeed:
    """What one replica really wrote: scales the hardware model, also for other lengths of requests."""

    output_tokens_per_second: Number = number(
        REQUIRED, "token/s", "Output tokens that one replica wrote per second, all requests together.", low_open=True
    )
    input_tokens: Number = number(
        None, "token/request", "Input tokens of a request then; null = as planned.", nullable=True, low=1.0, high=1e9
    )
    output_tokens: Number = number(
        None, "token/request", "Output tokens of a request then; null = as planned.", nullable=True, low=1.0, high=1e9
    )
