"""The plain forms of memory: bytes of training state, the GPUs they need, the floor of a decode step.

They are checks beside the calibrated model.
"""

from typing import Literal

import numpy as np

from estimator.errors import ImpossibleSetupError
from estimator.quantities import BYTES_PER_GB, Count, Quantity, Seconds, Share

StateRule = Literal["full", "full_bf16", "full_8bit", "full_8bit_master", "lora", "qlora"]
BYTES_PER_PARAM: dict[StateRule, float] = {
    "full": 16.0,
    "full_bf16": 12.0,
    "full_8bit": 6.0,
    "full_8bit_master": 10.0,
    "lora": 2.0,
    "qlora": 4.127 / 8.0,
}
ADAPTER_BYTES = 16.0
ROUNDING_TOLERANCE = 1e-9


def state_bytes(rule: StateRule, params: Count, adapter_params: Count = 0.0) -> Quantity:
    """Count the bytes of weights, gradients and optimizer states.

    Equation
    --------
    S = 16 N full mixed Adam | 12 N pure bf16 | 6 N, 10 N 8-bit Adam | 2 N + 16 P LoRA | (4.127/8) N + 16 P QLoRA

    Inputs
    ------
    rule : what trains, and how its states are held
    params : N, total parameters [1]
    adapter_params : P [1]

    Source
    ------
    Dettmers et al. 2023 (arXiv 2305.14314) for 4.127 bits a parameter.

    Examples
    --------
    >>> state_bytes("full", 8.03e9) / 1e9
    128.48
    >>> state_bytes("lora", 8.03e9, 42e6) / 1e9
    16.732
    """
    adapters = 0.0 if rule.startswith("full") else ADAPTER_BYTES * adapter_params
    return BYTES_PER_PARAM[rule] * params + adapters


def smallest_gpu_count(
    state: Quantity, vram_gb: Quantity, activations_gb: Quantity, overhead_gb: Quantity, reserve_share: Share = 0.1
) -> Count:
    """Count the GPUs over which the state must be divided.

    Equation
    --------
    n = ceil( S / (vram (1 - reserve) - act - overhead) ), rounded up to 1, 2, 4, 8, 16, ...

    Inputs
    ------
    state : S [byte]
    vram_gb : memory of a GPU [GB]
    activations_gb : of each GPU, not divided [GB]
    overhead_gb : of each GPU, not divided [GB]
    reserve_share : kept free [1]

    Raises
    ------
    ImpossibleSetupError : activations and overhead alone fill the memory

    Examples
    --------
    >>> smallest_gpu_count(128.48e9, 80.0, 6.0, 2.0)
    4.0
    >>> smallest_gpu_count(16.732e9, 24.0, 6.0, 2.0)
    2.0
    """
    room_gb = vram_gb * (1.0 - reserve_share) - activations_gb - overhead_gb
    if np.any(np.less_equal(room_gb, 0.0)):
        raise ImpossibleSetupError(
            f"Activations of {activations_gb} GB and overhead of {overhead_gb} GB leave nothing of {vram_gb} GB: "
            "reduce the micro batch or the sequence, or take a GPU with more memory.",
            "/micro_batch",
        )
    least = np.ceil(state / BYTES_PER_GB / room_gb - ROUNDING_TOLERANCE)
    rounded = 2.0 ** np.ceil(np.log2(np.maximum(least, 1.0)) - ROUNDING_TOLERANCE)
    return rounded if np.ndim(rounded) else float(rounded)


def decode_floor_seconds(weight_bytes: Quantity, bandwidth_bytes_per_second: Quantity) -> Seconds:
    """Bound a decode step from below: every weight is read once.

    Equation
    --------
    t >= bytes / BW

    Inputs
    ------
    weight_bytes : of one copy of the weights [byte]
    bandwidth_bytes_per_second : of the GPUs that hold it together [byte/s]

    Examples
    --------
    >>> round(decode_floor_seconds(2 * 8.03e9, 2.039e12) * 1e3, 2)
    7.88
    """
    return weight_bytes / bandwidth_bytes_per_second
