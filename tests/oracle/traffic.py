"""Requests of each month, and what serving them costs: model sections 3 and 4."""

from fractions import Fraction

from tests.oracle.exact_numbers import exponential, power, rounded, whole_up

MILLION = 10**6
SECONDS = 2_628_000
HOURS = 730


def requests_by_month(question) -> list[Fraction]:
    load = question["workload"]
    cap = load.get("max_requests_per_month")
    seasons = load.get("seasonality") or [Fraction(1)] * 12
    offset = int(load.get("seasonality_offset_months", 0))
    volumes = []
    for month in range(1, int(question["horizon_months"]) + 1):
        grown = load["requests_per_month"] * (1 + load.get("monthly_growth", 0)) ** (month - 1)
        volume = rounded(grown * seasons[(month - 1 + offset) % 12])
        volumes.append(volume if cap is None else min(cap, volume))
    return volumes


def serving_cost(question, serving, prompt_tokens, volumes):
    """Money of each month, and the price of one request in the first month (for scoring the test set)."""
    if serving["kind"] == "gpus":
        return _gpus(question, serving, prompt_tokens, volumes)
    if serving["kind"] == "endpoint":
        return _endpoint(question, serving, prompt_tokens, volumes)
    unit = [_request(question, serving, prompt_tokens, volume) for volume in volumes]
    included = serving.get("included_requests_per_month", 0)
    fee = serving.get("monthly_subscription_usd", 0)
    months = [
        max(volume - included, 0) * cost * fall + fee
        for volume, cost, fall in zip(volumes, unit, _declines(serving, len(volumes)), strict=True)
    ]
    return months, unit[0]


def _declines(serving, months):
    left = 1 - serving.get("annual_price_decline_share", Fraction(0))
    return [power(left, Fraction(month, 12)) for month in range(months)]


def _request(question, serving, prompt_tokens, volume):
    load, prices = question["workload"], serving["prices"]
    price_in, price_out = prices["input_usd_per_mtok"], prices["output_usd_per_mtok"]
    static = prompt_tokens * price_in
    caching = serving.get("prompt_caching", "none")
    read = prices.get("cached_input_usd_per_mtok")
    if caching == "auto" and read is None:
        caching = "none"
    if caching != "none" and prompt_tokens >= prices.get("min_cacheable_tokens", 1024):
        ttl = caching.get("ttl_minutes", 5) if isinstance(caching, dict) else 5
        if isinstance(caching, dict) and "hit_rate" in caching:
            hit = caching["hit_rate"]
        else:
            hit = 1 - exponential(-volume / (HOURS * 60) * ttl)
        write = prices.get("cache_write_usd_per_mtok")
        cached = prompt_tokens * (hit * read + (1 - hit) * (price_in if write is None else write))
        static = min(cached, static) if caching == "auto" else cached
    generated = load["output_tokens"] + load.get("reasoning_tokens", 0)
    tokens = (static + load["input_tokens"] * price_in + generated * price_out) / MILLION
    batch = 1 - load.get("batch_share", 0) * prices.get("batch_discount_share", Fraction(1, 2))
    fee = prices.get("usd_per_request", 0)
    return load.get("calls_per_request", 1) * load.get("attempts_per_request", 1) * (tokens * batch + fee)


def _endpoint(question, serving, prompt_tokens, volumes):
    prices = serving["prices"]
    storage = prices.get("storage_usd_per_month", 0)
    kept = serving.get("endpoints", 1) * question.get("tasks", 1)
    unit_price = serving.get("usd_per_unit_hour")
    if unit_price is not None:
        capacity = HOURS * serving["requests_per_hour_per_unit"] / serving.get("peak_to_average", 3)
        months = [max(whole_up(volume / capacity), kept) * HOURS * unit_price + storage for volume in volumes]
        return months, Fraction(0)
    hosting = kept * HOURS * prices.get("hosting_usd_per_hour", 0) + storage
    unit = [_request(question, serving, prompt_tokens, volume) for volume in volumes]
    falls = _declines(serving, len(volumes))
    return [v * c * f + hosting for v, c, f in zip(volumes, unit, falls, strict=True)], unit[0]


def _gpus(question, serving, prompt_tokens, volumes):
    load = question["workload"]
    read = (1 - serving.get("prefix_cache_hit_rate", 0)) * prompt_tokens + load["input_tokens"]
    written = load["output_tokens"] + load.get("reasoning_tokens", 0)
    busy = read / serving["prefill_tokens_per_second"] + written / serving["decode_tokens_per_second"]
    busy *= load.get("calls_per_request", 1) * load.get("attempts_per_request", 1)
    machines, hourly = serving.get("gpus_per_replica", 1), serving["usd_per_gpu_hour"]
    limit, sharing = serving.get("max_utilisation", Fraction("0.65")), serving.get("adapters_sharing", 1)
    least, platform = serving.get("min_replicas", 1), serving.get("platform_monthly_usd", 0)
    months = []
    for volume in volumes:
        if serving.get("autoscaled", False):
            cold = serving.get("cold_starts_per_month", 0) * serving.get("cold_start_seconds", 120)
            seconds = max(volume * busy / limit + cold, least * SECONDS)
        else:
            peak = volume / SECONDS * serving.get("peak_to_average", 3)
            seconds = max(whole_up(peak * busy / limit), least) * SECONDS
        months.append(seconds / 3600 * machines * hourly / sharing + platform)
    return months, busy * machines * hourly / 3600
