"""How wide the published intervals are: the errors that the models made on families they had not seen.

A width is read by the stack (training) or the quantity, and widened in quadrature where the rows say little of a GPU.
"""

import numpy as np

from estimator.hardware.choices import Choice, by_choice, by_word
from estimator.hardware.constants import constants
from estimator.quantities import Quantity

GPU_CLASSES = {
    "ampere": "measured",
    "hopper": "measured",
    "blackwell": "measured",
    "cdna2": "amd",
    "cdna3": "amd",
    "cdna4": "amd",
    "gaudi": "other",
    "tpu": "other",
}
"""Architecture -> class; what is not listed is a card (Volta, Turing, Ada, RTX Blackwell)."""
FEW_ROWS = {
    "card": "few measured rows of workstation and consumer cards",
    "amd": "few measured rows of AMD GPUs, from one source",
    "other": "no measured rows of this accelerator",
}


def gpu_class(architecture: str) -> str:
    """Name the class of a GPU by how much is measured on it.

    Examples
    --------
    >>> gpu_class("hopper"), gpu_class("ada"), gpu_class("gaudi")
    ('measured', 'card', 'other')
    """
    return GPU_CLASSES.get(architecture, "card")


def training_speed_sigma(stack: Choice, architecture: Choice) -> Quantity:
    """Return the width of training speed [ln]."""
    spread = constants("spread")
    known = by_choice(stack, {name: spread[f"training_speed_{name}"] for name in ("eager", "compiled", "megatron")})
    return np.hypot(known, _extra("training_speed", architecture))


def training_memory_sigma(architecture: Choice) -> Quantity:
    """Return the width of peak memory [ln]."""
    return np.hypot(constants("spread")["training_memory"], _extra("training_memory", architecture))


def serving_speed_sigma(architecture: Choice) -> Quantity:
    """Return the width of serving speed [ln]."""
    return np.hypot(constants("spread")["serving_speed"], _extra("serving_speed", architecture))


def _extra(quantity: str, architecture: Choice) -> Quantity:
    spread = constants("spread")
    return by_word(
        architecture,
        lambda word: 0.0 if gpu_class(word) == "measured" else spread[f"{quantity}_extra_{gpu_class(word)}"],
    )
