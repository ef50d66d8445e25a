"""What happens when: lead times, refreshes, ends of life."""

import numpy as np

from estimator.quantities import HOURS_PER_MONTH, WEEKS_PER_MONTH, Count, Hours, Months, Share, Usd

ROUNDING = 1e-9
"""A whole number of intervals reached within this tolerance counts as whole."""


def months_of_work(hours: Hours, people: Count, hours_per_week: Hours) -> Months:
    """Turn hours of work into months of the calendar.

    Equation
    --------
    L = H / (n_people h_week 52/12)

    Inputs
    ------
    hours : H [h]
    people : n_people [person]
    hours_per_week : h_week [h/week]

    Output
    ------
    L [month]

    Examples
    --------
    >>> round(months_of_work(260.0, 2.0, 30.0), 6)
    1.0
    """
    return hours / (people * hours_per_week * WEEKS_PER_MONTH)


def lead_time_months(
    annotator_hours: Hours,
    annotators: Count,
    expert_hours: Hours,
    engineer_hours: Hours,
    hours_per_week: Hours,
    training_hours: Hours,
) -> Months:
    """Chain the work of annotators, one expert, the machines and one engineer, without overlap.

    Equation
    --------
    L = (H_label / n_people + H_expert + H_engineer) / (h_week 52/12) + H_train / 730

    Inputs
    ------
    annotator_hours : H_label [h]
    annotators : n_people [person]
    expert_hours : H_expert [h]
    engineer_hours : H_engineer [h]
    hours_per_week : h_week [h/week]
    training_hours : H_train, on the clock [h]

    Output
    ------
    L [month]

    Examples
    --------
    >>> round(lead_time_months(260.0, 2.0, 65.0, 65.0, 30.0, 73.0), 6)
    2.1
    """
    return (
        months_of_work(annotator_hours, annotators, hours_per_week)
        + months_of_work(expert_hours, 1.0, hours_per_week)
        + training_hours / HOURS_PER_MONTH
        + months_of_work(engineer_hours, 1.0, hours_per_week)
    )


def bridged_share(month: Months, lead_time_months: Months) -> Share:
    """Share of a month before the approach serves; the month of the start is split.

    Equation
    --------
    b(m) = min(1, max(0, L - (m - 1)))

    Inputs
    ------
    month : m [month]
    lead_time_months : L [month]

    Output
    ------
    b [1]

    Examples
    --------
    >>> [float(b) for b in bridged_share(np.array([1.0, 2.0, 3.0]), 1.25)]
    [1.0, 0.25, 0.0]
    """
    return np.clip(lead_time_months - (month - 1.0), 0.0, 1.0)


def periodic_usd(month: Months, horizon_months: float, every_months: Months, usd: Usd) -> Usd:
    """Pay a sum in months P, 2P, ... before the horizon; a fractional multiple falls in the month that contains it.

    Equation
    --------
    E(m) = C (floor(m / P) - floor((m - 1) / P)) for m < T, else 0

    Inputs
    ------
    month : m [month]
    horizon_months : T [month]
    every_months : P [month]
    usd : C [USD]

    Output
    ------
    E [USD]

    Examples
    --------
    >>> [float(e) for e in periodic_usd(np.arange(1.0, 7.0), 6, 3.0, 10.0)]
    [0.0, 0.0, 10.0, 0.0, 0.0, 0.0]
    """
    times = np.floor(month / every_months + ROUNDING) - np.floor((month - 1.0) / every_months + ROUNDING)
    return usd * times * (month < horizon_months)


def dated_usd(month: Months, when: Months, usd: Usd) -> Usd:
    """Pay a sum at the end of one month.

    Equation
    --------
    E(m) = C if m = e, else 0

    Inputs
    ------
    month : m [month]
    when : e [month]
    usd : C [USD]

    Output
    ------
    E [USD]

    Examples
    --------
    >>> [float(e) for e in dated_usd(np.arange(1.0, 4.0), 2.0, 10.0)]
    [0.0, 10.0, 0.0]
    """
    return np.where(month == when, usd, 0.0)


def months_since_refresh(month: Months, lead_time_months: Months, every_months: Months) -> Months:
    """Count the months from the start of service or the last refresh to the beginning of a month.

    Equation
    --------
    a(m) = max(0, m - 1 - max(L, P floor((m - 1) / P)))

    Inputs
    ------
    month : m [month]
    lead_time_months : L [month]
    every_months : P [month]

    Output
    ------
    a [month]

    Examples
    --------
    >>> [float(a) for a in months_since_refresh(np.arange(1.0, 7.0), 0.0, 3.0)]
    [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]
    """
    last = every_months * np.floor((month - 1.0) / every_months + ROUNDING)
    return np.maximum(month - 1.0 - np.maximum(lead_time_months, last), 0.0)
