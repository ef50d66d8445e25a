"""Compute of prompting and of tuning counted in FLOPs, as the literature compares them."""

from estimator.quantities import Count, Examples, Flop, Tokens

FORWARD = {"decoder": 2.0, "encoder_decoder": 1.0}
"""Forward FLOPs of a token over the parameters: half of an encoder-decoder's parameters see each token."""
TRAINING = {"decoder": 6.0, "encoder_decoder": 3.0}
"""Training is forward and backward: three times the forward pass."""


def forward_flop(architecture: str, params: Count, tokens: Tokens) -> Flop:
    """Count the FLOPs of reading tokens once (Liu et al. 2022, arXiv 2205.05638).

    Equation
    --------
    F = phi N n, phi = 2 decoder, 1 encoder-decoder

    Inputs
    ------
    architecture : decoder or encoder_decoder [1]
    params : N [1]
    tokens : n [token]

    Output
    ------
    F [FLOP]

    Examples
    --------
    >>> forward_flop("encoder_decoder", 11e9, 103.0), forward_flop("decoder", 175e9, 4121.0)
    (1133000000000.0, 1442350000000000.0)
    """
    return FORWARD[architecture] * params * tokens


def training_flop(architecture: str, params: Count, tokens: Tokens) -> Flop:
    """Count the FLOPs of training on tokens once (Liu et al. 2022, arXiv 2205.05638).

    Equation
    --------
    F = phi N n, phi = 6 decoder, 3 encoder-decoder

    Inputs
    ------
    architecture : decoder or encoder_decoder [1]
    params : N [1]
    tokens : n [token]

    Output
    ------
    F [FLOP]

    Examples
    --------
    >>> training_flop("encoder_decoder", 11e9, 1000 * 8 * 103.0)
    2.7192e+16
    """
    return TRAINING[architecture] * params * tokens


def examples_to_repay(training: Flop, prompted: Flop, tuned: Flop) -> Examples:
    """Count the examples after which the compute of tuning is repaid by the shorter inputs.

    Equation
    --------
    n = F_train / (F_prompted - F_tuned)

    Inputs
    ------
    training : F_train [FLOP]
    prompted : F_prompted, of one example [FLOP]
    tuned : F_tuned, of one example [FLOP]

    Output
    ------
    n [example]

    Examples
    --------
    >>> round(examples_to_repay(2.7192e16, 1.44235e15, 1.133e12), 2)
    18.87
    """
    return training / (prompted - tuned)
