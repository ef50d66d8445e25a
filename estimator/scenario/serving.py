"""Where the requests are answered: a token-priced API, a tuned endpoint, own or rented GPUs; and prices given inline."""

from dataclasses import dataclass
from typing import Any, ClassVar

from estimator.scenario.calibration import MeasuredSpeed, MonthlyBill
from estimator.scenario.inputs import REQUIRED, Input, choice, flag, nested, number, other, share, text, whole
from estimator.scenario.shape import Shape
from estimator.scenario.workload import MODEL_15, Number

ENGINES = ("tensorrt-llm", "vllm", "sglang", "lmdeploy", "tgi")


@dataclass(frozen=True, kw_only=True, slots=True)
class Prices:
    """Prices stated by the caller in the place of a row of the tables."""

    input_usd_per_mtok: Number = number(None, "USD/Mtoken", "Price of input tokens.", nullable=True)
    cached_input_usd_per_mtok: Number = number(
        None, "USD/Mtoken", "Price of input tokens read from a cache.", nullable=True
    )
    cache_write_usd_per_mtok: Number = number(
        None, "USD/Mtoken", "Price of input tokens written to a cache; null = no write fee.", nullable=True
    )
    min_cacheable_tokens: Number = number(
        1024.0, "token", "Shortest prefix that is cached.", basis="minimum of most providers"
    )
    output_usd_per_mtok: Number = number(None, "USD/Mtoken", "Price of output tokens.", nullable=True)
    batch_discount_share: Number = share(0.5, "Discount of the batch API.", basis="the usual discount of batch APIs")
    usd_per_request: Number = number(
        None, "USD/request", "Fee of each call beside its tokens; null = none.", nullable=True
    )
    training_usd_per_mtok: Number = number(None, "USD/Mtoken", "Price of trained tokens.", nullable=True)
    minimum_usd_per_run: Number = number(None, "USD/run", "Least charge of a training run; null = none.", nullable=True)
    usd_per_training_hour: Number = number(None, "USD/h", "Price of an hour of training.", nullable=True)
    hosting_usd_per_hour: Number = number(
        None, "USD/h", "Price of an hour of one endpoint; null = none.", nullable=True
    )
    storage_usd_per_month: Number = number(
        None, "USD/month", "Price of keeping a tuned model; null = none.", nullable=True
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Owned:
    """Hardware bought instead of rented."""

    usd_per_gpu: Number = number(REQUIRED, "USD/GPU", "Purchase price of one GPU with its share of the machine.")
    life_months: Number = number(
        48.0,
        "month",
        "Months until it is replaced.",
        low=1.0,
        high=600.0,
        basis="usual straight-line depreciation, 4 years",
    )
    residual_share: Number = share(0.1, "Part of the price that selling it returns.", basis="judgement")
    power_kw: Number = number(0.7, "kW", "Power of one GPU under load.", high=1e3, basis="data sheet of an H100-SXM")
    load_share: Number = share(1.0, "Mean power as a share of power_kw.", basis="full load: an upper bound")
    pue: Number = number(1.3, "1", "Power usage effectiveness of the room.", low=1.0, high=10.0, basis="judgement")
    usd_per_kwh: Number = number(
        0.12, "USD/kWh", "Price of electricity.", high=1e3, basis="judgement; state your tariff"
    )
    utilisation_share: Number = share(0.5, "Share of its hours that training uses.", low_open=True, basis="judgement")
    paid: str = choice(
        "amortised",
        ("upfront", "amortised"),
        "Whether the purchase stands at the start or is spread over its hours.",
        basis="comparable with rent",
    )


CACHING_INPUTS = {
    "hit_rate": Input("number", "Share of the static prompt's tokens found in the cache.", "1", 0.0, 1.0),
    "ttl_minutes": Input("number", "Minutes a cached prefix lives after its last use.", "min", 0.0, 1e6),
}
"""What prompt_caching may hold in the place of a word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiServing:
    """Serve by an API that bills tokens."""

    kind: ClassVar[str] = "api"
    model: str | None = text(
        None, "Model of the price book, provider/model or a bare name.", nullable=True, names="model"
    )
    prices: Prices | None = nested(Prices, None, "Prices in the place of a model of the price book.", nullable=True)
    prompt_caching: Any = other(
        "none",
        'Prompt caching: "none", "auto", {"hit_rate": 0..1} or {"ttl_minutes": minutes}.',
        basis="no caching unless stated",
    )
    variant: str = text("", "Variant of the prices: batch, priority, flex, a region.", basis="standard prices")
    monthly_subscription_usd: Number = number(0.0, "USD/month", "Fee of a subscription.")
    included_requests_per_month: Number = number(0.0, "requests/month", "Requests that the subscription includes.")
    annual_price_decline_share: Number = share(
        0.0,
        "Yearly fall of the token prices.",
        high_open=True,
        basis="constant prices; a falling price shrinks what leaving the API saves",
    )
    bill: MonthlyBill | None = nested(
        MonthlyBill, None, "A month that was billed: scales what running costs.", nullable=True
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointServing:
    """Serve a tuned model on a provider's endpoint: token prices, a fee by the hour, or provisioned throughput."""

    kind: ClassVar[str] = "endpoint"
    service: str | None = text(None, "Tuning service of the price book.", nullable=True, names="service")
    base_model: str | None = text(None, "Base model that was tuned there.", nullable=True, names="tuned_model")
    tier: str | None = text(None, "Deployment tier of the service, such as global or regional.", nullable=True)
    prices: Prices | None = nested(Prices, None, "Prices in the place of a service of the price book.", nullable=True)
    prompt_caching: Any = other(
        "none",
        'Prompt caching: "none", "auto", {"hit_rate": 0..1} or {"ttl_minutes": minutes}.',
        basis="no caching unless stated",
    )
    endpoints: Number = whole(1.0, "endpoint", "Endpoints kept running.", low=0, high=1e6, basis="one endpoint")
    usd_per_unit_hour: Number = number(
        None, "USD/h", "Price of an hour of one unit of provisioned throughput; null = not provisioned.", nullable=True
    )
    requests_per_hour_per_unit: Number = number(
        None,
        "requests/h",
        "Requests that one provisioned unit answers in an hour.",
        low=0.0,
        low_open=True,
        nullable=True,
    )
    peak_to_average: Number = number(
        3.0, "1", "Traffic at the peak over mean traffic.", low=1.0, high=1e4, basis=f"2 / 3 / 6; {MODEL_15}"
    )
    annual_price_decline_share: Number = share(
        0.0, "Yearly fall of the token prices.", high_open=True, basis="constant prices"
    )
    bill: MonthlyBill | None = nested(
        MonthlyBill, None, "A month that was billed: scales what running costs.", nullable=True
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuServing:
    """Serve on own or rented GPUs: whole replicas for the traffic at its peak."""

    kind: ClassVar[str] = "gpus"
    base_model: str | None = text(
        None, "Base model whose shape is known here: it gives size and speed.", nullable=True, names="base_model"
    )
    shape: Shape | None = nested(Shape, None, "Shape of a model that is not known here.", nullable=True)
    gpu: str | None = text(None, "GPU whose speed and memory are known here.", nullable=True, names="gpu")
    provider: str | None = text(None, "Provider whose GPU price is taken.", nullable=True, names="provider")
    commitment: str = choice(
        "on_demand", ("on_demand", "reserved", "spot"), "Kind of GPU price.", basis="no commitment"
    )
    usd_per_gpu_hour: Number = number(None, "USD/h", "Price of one GPU for one hour; null = price book.", nullable=True)
    owned: Owned | None = nested(Owned, None, "Hardware bought instead of rented.", nullable=True)
    gpus_per_replica: Number = whole(1.0, "GPU", "GPUs of one replica.", low=1, high=1e4, basis="one GPU")
    prefill_tokens_per_second: Number = number(
        None,
        "token/s",
        "Input tokens a replica reads per second; null = hardware model.",
        nullable=True,
        low=0.0,
        low_open=True,
    )
    decode_tokens_per_second: Number = number(
        None,
        "token/s",
        "Output tokens a replica writes per second; null = hardware model.",
        nullable=True,
        low=0.0,
        low_open=True,
    )
    speed_quantile: Number = share(
        None,
        "Where in the measured spread of the hardware model both speeds are taken, 0.1 = one in ten deployments is slower; null = the median, drawn where bands are asked.",
        nullable=True,
        low_open=True,
        high_open=True,
    )
    prefix_cache_hit_rate: Number = share(0.0, "Share of the static prompt that a replica finds in its cache.")
    peak_to_average: Number = number(
        3.0, "1", "Traffic at the peak over mean traffic.", low=1.0, high=1e4, basis=f"2 / 3 / 6; {MODEL_15}"
    )
    max_utilisation: Number = share(
        0.65,
        "Utilisation at the peak that still meets the latency target.",
        low_open=True,
        basis=f"0.5 / 0.65 / 0.85; {MODEL_15}",
    )
    min_replicas: Number = whole(
        1.0, "replica", "Replicas kept running without traffic.", low=0, high=1e6, basis="one replica"
    )
    adapters_sharing: Number = number(
        1.0,
        "adapter",
        "Adapters that share these GPUs; each pays its part.",
        low=1.0,
        high=1e4,
        basis="the GPUs serve this task alone",
        counted=True,
    )
    autoscaled: bool = flag(False, "Pay for busy seconds instead of whole replicas.", basis="replicas are kept running")
    cold_starts_per_month: Number = number(0.0, "1/month", "Cold starts of an autoscaled deployment.")
    cold_start_seconds: Number = number(
        120.0, "s", "Billed seconds of a cold start.", basis="judgement: loading the weights of a small model"
    )
    platform_monthly_usd: Number = number(0.0, "USD/month", "Fixed fee of the serving platform.")
    engine: str = choice("vllm", ENGINES, "Serving engine.", basis="the most common open engine")
    weight_bits: Number = number(16.0, "bit", "Bits of a weight.", low=1.0, high=32.0, fixed=True, basis="unquantised")
    measured: MeasuredSpeed | None = nested(
        MeasuredSpeed, None, "A throughput that was measured: scales the hardware model.", nullable=True
    )
    bill: MonthlyBill | None = nested(
        MonthlyBill, None, "A month that was billed: scales what running costs.", nullable=True
    )


SERVING = {each.kind: each for each in (ApiServing, EndpointServing, GpuServing)}
Serving = ApiServing | EndpointServing | GpuServing
