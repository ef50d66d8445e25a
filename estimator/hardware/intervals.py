"""How wide the published intervals are: the errors that the models made on families they had not seen.

A width is that of the stack or engine, times a factor for the class of GPU: above 1 where rows are few or unlike.
"""

from estimator.hardware.choices import Choice, by_choice, by_word
from estimator.hardware.constants import constants
from estimator.hardware.serving_speed import ENGINE_CLASS
from estimator.quantities import Quantity
from estimator.scenario.training import STACKS

GPU_CLASSES = {
    "ampere": "ampere",
    "hopper": "hopper",
    "blackwell": "blackwell",
    "cdna2": "amd",
    "cdna3": "amd",
    "cdna4": "amd",
    "gaudi": "other",
    "tpu": "other",
}
"""Architecture -> class; what is not listed is a card (Volta, Turing, Ada, RTX parts of Ampere and Blackwell)."""
FEW_ROWS = {
    "card": "few measured rows of workstation, consumer and older cards",
    "amd": "few measured rows of AMD GPUs, and none of training",
    "other": "no measured rows of this accelerator",
}


def gpu_class(architecture: str) -> str:
    """Name the class of a GPU by how much is measured on it.

    Examples
    --------
    >>> gpu_class("hopper"), gpu_class("ada"), gpu_class("gaudi")
    ('hopper', 'card', 'other')
    """
    return GPU_CLASSES.get(architecture, "card")


def training_speed_sigma(stack: Choice, architecture: Choice) -> Quantity:
    """Return the width of training speed [ln]."""
    spread = constants("spread")
    base = by_choice(stack, {name: spread[f"training_speed_{name}"] for name in STACKS})
    return base * _factor("training_speed", architecture)


def training_memory_sigma(architecture: Choice) -> Quantity:
    """Return the width of peak memory [ln]."""
    return constants("spread")["training_memory_peak"] * _factor("training_memory", architecture)


def serving_speed_sigma(engine: Choice, architecture: Choice) -> Quantity:
    """Return the width of serving speed [ln]."""
    spread = constants("spread")
    base = by_choice(engine, {name: spread[f"serving_speed_{kind}"] for name, kind in ENGINE_CLASS.items()})
    return base * _factor("serving_speed", architecture)


def _factor(quantity: str, architecture: Choice) -> Quantity:
    spread = constants("spread")
    return by_word(architecture, lambda word: spread[f"{quantity}_factor_{gpu_class(word)}"])
