"""Work by the hour and items by the piece."""

from estimator.quantities import Count, Examples, Hours, Usd, UsdPerHour, UsdPerMonth, UsdPerUnit


def labour_usd(hours: Hours, wage: UsdPerHour) -> Usd:
    """Pay hours of work.

    Equation
    --------
    C = H w

    Inputs
    ------
    hours : H [h]
    wage : w [USD/h]

    Output
    ------
    C [USD]

    Examples
    --------
    >>> labour_usd(40.0, 110.0)
    4400.0
    """
    return hours * wage


def curation_usd(hours: Hours, wage: UsdPerHour, examples: Examples, usd_per_example: UsdPerUnit) -> Usd:
    """Pay curation: hours, and a fee per example for cleaning, privacy and deduplication.

    Equation
    --------
    C_cur = H w + n p_item

    Inputs
    ------
    hours : H [h]
    wage : w [USD/h]
    examples : n [example]
    usd_per_example : p_item [USD/example]

    Output
    ------
    C_cur [USD]

    Examples
    --------
    >>> curation_usd(24.0, 85.0, 1400.0, 0.1)
    2180.0
    """
    return hours * wage + examples * usd_per_example


def deployment_usd(hours: Hours, wage: UsdPerHour, fees_usd: Usd) -> Usd:
    """Pay deployment: hours and one-off fees.

    Equation
    --------
    C_dep = H w + C_fees

    Inputs
    ------
    hours : H [h]
    wage : w [USD/h]
    fees_usd : C_fees [USD]

    Output
    ------
    C_dep [USD]

    Examples
    --------
    >>> deployment_usd(16.0, 110.0, 500.0)
    2260.0
    """
    return hours * wage + fees_usd


def change_usd(
    label_share: Count, labelling_usd: Usd, runs_usd: Usd, hours: Hours, wage: UsdPerHour, fees_usd: Usd
) -> Usd:
    """Pay one round of further work on an approach: labels again, runs with their evaluation, hours, fees.

    Equation
    --------
    x = f_label C_label + C_runs + H w + C_fees

    Inputs
    ------
    label_share : f_label [1]
    labelling_usd : C_label [USD]
    runs_usd : C_runs [USD]
    hours : H [h]
    wage : w [USD/h]
    fees_usd : C_fees [USD]

    Output
    ------
    x [USD]

    Examples
    --------
    >>> change_usd(0.25, 1000.0, 70.0, 8.0, 110.0, 0.0)
    1200.0
    """
    return label_share * labelling_usd + runs_usd + hours * wage + fees_usd


def both_changes_usd(first_usd: Usd, fallback_usd: Usd) -> Usd:
    """Pay one change of the requirements in both parts of a system.

    Equation
    --------
    x = x_1 + x_2

    Inputs
    ------
    first_usd : x_1 [USD]
    fallback_usd : x_2 [USD]

    Output
    ------
    x [USD]

    Examples
    --------
    >>> both_changes_usd(750.0, 360.0)
    1110.0
    """
    return first_usd + fallback_usd


def expected_changes_usd(changes_per_month: Count, change: Usd) -> UsdPerMonth:
    """Expect the monthly cost of changing requirements.

    Equation
    --------
    F_change = mu x

    Inputs
    ------
    changes_per_month : mu [1/month]
    change : x [USD]

    Output
    ------
    F_change [USD/month]

    Examples
    --------
    >>> expected_changes_usd(0.25, 750.0)
    187.5
    """
    return changes_per_month * change
