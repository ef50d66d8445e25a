"""How many requests come, month by month, and what time does to prices and quality."""

import numpy as np

from estimator.quantities import Months, Requests, Share, Usd, UsdPerRequest


def monthly_requests(
    first_month_requests: Requests, monthly_growth: Share, month: Months, season: Share, most_requests: Requests
) -> Requests:
    """Grow the first month's requests, with season and cap.

    Equation
    --------
    V(m) = min(V_max, V_0 (1 + g)^(m-1) s_m)

    Inputs
    ------
    first_month_requests : V_0 [request/month]
    monthly_growth : g [1/month]
    month : m [month]
    season : s_m [1]
    most_requests : V_max [request/month]

    Output
    ------
    V [request/month]

    Examples
    --------
    >>> [float(round(v, 2)) for v in monthly_requests(250e3, 0.03, np.array([1.0, 2.0, 3.0]), 1.0, np.inf)]
    [250000.0, 257500.0, 265225.0]
    """
    return np.minimum(first_month_requests * (1.0 + monthly_growth) ** (month - 1.0) * season, most_requests)


def declining_price(usd_per_request: UsdPerRequest, annual_price_decline_share: Share, month: Months) -> UsdPerRequest:
    """Let a price fall along the years.

    Equation
    --------
    c(m) = c(1) (1 - d)^((m-1)/12)

    Inputs
    ------
    usd_per_request : c(1) [USD/request]
    annual_price_decline_share : d [1/year]
    month : m [month]

    Output
    ------
    c [USD/request]

    Examples
    --------
    >>> round(declining_price(0.01, 0.3, 13.0), 9)
    0.007
    """
    return usd_per_request * (1.0 - annual_price_decline_share) ** ((month - 1.0) / 12.0)


def drifting_success(success_rate: Share, drift_per_month: Share, months_since_refresh: Months) -> Share:
    """Let the success rate decay since the last refresh.

    Equation
    --------
    q(t) = q exp(-delta t)

    Inputs
    ------
    success_rate : q [1]
    drift_per_month : delta [1/month]
    months_since_refresh : t [month]

    Output
    ------
    q(t) [1]

    Examples
    --------
    >>> round(float(drifting_success(0.9, 0.02, 5.0)), 6)
    0.814354
    """
    return success_rate * np.exp(-drift_per_month * months_since_refresh)


def failures_usd(requests: Requests, success_rate: Share, usd_per_failure: UsdPerRequest) -> Usd:
    """Pay for the requests that are answered badly.

    Equation
    --------
    F_fail = V (1 - q) c_fail

    Inputs
    ------
    requests : V [request/month]
    success_rate : q [1]
    usd_per_failure : c_fail [USD/request]

    Output
    ------
    F_fail [USD/month]

    Examples
    --------
    >>> round(failures_usd(1000.0, 0.9, 0.5), 6)
    50.0
    """
    return requests * (1.0 - success_rate) * usd_per_failure


def requests_usd(requests: Requests, usd_per_request: UsdPerRequest) -> Usd:
    """Pay the requests of a month.

    Equation
    --------
    F = V c

    Inputs
    ------
    requests : V [request/month]
    usd_per_request : c [USD/request]

    Output
    ------
    F [USD/month]

    Examples
    --------
    >>> requests_usd(200000.0, 0.0084)
    1680.0
    """
    return requests * usd_per_request


def mixed_success(first_success_rate: Share, fallback_success_rate: Share, escalated_share: Share) -> Share:
    """Mix the success of what the first part keeps and what it hands on.

    Equation
    --------
    q_H = (1 - eps) q_1 + eps q_2

    Inputs
    ------
    first_success_rate : q_1 [1]
    fallback_success_rate : q_2 [1]
    escalated_share : eps [1]

    Output
    ------
    q_H [1]

    Examples
    --------
    >>> round(mixed_success(0.9, 0.96, 0.15), 6)
    0.909
    """
    return (1.0 - escalated_share) * first_success_rate + escalated_share * fallback_success_rate
