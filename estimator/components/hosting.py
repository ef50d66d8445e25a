"""Keeping a model served: endpoints, provisioned units, whole replicas of GPUs, hardware that was bought."""

import numpy as np

from estimator.quantities import (
    HOURS_PER_MONTH,
    SECONDS_PER_HOUR,
    SECONDS_PER_MONTH,
    Count,
    Months,
    Quantity,
    Requests,
    Seconds,
    Share,
    Tokens,
    Usd,
    UsdPerHour,
    UsdPerMonth,
)

ROUNDING = 1e-9
"""A whole number reached within this tolerance is not rounded up."""


def whole_units(exact: Count, least: Count) -> Count:
    """Round up to whole replicas or units, at least the minimum.

    Equation
    --------
    R = max(R_min, ceil(x))

    Inputs
    ------
    exact : x [1]
    least : R_min [1]

    Output
    ------
    R [1]

    Examples
    --------
    >>> float(whole_units(2.24, 2.0)), float(whole_units(3.0000000001, 1.0))
    (3.0, 3.0)
    """
    return np.maximum(np.ceil(exact * (1.0 - ROUNDING)), least)


def seconds_per_request(
    prompt_tokens: Tokens,
    prefix_cache_hit_rate: Share,
    input_tokens: Tokens,
    prefill_tokens_per_second: Quantity,
    generated_tokens: Tokens,
    decode_tokens_per_second: Quantity,
    calls: Count = 1.0,
    attempts: Count = 1.0,
) -> Seconds:
    """Take the time a replica is busy with one request.

    Equation
    --------
    g = n_calls a (((1 - h) s + n_in) / r_prefill + (n_out + n_rs) / r_decode)

    Inputs
    ------
    prompt_tokens : s [token]
    prefix_cache_hit_rate : h [1]
    input_tokens : n_in [token]
    prefill_tokens_per_second : r_prefill [token/s]
    generated_tokens : n_out + n_rs [token]
    decode_tokens_per_second : r_decode [token/s]
    calls : n_calls [call/request]
    attempts : a [attempt/request]

    Output
    ------
    g [s/request]

    Examples
    --------
    >>> round(seconds_per_request(150.0, 0.0, 700.0, 20000.0, 180.0, 2500.0), 6)
    0.1145
    """
    prefill = ((1.0 - prefix_cache_hit_rate) * prompt_tokens + input_tokens) / prefill_tokens_per_second
    return calls * attempts * (prefill + generated_tokens / decode_tokens_per_second)


def replica_capacity(seconds: Seconds, peak_to_average: Quantity, max_utilisation: Share) -> Requests:
    """Count the requests of a month that one replica answers at the peak's utilisation.

    Equation
    --------
    V_cap = 2,628,000 u_max / (peak g)

    Inputs
    ------
    seconds : g [s/request]
    peak_to_average : peak [1]
    max_utilisation : u_max [1]

    Output
    ------
    V_cap [request/month]

    Examples
    --------
    >>> round(float(replica_capacity(0.1145, 3.0, 0.7)), 3)
    5355458.515
    """
    busy = np.maximum(peak_to_average * np.asarray(seconds, dtype=float), 1e-300)
    return SECONDS_PER_MONTH * max_utilisation / busy


def replicas(requests: Requests, capacity: Requests, min_replicas: Count) -> Count:
    """Count the replicas that the traffic of a month needs.

    Equation
    --------
    R = max(R_min, ceil(V / V_cap))

    Inputs
    ------
    requests : V [request/month]
    capacity : V_cap [request/month]
    min_replicas : R_min [1]

    Output
    ------
    R [1]

    Examples
    --------
    >>> float(replicas(12e6, 5355458.515, 2.0)), float(replicas(0.0, 5355458.515, 2.0))
    (3.0, 2.0)
    """
    served = np.where(np.asarray(requests) > 0.0, np.finfo(float).tiny, 0.0)  # any request at all needs a replica
    return whole_units(np.maximum(requests / capacity, served), min_replicas)


