"""What the hardware model gives, as it is shown in a working: the model, what it was given, how far off it was."""

from typing import Any

from estimator.cost_line import Prediction
from estimator.hardware.spread import Spread
from estimator.hardware.training_fit import Memory
from estimator.quantities import Quantity
from estimator.scenario import GpuServing, GpuTraining

MEDIAN_ERRORS = {"training speed": 0.155, "peak memory of fine-tuning": 0.086, "serving speed": 0.137}
"""Of predictions of rows that no fit had seen (docs/validation.md, summary)."""
OWN_SHAPE = "the stated shape"


def predicted_training_speed(
    training: GpuTraining, gpus: Quantity, sequence_tokens: Quantity, found: Spread
) -> Prediction:
    """Show how fast the hardware model takes a training to be, all GPUs together."""
    inputs = {**_training(training, gpus, sequence_tokens), "precision": training.precision, "stack": training.stack}
    return _prediction("tokens_per_second", "token/s", "training speed", inputs, found.p50, found)


def predicted_memory(
    training: GpuTraining, gpus: Quantity, sequence_tokens: Quantity, found: Memory, value: Quantity
) -> Prediction:
    """Show what the hardware model takes one GPU of a training to hold at most, part by part."""
    kept = ("weights", "gradients", "optimizer", "activations", "logits", "overhead")
    parts = {f"{name}_gib": getattr(found.parts, name) for name in kept}
    inputs = {**_training(training, gpus, sequence_tokens), "sharding": training.sharding, **parts}
    what = "peak memory of fine-tuning"
    return _prediction("memory_gib_per_gpu", "GiB", what, inputs, value, found.allocated, "the parts added up, by the ")


def predicted_serving_speed(
    name: str, serving: GpuServing, input_tokens: Quantity, output_tokens: Quantity, found: Spread, value: Quantity
) -> Prediction:
    """Show how fast the hardware model takes one replica to be."""
    inputs = {
        "base_model": _name(serving.base_model),
        "gpu": _name(serving.gpu),
        "gpus_per_replica": serving.gpus_per_replica,
        "engine": serving.engine,
        "weight_bits": serving.weight_bits,
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "adapters": serving.adapters_sharing,
    }
    return _prediction(name, "token/s", "serving speed", inputs, value, found)


def _training(training: GpuTraining, gpus: Quantity, sequence_tokens: Quantity) -> dict[str, Any]:
    return {
        "base_model": _name(training.base_model),
        "gpu": _name(training.gpu),
        "gpus": gpus,
        "method": training.method,
        "lora_rank": training.lora_rank,
        "sequence_tokens": sequence_tokens,
        "micro_batch": training.micro_batch,
        "gradient_checkpointing": training.gradient_checkpointing,
    }


def _name(stated: Any) -> str:
    return stated if isinstance(stated, str) else OWN_SHAPE


def _prediction(
    name: str, unit: str, what: str, inputs: dict[str, Any], value: Quantity, spread: Spread, how: str = ""
) -> Prediction:
    error = f"{MEDIAN_ERRORS[what]:.1%}"
    model = f"{how}hardware model of {what}, {error} off in the median on runs it had not seen (docs/validation.md)"
    return Prediction(name, unit, model, inputs, value, spread)
