"""What success, knowledge and effort are worth in money and hours."""

from math import erf, exp, pi, sqrt

import numpy as np

from estimator.quantities import Hours, Share, Usd, UsdPerHour, UsdPerRequest


def cost_of_pass_usd(usd_per_attempt: UsdPerRequest, success_rate: Share) -> UsdPerRequest:
    """Expect the price of one correct answer, if attempts are independent and checking is free.

    Infinite where nothing succeeds: an answer shows null with a reason (arXiv 2504.13359).

    Equation
    --------
    v = c / q

    Inputs
    ------
    usd_per_attempt : c [USD/request]
    success_rate : q [1]

    Output
    ------
    v [USD/request]

    Examples
    --------
    >>> round(float(cost_of_pass_usd(0.0084, 0.84)), 9), float(cost_of_pass_usd(0.0084, 0.0))
    (0.01, inf)
    """
    certain = np.asarray(success_rate, dtype=float)
    return np.where(certain > 0, usd_per_attempt / np.where(certain > 0, certain, 1.0), np.inf)


def perfect_information_usd(mean_usd: float, sd_usd: float) -> float:
    """Value knowing a normally distributed difference of two costs before choosing between them.

    Equation
    --------
    EVPI = sigma phi(mu / sigma) - |mu| Phi(-|mu| / sigma)

    Inputs
    ------
    mean_usd : mu [USD]
    sd_usd : sigma [USD]

    Output
    ------
    EVPI [USD]

    Examples
    --------
    >>> round(perfect_information_usd(1000.0, 3000.0), 2)
    762.71
    """
    if sd_usd == 0:
        return 0.0
    z = abs(mean_usd) / sd_usd
    density = exp(-z * z / 2.0) / sqrt(2.0 * pi)
    return sd_usd * density - abs(mean_usd) * 0.5 * (1.0 - erf(z / sqrt(2.0)))


def effort_indifference_hours(
    effort_hours: Hours, gap_usd: Usd, wage: UsdPerHour, evaluation_usd_per_hour: UsdPerHour
) -> Hours:
    """Find the prompt effort at which the two up-front costs are equal.

    Equation
    --------
    H* = H_pe + (U_ft - U_pe) / (w + c_eval)

    Inputs
    ------
    effort_hours : H_pe [h]
    gap_usd : U_ft - U_pe [USD]
    wage : w [USD/h]
    evaluation_usd_per_hour : c_eval [USD/h]

    Output
    ------
    H* [h]

    Examples
    --------
    >>> round(effort_indifference_hours(45.0, 10960.55466667 - 5875.53333333, 85.0, 2.52 / 1.5), 4)
    103.6643
    """
    return effort_hours + gap_usd / (wage + evaluation_usd_per_hour)
