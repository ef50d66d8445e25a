"""Running cost where a provider bills tokens: an API, or an endpoint that serves a tuned model."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from estimator.approaches.machines import params_b_of
from estimator.approaches.outline import Break, Running
from estimator.approaches.setting import Setting
from estimator.approaches.token_rates import CallPrices, TokenRates, offered_prices, stated_prices
from estimator.components.hosting import endpoints_usd, provisioned_units
from estimator.components.tokens import cached_prompt_usd, call_usd, poisson_hit_rate, prompt_usd, request_usd
from estimator.components.traffic import declining_price, requests_usd
from estimator.cost_line import CostLine, Working
from estimator.errors import EstimatorError, PriceNotFoundError, ScenarioError
from estimator.price_book import TokenOffer, TuningOffer
from estimator.quantities import HOURS_PER_MONTH, Quantity, Requests, Share, Tokens, Usd, UsdPerRequest, any_of
from estimator.scenario import ApiServing, EndpointServing, Prices

HOUR_MINUTES = 60.0


def run_api(setting: Setting, serving: ApiServing, prompt_tokens: Tokens, requests: Requests, pointer: str) -> Running:
    """Serve by an API that bills tokens.

    Raises
    ------
    ScenarioError : neither a model nor prices, or both
    PriceNotFoundError, UnknownNameError : the price book cannot price the model
    """
    if (serving.model is None) == (serving.prices is None):
        raise ScenarioError("Name a model of the price book or state prices: one of the two.", f"{pointer}/model")
    if serving.prices is not None:
        prices = _stated(serving.prices, pointer)
    else:
        offer = api_offer(setting, serving, pointer)
        length = prompt_tokens + setting.scenario.workload.input_tokens
        prices = offered_prices(offer, length, f"{pointer}/model", setting.price)
    billed = np.maximum(requests - serving.included_requests_per_month, 0.0)
    inference, usd, curved, tokens = _bill_tokens(setting, serving, prices, prompt_tokens, requests, billed, pointer)
    lines = [inference]
    breaks: tuple[Break, ...] = ()
    if any_of(serving.monthly_subscription_usd):
        lines.append(CostLine("hosting", monthly_usd=serving.monthly_subscription_usd, quantity_unit="months"))
    if any_of(serving.included_requests_per_month):
        breaks = (Break(serving.included_requests_per_month, stepped=False),)
    return Running(tuple(lines), usd_per_call=usd, breaks=breaks, curved=curved, tokens=tokens)


def api_offer(setting: Setting, serving: ApiServing, pointer: str) -> TokenOffer:
    """Look up what the price book knows of the model of an API.

    Raises
    ------
    PriceNotFoundError, UnknownNameError : it does not know the model, or no price of it
    """
    try:
        return setting.book.token_offer(str(serving.model), serving.variant)
    except EstimatorError as error:
        raise error.below(f"{pointer}/model") from None


def _stated(prices: Prices | CallPrices, pointer: str) -> CallPrices:
    """Take the caller's prices, or those of many offers as columns where they are computed at once."""
    return prices if isinstance(prices, CallPrices) else stated_prices(prices, f"{pointer}/prices")


def run_endpoint(
    setting: Setting, serving: EndpointServing, prompt_tokens: Tokens, requests: Requests, pointer: str
) -> Running:
    """Serve a tuned model on a provider's endpoint.

    Raises
    ------
    ScenarioError : neither a service nor prices, or provisioned units without their throughput
    PriceNotFoundError, UnknownNameError : the price book cannot price the service
    """
    notes = setting.notes
    prices: CallPrices | None
    if serving.prices is not None:
        given = serving.prices
        hourly, storage = given.hosting_usd_per_hour, given.storage_usd_per_month
        stated = given.input_usd_per_mtok is not None or given.output_usd_per_mtok is not None
        prices = stated_prices(given, f"{pointer}/prices") if stated else None
    elif serving.service is not None and serving.base_model is not None:
        offer = endpoint_offer(setting, serving, pointer)
        hourly, storage = (
            notes.use(setting.price(each)) for each in (offer.hosting_usd_per_hour, offer.storage_usd_per_month)
        )
        length = prompt_tokens + setting.scenario.workload.input_tokens
        prices = (
            None if offer.tokens is None else offered_prices(offer.tokens, length, f"{pointer}/service", setting.price)
        )
    else:
        raise ScenarioError("Name a service and a base_model of the price book, or state prices.", f"{pointer}/service")
    if prices is None and hourly is None and serving.usd_per_unit_hour is None:
        raise PriceNotFoundError(
            "Neither token prices nor an hourly price for this endpoint. State prices, or name another service.",
            f"{pointer}/service",
        )
    hosting, breaks = _host(setting, serving, hourly, storage, requests, pointer)
    if prices is None or serving.usd_per_unit_hour is not None:
        notes.assume(f"{pointer}/prices", None, "USD/Mtoken", "tokens are included in the hourly price")
        return Running((hosting,), breaks=breaks)
    inference, usd, curved, tokens = _bill_tokens(setting, serving, prices, prompt_tokens, requests, requests, pointer)
    return Running((inference, hosting), usd_per_call=usd, breaks=breaks, curved=curved, tokens=tokens)


