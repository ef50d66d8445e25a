"""What one request costs where tokens are billed."""

import numpy as np

from estimator.quantities import MILLION, Count, Months, Requests, Share, Tokens, UsdPerMillionTokens, UsdPerRequest

MINUTES_PER_MONTH = 730.0 * 60.0


def poisson_hit_rate(requests: Requests, ttl_minutes: Months) -> Share:
    """Expect the share of requests that find the prefix still cached.

    Requests arrive at random and each use renews the entry: a hit is an arrival within the time to live of the last.

    Equation
    --------
    h = 1 - exp(-lambda TTL), lambda = V / (730 x 60)

    Inputs
    ------
    requests : V [request/month]
    ttl_minutes : TTL [min]

    Output
    ------
    h [1]

    Examples
    --------
    >>> round(float(poisson_hit_rate(43800.0, 5.0)), 6)
    0.993262
    """
    return -np.expm1(-requests / MINUTES_PER_MONTH * ttl_minutes)


def least_paying_hit_rate(write_multiple: Share, read_multiple: Share) -> Share:
    """Find the hit rate above which caching a prefix pays.

    Equation
    --------
    h* = (w - 1) / (w - rd)

    Inputs
    ------
    write_multiple : w [1]
    read_multiple : rd [1]

    Output
    ------
    h* [1]

    Examples
    --------
    >>> round(least_paying_hit_rate(1.25, 0.1), 6), round(least_paying_hit_rate(2.0, 0.1), 6)
    (0.217391, 0.526316)
    """
    return (write_multiple - 1.0) / (write_multiple - read_multiple)


def prompt_usd(prompt_tokens: Tokens, price: UsdPerMillionTokens) -> UsdPerRequest:
    """Pay the static prompt of a call in full.

    Equation
    --------
    c_s = s p_in / 10^6

    Inputs
    ------
    prompt_tokens : s [token/request]
    price : p_in [USD/Mtoken]

    Output
    ------
    c_s [USD/request]

    Examples
    --------
    >>> prompt_usd(2000.0, 3.0)
    0.006
    """
    return prompt_tokens * price / MILLION


def cached_prompt_usd(
    prompt_tokens: Tokens, hit_rate: Share, read_price: UsdPerMillionTokens, write_price: UsdPerMillionTokens
) -> UsdPerRequest:
    """Pay the static prompt of a call where the provider caches it.

    Equation
    --------
    c_s = s (h p_read + (1 - h) p_write) / 10^6

    Inputs
    ------
    prompt_tokens : s [token/request]
    hit_rate : h [1]
    read_price : p_read [USD/Mtoken]
    write_price : p_write [USD/Mtoken]

    Output
    ------
    c_s [USD/request]

    Examples
    --------
    >>> round(cached_prompt_usd(2000.0, 0.9, 0.3, 3.75), 9)
    0.00129
    """
    return prompt_tokens * (hit_rate * read_price + (1.0 - hit_rate) * write_price) / MILLION


def call_usd(
    static_usd: UsdPerRequest,
    input_tokens: Tokens,
    input_price: UsdPerMillionTokens,
    output_tokens: Tokens,
    output_price: UsdPerMillionTokens,
    reasoning_tokens: Tokens,
    reasoning_price: UsdPerMillionTokens,
) -> UsdPerRequest:
    """Pay one call: static prompt, dynamic input, visible output, hidden reasoning.

    Equation
    --------
    c_call = c_s + (n_in p_in + n_out p_out + n_rs p_rs) / 10^6

    Inputs
    ------
    static_usd : c_s [USD/request]
    input_tokens : n_in [token/request]
    input_price : p_in [USD/Mtoken]
    output_tokens : n_out [token/request]
    output_price : p_out [USD/Mtoken]
    reasoning_tokens : n_rs [token/request]
    reasoning_price : p_rs [USD/Mtoken]

    Output
    ------
    c_call [USD/request]

    Examples
    --------
    >>> round(call_usd(1850 * 3 / 1e6, 350.0, 3.0, 120.0, 15.0, 0.0, 15.0), 9)
    0.0084
    """
    return (
        static_usd
        + (input_tokens * input_price + output_tokens * output_price + reasoning_tokens * reasoning_price) / MILLION
    )


def request_usd(
    standard_usd: UsdPerRequest,
    batch_usd: UsdPerRequest,
    batch_share: Share,
    usd_per_call: UsdPerRequest,
    calls: Count,
    attempts: Count,
) -> UsdPerRequest:
    """Pay one request: its calls and attempts, part of them by batch.

    Equation
    --------
    c = n_calls a ((1 - b) c_call + b c_batch + fee)

    Inputs
    ------
    standard_usd : c_call [USD/call]
    batch_usd : c_batch [USD/call]
    batch_share : b [1]
    usd_per_call : fee [USD/call]
    calls : n_calls [call/request]
    attempts : a [attempt/request]

    Output
    ------
    c [USD/request]

    Examples
    --------
    >>> round(request_usd(0.01, 0.005, 0.5, 0.001, 2.0, 1.5), 6)
    0.0255
    """
    return calls * attempts * ((1.0 - batch_share) * standard_usd + batch_share * batch_usd + usd_per_call)