def replicas_usd(
    running: Count,
    gpus_per_replica: Count,
    usd_per_gpu_hour: UsdPerHour,
    adapters_sharing: Count,
    platform: UsdPerMonth,
) -> UsdPerMonth:
    """Rent the GPUs of all replicas for a month; adapters that share them pay their part.

    Equation
    --------
    H = R n_gpu 730 p_gpu / n_adapters + platform

    Inputs
    ------
    running : R [1]
    gpus_per_replica : n_gpu [GPU]
    usd_per_gpu_hour : p_gpu [USD/GPU-h]
    adapters_sharing : n_adapters [1]
    platform : platform [USD/month]

    Output
    ------
    H [USD/month]

    Examples
    --------
    >>> round(replicas_usd(3.0, 1.0, 2.99, 1.0, 0.0), 6)
    6548.1
    """
    return running * gpus_per_replica * HOURS_PER_MONTH * usd_per_gpu_hour / adapters_sharing + platform


def autoscaled_usd(
    requests: Requests,
    seconds: Seconds,
    utilisation: Share,
    cold_starts: Count,
    cold_start_seconds: Seconds,
    min_replicas: Count,
    gpus_per_replica: Count,
    usd_per_gpu_hour: UsdPerHour,
    adapters_sharing: Count,
    platform: UsdPerMonth,
) -> UsdPerMonth:
    """Rent busy seconds and cold starts instead of whole replicas, at least the minimum replicas.

    Equation
    --------
    H = max(V g / u + n_cold t_cold, R_min 2,628,000) n_gpu p_gpu / (3600 n_adapters) + platform

    Inputs
    ------
    requests : V [request/month]
    seconds : g [s/request]
    utilisation : u [1]
    cold_starts : n_cold [1/month]
    cold_start_seconds : t_cold [s]
    min_replicas : R_min [1]
    gpus_per_replica : n_gpu [GPU]
    usd_per_gpu_hour : p_gpu [USD/GPU-h]
    adapters_sharing : n_adapters [1]
    platform : platform [USD/month]

    Output
    ------
    H [USD/month]

    Examples
    --------
    >>> round(float(autoscaled_usd(900e3, 1 / 1500, 1.0, 0.0, 0.0, 0.0, 1.0, 0.15, 1.0, 0.0)), 6)
    0.025
    """
    busy = np.maximum(
        requests * seconds / utilisation + cold_starts * cold_start_seconds, min_replicas * SECONDS_PER_MONTH
    )
    return busy * gpus_per_replica * usd_per_gpu_hour / SECONDS_PER_HOUR / adapters_sharing + platform


def endpoints_usd(endpoints: Count, usd_per_hour: UsdPerHour, storage: UsdPerMonth) -> UsdPerMonth:
    """Keep endpoints of a provider running for a month, and a tuned model stored.

    Equation
    --------
    H = n_end 730 p_hour + storage

    Inputs
    ------
    endpoints : n_end [1]
    usd_per_hour : p_hour [USD/h]
    storage : storage [USD/month]

    Output
    ------
    H [USD/month]

    Examples
    --------
    >>> round(endpoints_usd(1.0, 1.7, 0.0), 6)
    1241.0
    """
    return endpoints * HOURS_PER_MONTH * usd_per_hour + storage


def provisioned_units(
    requests: Requests, peak_to_average: Quantity, requests_per_hour_per_unit: Quantity, least: Count
) -> Count:
    """Count the units of provisioned throughput for the hour of the peak.

    Equation
    --------
    U = max(U_min, ceil(V peak / (730 v_unit)))

    Inputs
    ------
    requests : V [request/month]
    peak_to_average : peak [1]
    requests_per_hour_per_unit : v_unit [request/h]
    least : U_min [1]

    Output
    ------
    U [1]

    Examples
    --------
    >>> float(provisioned_units(730000.0, 3.0, 1000.0, 1.0))
    3.0
    """
    return whole_units(requests * peak_to_average / (HOURS_PER_MONTH * requests_per_hour_per_unit), least)