def endpoint_offer(setting: Setting, serving: EndpointServing, pointer: str) -> TuningOffer:
    """Look up what the price book knows of the service behind an endpoint.

    Raises
    ------
    PriceNotFoundError, UnknownNameError : it does not know the service or the model there, or no price of it
    """
    try:
        name = str(serving.base_model)
        return setting.book.tuning_offer(str(serving.service), name, tier=serving.tier, params_b=params_b_of(name))
    except EstimatorError as error:
        raise error.below(pointer) from None


def _host(
    setting: Setting, serving: EndpointServing, hourly: Any, storage: Any, requests: Requests, pointer: str
) -> tuple[CostLine, tuple[Break, ...]]:
    """Pay for endpoints by the hour, or for provisioned units at the peak of the traffic."""
    work = Working()
    kept = 0.0 if storage is None else storage
    endpoints = serving.endpoints * setting.scenario.tasks
    if serving.usd_per_unit_hour is None:
        usd = work(endpoints_usd, endpoints=endpoints, usd_per_hour=0.0 if hourly is None else hourly, storage=kept)
        line = CostLine("hosting", monthly_usd=usd, quantity=endpoints * HOURS_PER_MONTH, quantity_unit="hours/month")
        return _with(line, work), ()
    if serving.requests_per_hour_per_unit is None:
        raise ScenarioError(
            "Provisioned throughput needs the requests that one unit answers in an hour.",
            f"{pointer}/requests_per_hour_per_unit",
        )
    units = work(
        provisioned_units,
        requests=requests,
        peak_to_average=serving.peak_to_average,
        requests_per_hour_per_unit=serving.requests_per_hour_per_unit,
        least=endpoints,
    )
    usd = work(endpoints_usd, endpoints=units, usd_per_hour=serving.usd_per_unit_hour, storage=kept)
    line = CostLine("hosting", monthly_usd=usd, quantity=_first(units) * HOURS_PER_MONTH, quantity_unit="hours/month")
    capacity = HOURS_PER_MONTH * serving.requests_per_hour_per_unit / serving.peak_to_average
    return _with(line, work), (Break(capacity, stepped=True),)


def _bill_tokens(
    setting: Setting,
    serving: ApiServing | EndpointServing,
    prices: CallPrices,
    prompt_tokens: Tokens,
    requests: Requests,
    billed: Requests,
    pointer: str,
) -> tuple[CostLine, UsdPerRequest, bool, dict[str, Quantity]]:
    load, note = setting.scenario.workload, setting.notes.use
    work = Working()
    caching = _caching(setting, serving.prompt_caching, prices, requests, work)
    if caching.hit_rate is None:
        _warn_of_automatic_caching(setting, prices, prompt_tokens, pointer)
    variants = [prices.standard]
    if any_of(load.batch_share):
        if prices.batch is None:
            setting.notes.warn(
                "no_batch_price", pointer, "No batch price is known here: the batch share pays the standard price."
            )
        variants.append(prices.batch or prices.standard)
    calls = []
    for rates in variants:
        static = _static_prompt(setting, rates, prices, prompt_tokens, caching, pointer, work)
        calls.append(
            work(
                call_usd,
                static_usd=static,
                input_tokens=load.input_tokens,
                input_price=note(rates.input),
                output_tokens=load.output_tokens,
                output_price=note(rates.output),
                reasoning_tokens=load.reasoning_tokens,
                reasoning_price=note(rates.reasoning) if any_of(load.reasoning_tokens) else rates.reasoning,
            )
        )
    usd = work(
        request_usd,
        standard_usd=calls[0],
        batch_usd=calls[-1],
        batch_share=load.batch_share,
        usd_per_call=note(prices.usd_per_call),
        calls=load.calls_per_request,
        attempts=load.attempts_per_request,
    )
    falling: Usd = usd
    if any_of(serving.annual_price_decline_share):
        falling = work(
            declining_price,
            usd_per_request=usd,
            annual_price_decline_share=serving.annual_price_decline_share,
            month=setting.month,
        )
    monthly = work(requests_usd, requests=billed, usd_per_request=falling)
    times = load.calls_per_request * load.attempts_per_request
    tokens = {
        "input": (prompt_tokens + load.input_tokens) * times * _first(requests),
        "output": (load.output_tokens + load.reasoning_tokens) * times * _first(requests),
        "cached": 0.0
        if caching.hit_rate is None
        else _first(caching.hit_rate) * prompt_tokens * times * _first(requests),
    }
    line = CostLine(
        "inference",
        monthly_usd=monthly,
        quantity=tokens["input"] + tokens["output"],
        quantity_unit="tokens in the first month",
    )
    curved = isinstance(serving.prompt_caching, dict) and "ttl_minutes" in serving.prompt_caching
    return _with(line, work), _first(usd), curved or caching.automatic, tokens


