"""The plain forms of training work: FLOPs a token, GPU-hours of a run.

They are checks beside the calibrated model, and what the literature counts with.
"""

from typing import Literal

from estimator.quantities import MILLION, Count, Flop, Quantity, Share, Tokens

TERA = MILLION * MILLION
Method = Literal["full", "lora", "qlora", "prompt_tuning"]


def flops_per_token(
    method: Method,
    params: Count,
    adapter_params: Count = 0.0,
    n_layers: Count = 0.0,
    hidden_size: Count = 0.0,
    sequence_tokens: Tokens = 0.0,
) -> Flop:
    """Count the model FLOPs of training on one token.

    Equation
    --------
    F = phi N [+ 6 P] [+ 12 L h s phi / 6],  phi = 6 full, 4 with a frozen base

    Inputs
    ------
    method : what trains
    params : N, active parameters [1]
    adapter_params : P, trainable parameters of the adapters [1]
    n_layers : L, 0 leaves attention scores out [1]
    hidden_size : h [1]
    sequence_tokens : s [token]

    Source
    ------
    Liu et al. 2022 (arXiv 2205.05638) for 2N forward and 4N backward; a frozen base skips the weight gradients (2N).

    Examples
    --------
    >>> flops_per_token("full", 8.03e9)
    48180000000.0
    >>> flops_per_token("lora", 8.03e9, 42e6)
    32372000000.0
    """
    phi = 6.0 if method == "full" else 4.0
    adapters = 0.0 if method in {"full", "prompt_tuning"} else 6.0 * adapter_params
    return phi * params + adapters + 12.0 * n_layers * hidden_size * sequence_tokens * (phi / 6.0)


def model_flops_utilisation(tokens_per_second: Quantity, flop_per_token: Flop, peak_tflops: Quantity) -> Share:
    """Compare the model FLOPs done with the peak of the data sheet.

    Equation
    --------
    MFU = R F / peak

    Inputs
    ------
    tokens_per_second : R, of one GPU [token/s]
    flop_per_token : F [FLOP]
    peak_tflops : dense peak [1e12 FLOP/s]

    Examples
    --------
    >>> round(model_flops_utilisation(608.42, 4.10 * 70.6e9, 989.0), 3)
    0.178
    """
    return tokens_per_second * flop_per_token / (peak_tflops * TERA)