def power_usd_per_gpu_hour(power_kw: Quantity, load_share: Share, pue: Quantity, usd_per_kwh: Quantity) -> UsdPerHour:
    """Pay the electricity of one GPU for an hour.

    Equation
    --------
    p_power = P load PUE p_kwh

    Inputs
    ------
    power_kw : P [kW]
    load_share : load [1]
    pue : PUE [1]
    usd_per_kwh : p_kwh [USD/kWh]

    Output
    ------
    p_power [USD/GPU-h]

    Examples
    --------
    >>> round(power_usd_per_gpu_hour(0.7, 1.0, 1.3, 0.12), 6)
    0.1092
    """
    return power_kw * load_share * pue * usd_per_kwh


def amortised_usd_per_gpu_hour(
    usd_per_gpu: Usd, residual_share: Share, life_months: Quantity, power_usd: UsdPerHour, utilisation_share: Share
) -> UsdPerHour:
    """Spread the price of a bought GPU over its useful hours, with its electricity.

    Equation
    --------
    p_gpu = (C_gpu (1 - residual) / (life 730) + p_power) / u

    Inputs
    ------
    usd_per_gpu : C_gpu [USD]
    residual_share : residual [1]
    life_months : life [month]
    power_usd : p_power [USD/GPU-h]
    utilisation_share : u [1]

    Output
    ------
    p_gpu [USD/GPU-h]

    Examples
    --------
    >>> round(amortised_usd_per_gpu_hour(35040.0, 0.0, 48.0, 0.1, 0.5), 6)
    2.2
    """
    return (usd_per_gpu * (1.0 - residual_share) / (life_months * HOURS_PER_MONTH) + power_usd) / utilisation_share


def purchase_usd(gpus: Count, usd_per_gpu: Usd) -> Usd:
    """Buy GPUs.

    Equation
    --------
    C_buy = n_gpu C_gpu

    Inputs
    ------
    gpus : n_gpu [GPU]
    usd_per_gpu : C_gpu [USD]

    Output
    ------
    C_buy [USD]

    Examples
    --------
    >>> purchase_usd(8.0, 30000.0)
    240000.0
    """
    return gpus * usd_per_gpu


def replacement_usd(
    month: Quantity,
    start_month: Months,
    end_month: Months,
    purchase: Usd,
    residual_share: Share,
    life_months: Quantity,
) -> Usd:
    """Sell bought GPUs at the end of their life or of their use, and buy again where their use goes on.

    Age counts from the month of the purchase.

    Equation
    --------
    E(m) = C_buy ((m < m_end and (m - m_0) mod life = 0) - residual ((m - m_0) mod life = 0 or m = m_end)),
    for m_0 < m <= m_end, otherwise 0

    Inputs
    ------
    month : m [month]
    start_month : m_0 [month]
    end_month : m_end [month]
    purchase : C_buy [USD]
    residual_share : residual [1]
    life_months : life [month]

    Output
    ------
    E [USD]

    Examples
    --------
    >>> [float(x) for x in replacement_usd(np.array([1.0, 2.0, 3.0]), 0.0, 3.0, 100.0, 0.1, 2.0)]
    [0.0, 90.0, -10.0]
    >>> [float(x) for x in replacement_usd(np.array([1.0, 2.0, 3.0]), 1.0, 3.0, 100.0, 0.1, 3.0)]
    [0.0, 0.0, -10.0]
    """
    old = np.mod(month - start_month, np.maximum(np.round(life_months), 1.0)) == 0.0
    last = np.asarray(month == end_month)
    kept = (month > start_month) & (month <= end_month)
    usd: Usd = purchase * ((old & ~last).astype(float) - residual_share * (old | last)) * kept
    return usd
