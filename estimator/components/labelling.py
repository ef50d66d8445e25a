"""Labels: how many are bought, the hours they take, what they cost."""

import numpy as np

from estimator.quantities import SECONDS_PER_HOUR, Count, Examples, Hours, Seconds, Share, Usd, UsdPerHour, UsdPerUnit

ROUNDING = 1e-9
"""A whole number reached within this tolerance is not rounded up: 21 / 0.7 is 30, not 31."""


def missing_examples(examples: Examples, existing_examples: Examples) -> Examples:
    """Count the examples that still need a label.

    Equation
    --------
    need = max(0, n - n_existing)

    Inputs
    ------
    examples : n [example]
    existing_examples : n_existing [example]

    Output
    ------
    need [example]

    Examples
    --------
    >>> float(missing_examples(1400.0, 400.0)), float(missing_examples(300.0, 500.0))
    (1000.0, 0.0)
    """
    return np.maximum(examples - existing_examples, 0.0)


def gross_examples(examples: Examples, reject_rate: Share, kept_share: Share = 1.0) -> Examples:
    """Count the examples to label so that enough survive rejection and curation.

    Equation
    --------
    gross = ceil(need / ((1 - reject) kappa))

    Inputs
    ------
    examples : need [example]
    reject_rate : reject [1]
    kept_share : kappa [1]

    Output
    ------
    gross [example]

    Examples
    --------
    >>> float(gross_examples(1400.0, 0.05)), float(gross_examples(21.0, 0.3))
    (1474.0, 30.0)
    """
    exact = examples / ((1.0 - reject_rate) * kept_share)
    return np.ceil(exact * (1.0 - ROUNDING)) + 0.0


def labels_per_example(overlap_share: Share, labels_per_overlapped_example: Count) -> Count:
    """Average the labels of an example over single and overlapped ones.

    Equation
    --------
    k = 1 + f_ov (k_ov - 1)

    Inputs
    ------
    overlap_share : f_ov [1]
    labels_per_overlapped_example : k_ov [label/example]

    Output
    ------
    k [label/example]

    Examples
    --------
    >>> labels_per_example(0.2, 2.0)
    1.2
    """
    return 1.0 + overlap_share * (labels_per_overlapped_example - 1.0)


def seconds_per_example(
    labels: Count,
    seconds_per_label: Seconds,
    overlap_share: Share,
    disagreement_rate: Share,
    adjudication_seconds: Seconds,
    audit_share: Share,
    audit_seconds: Seconds,
) -> Seconds:
    """Add labelling, adjudication and audit of one example.

    Equation
    --------
    t = k t_label + f_ov d t_adj + f_audit t_audit

    Inputs
    ------
    labels : k [label/example]
    seconds_per_label : t_label [s]
    overlap_share : f_ov [1]
    disagreement_rate : d [1]
    adjudication_seconds : t_adj [s]
    audit_share : f_audit [1]
    audit_seconds : t_audit [s]

    Output
    ------
    t [s/example]

    Examples
    --------
    >>> seconds_per_example(1.2, 90.0, 0.2, 0.25, 120.0, 0.1, 60.0)
    120.0
    """
    return (
        labels * seconds_per_label
        + overlap_share * disagreement_rate * adjudication_seconds
        + audit_share * audit_seconds
    )


def labelling_hours(gross: Examples, seconds: Seconds) -> Hours:
    """Turn the seconds of all examples into hours.

    Equation
    --------
    H_label = gross t / 3600

    Inputs
    ------
    gross : gross [example]
    seconds : t [s/example]

    Output
    ------
    H_label [h]

    Examples
    --------
    >>> round(labelling_hours(1474.0, 120.0), 6)
    49.133333
    """
    return gross * seconds / SECONDS_PER_HOUR


def labelling_usd(
    hours: Hours, wage: UsdPerHour, vendor_markup_share: Share, gross: Examples, tool_usd_per_example: UsdPerUnit
) -> Usd:
    """Pay people, the vendor's mark-up and the tool.

    Equation
    --------
    C_label = H_label w (1 + markup) + gross p_tool

    Inputs
    ------
    hours : H_label [h]
    wage : w [USD/h]
    vendor_markup_share : markup [1]
    gross : gross [example]
    tool_usd_per_example : p_tool [USD/example]

    Output
    ------
    C_label [USD]

    Examples
    --------
    >>> round(labelling_usd(1474 * 120 / 3600, 28.0, 0.0, 1474.0, 0.0), 4)
    1375.7333
    """
    return hours * wage * (1.0 + vendor_markup_share) + gross * tool_usd_per_example


def unit_priced_labels_usd(gross: Examples, units_per_example: Count, labels: Count, usd_per_unit: UsdPerUnit) -> Usd:
    """Pay a vendor that sells units of text, once for each label.

    Equation
    --------
    C_label = gross u k p_unit

    Inputs
    ------
    gross : gross [example]
    units_per_example : u [unit/example]
    labels : k [label/example]
    usd_per_unit : p_unit [USD/unit]

    Output
    ------
    C_label [USD]

    Examples
    --------
    >>> unit_priced_labels_usd(1000.0, 2.0, 3.0, 0.035)
    210.00000000000003
    """
    return gross * units_per_example * labels * usd_per_unit


def verification_hours(gross: Examples, verified_share: Share, verification_seconds: Seconds) -> Hours:
    """Count the hours in which people verify labels that a model made.

    Equation
    --------
    H_verify = gross f_verify t_verify / 3600

    Inputs
    ------
    gross : gross [example]
    verified_share : f_verify [1]
    verification_seconds : t_verify [s]

    Output
    ------
    H_verify [h]

    Examples
    --------
    >>> verification_hours(3600.0, 0.5, 20.0)
    10.0
    """
    return gross * verified_share * verification_seconds / SECONDS_PER_HOUR


def model_assisted_labels_usd(
    gross: Examples, model_usd_per_example: UsdPerUnit, hours: Hours, wage: UsdPerHour
) -> Usd:
    """Pay a model for its labels and people for verifying them.

    Equation
    --------
    C_label = gross c_llm + H_verify w

    Inputs
    ------
    gross : gross [example]
    model_usd_per_example : c_llm [USD/example]
    hours : H_verify [h]
    wage : w [USD/h]

    Output
    ------
    C_label [USD]

    Examples
    --------
    >>> model_assisted_labels_usd(3600.0, 0.01, 10.0, 20.0)
    236.0
    """
    return gross * model_usd_per_example + hours * wage