@dataclass(frozen=True, slots=True)
class Caching:
    """How the static prompt is cached.

    Parameters
    ----------
    hit_rate : share of its tokens found in the cache, None without caching
    automatic : whether caching is used only where it pays
    hourly : whether the provider keeps the prefix for an hour, at its price for that
    """

    hit_rate: Share | None = None
    automatic: bool = False
    hourly: bool = False


def _caching(setting: Setting, asked: Any, prices: CallPrices, requests: Requests, work: Working) -> Caching:
    if asked == "none" or (asked == "auto" and prices.standard.cached is None):
        return Caching()
    if asked == "auto":
        minutes = setting.notes.use(prices.ttl_minutes)
        return Caching(work(poisson_hit_rate, requests=requests, ttl_minutes=minutes), automatic=True)
    if "hit_rate" in asked:
        return Caching(asked["hit_rate"])
    minutes = asked["ttl_minutes"]
    return Caching(
        work(poisson_hit_rate, requests=requests, ttl_minutes=minutes), hourly=bool(np.all(minutes >= HOUR_MINUTES))
    )


def _warn_of_automatic_caching(setting: Setting, prices: CallPrices, prompt_tokens: Tokens, pointer: str) -> None:
    """Say what a provider that caches by itself, without a fee, may charge less than is counted here."""
    rates, load = prices.standard, setting.scenario.workload
    if rates.cached is None or not np.all(np.less_equal(rates.write, rates.input)):
        return
    saved = prompt_usd(np.where(prompt_tokens >= prices.min_cacheable_tokens, prompt_tokens, 0.0), rates.input)
    saved = float(np.max(saved * (1.0 - rates.cached / np.maximum(rates.input, 1e-300))))
    saved *= float(np.max(load.calls_per_request * load.attempts_per_request))
    if saved > 0:
        setting.notes.warn(
            "automatic_caching_not_counted",
            f"{pointer}/prompt_caching",
            "This provider reads a repeated prompt from its cache at a lower price and charges no fee for writing it. "
            f"That is not counted: a request may cost up to {setting.scenario.currency} {saved:.2g} less. Set "
            'prompt_caching to "auto", or to a hit_rate.',
        )


def _static_prompt(
    setting: Setting,
    rates: TokenRates,
    prices: CallPrices,
    prompt_tokens: Tokens,
    caching: Caching,
    pointer: str,
    work: Working,
) -> UsdPerRequest:
    plain = work(prompt_usd, prompt_tokens=prompt_tokens, price=rates.input)
    if caching.hit_rate is None:
        return plain
    if rates.cached is None:
        raise PriceNotFoundError(
            "Prompt caching needs a price of cached input. State cached_input_usd_per_mtok, or set prompt_caching "
            'to "none".',
            f"{pointer}/prompt_caching",
        )
    cached = work(
        cached_prompt_usd,
        prompt_tokens=prompt_tokens,
        hit_rate=caching.hit_rate,
        read_price=setting.notes.use(rates.cached),
        write_price=setting.notes.use(rates.write_1h if caching.hourly else rates.write),
    )
    short = prompt_tokens < setting.notes.use(prices.min_cacheable_tokens)
    if np.any(short) and any_of(prompt_tokens):
        setting.notes.warn(
            "prefix_too_short",
            f"{pointer}/prompt_caching",
            f"The static prompt is shorter than the {float(np.max(prices.min_cacheable_tokens)):g} tokens from which "
            "this model caches a prefix: it is paid in full.",
        )
    if caching.automatic:
        pays = setting.choices.settle(f"{pointer}/prompt_caching", lambda: np.less(cached, plain))
        short = np.logical_or(short, np.logical_not(pays))
    return np.where(short, plain, cached)


def _first(value: Quantity) -> Quantity:
    """Take the first month of what has months."""
    return value[..., :1] if isinstance(value, np.ndarray) and value.ndim > 1 else np.ravel(value)[0]


def _with(line: CostLine, work: Working) -> CostLine:
    return CostLine(
        line.component,
        line.upfront_usd,
        line.monthly_usd,
        line.event_usd,
        line.quantity,
        line.quantity_unit,
        tuple(work.steps),
    )
