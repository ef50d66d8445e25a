"""Bands of the hardware model beside single measurements of others: P10 and P90, inside which one should lie."""

from typing import Any

from estimator.hardware.catalogue import base_model, gpu
from estimator.hardware.serving import estimate_serving
from estimator.hardware.setup import ServingSetup, TrainingSetup
from estimator.hardware.spread import Spread
from estimator.hardware.training import estimate_training


def training_hours(model: str, card: str, **setup: Any) -> list[float]:
    """Estimate the GPU-hours of a training job."""
    found = estimate_training(base_model(model), gpu(card), TrainingSetup(**setup)).gpu_hours
    return [] if found is None else _band(found)


def training_memory_gib(model: str, card: str, **setup: Any) -> list[float]:
    """Estimate the peak memory allocated on one GPU in training."""
    return _band(estimate_training(base_model(model), gpu(card), TrainingSetup(**setup)).memory.allocated)


def probed_tokens_per_second(model: str, card: str, **setup: Any) -> float:
    """Estimate the training speed after a measured probe of the same set-up."""
    return float(estimate_training(base_model(model), gpu(card), TrainingSetup(**setup)).tokens_per_second.p50)


def output_tokens_per_second(model: str, card: str, **setup: Any) -> list[float]:
    """Estimate the output of one replica."""
    return _band(estimate_serving(base_model(model), gpu(card), ServingSetup(**setup)).output_tokens_per_second)


def _band(spread: Spread) -> list[float]:
    return [float(spread.p10), float(spread.p90)]
