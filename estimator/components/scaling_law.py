"""Loss of a tuned model by the size of the model and of the data."""

from estimator.quantities import Count, Quantity


def joint_loss(
    scale: Quantity,
    size: Count,
    size_exponent: Quantity,
    data: Count,
    data_exponent: Quantity,
    irreducible: Quantity,
) -> Quantity:
    """Predict the loss after tuning by the joint law of Zhang et al. 2024 (arXiv 2402.17193).

    Equation
    --------
    L = A X^-alpha D^-beta + E

    Inputs
    ------
    scale : A [1]
    size : X, parameters of the model, or of what is tuned [1]
    size_exponent : alpha [1]
    data : D, tuning examples [1]
    data_exponent : beta [1]
    irreducible : E [1]

    Output
    ------
    L [1]

    Examples
    --------
    >>> round(joint_loss(2.0, 100.0, 0.5, 10_000.0, 0.25, 0.6), 6)
    0.62
    """
    return scale * size**-size_exponent * data**-data_exponent + irreducible
