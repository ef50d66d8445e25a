"""What makes a set-up impossible, whatever the memory: said with what would work instead.

For candidates in arrays an obstacle is a mask, so that thousands can be excluded at once; a single set-up raises.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from estimator.errors import ImpossibleSetupError
from estimator.hardware.choices import Choice, Truth, is_any
from estimator.hardware.setup import ServingSetup, TrainingSetup
from estimator.hardware.shapes import GpuSheet, ModelShape
from estimator.quantities import Quantity, Tokens


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A rule that a set-up breaks: where it does, what is said, where it stands in the request."""

    where: Truth
    message: str
    pointer: str


def training_obstacles(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup) -> list[Obstacle]:
    """List what makes a fine-tuning job impossible."""
    bits = 16.0 if setup.weight_bits is None else setup.weight_bits
    quantised = np.less(bits, 16.0)
    stated = setup.weight_bits is not None
    return [
        _eight_bit(gpu, is_any(setup.precision, "fp8"), setup.precision),
        _too_long(shape, setup.sequence_tokens, "/sequence_tokens"),
        Obstacle(
            np.logical_and(is_any(setup.method, "full"), quantised),
            f"Full fine-tuning of {_shown(bits)}-bit weights was asked: packed weights cannot be trained. "
            "Use method qlora, or weight_bits 16.",
            "/weight_bits",
        ),
        Obstacle(
            np.logical_and(is_any(setup.method, "qlora"), np.logical_not(quantised)) if stated else False,
            "QLoRA on 16-bit weights was asked: give weight_bits 4 or 8, or use method lora.",
            "/weight_bits",
        ),
    ]


def serving_obstacles(shape: ModelShape, gpu: GpuSheet, setup: ServingSetup) -> list[Obstacle]:
    """List what makes a serving deployment impossible."""
    tp = setup.tensor_parallel
    spare = _divisors(shape)
    return [
        Obstacle(
            np.not_equal(np.mod(shape.n_heads, tp), 0.0),
            f"{_shown(tp)} GPUs cannot divide the {_shown(shape.n_heads)} attention heads of {shape.title} evenly: "
            f"use tensor_parallel {spare}.",
            "/tensor_parallel",
        ),
        _too_long(shape, setup.input_tokens + setup.output_tokens, "/input_tokens"),
    ]


def refuse(obstacles: Iterable[Obstacle]) -> None:
    """Raise the first obstacle that a single set-up meets.

    Raises
    ------
    ImpossibleSetupError : with what would work
    """
    for obstacle in obstacles:
        if np.ndim(obstacle.where) == 0 and bool(obstacle.where):
            raise ImpossibleSetupError(obstacle.message, obstacle.pointer)


def is_possible(obstacles: Iterable[Obstacle]) -> Truth:
    """Tell which candidates meet no obstacle."""
    possible: Truth = True
    for obstacle in obstacles:
        possible = np.logical_and(possible, np.logical_not(obstacle.where))
    return possible


def _eight_bit(gpu: GpuSheet, asked: Truth, precision: Choice) -> Obstacle:
    instead = "bf16" if np.all(gpu.bf16_supported) else "fp16"
    return Obstacle(
        np.logical_and(asked, np.less_equal(gpu.fp8_tflops, 0.0)),
        f"{precision} was asked of {gpu.title}, which has no fp8 units: use {instead}, or a Hopper, Ada, Blackwell, "
        "MI300 or Gaudi GPU.",
        "/precision",
    )


def _too_long(shape: ModelShape, tokens: Tokens, pointer: str) -> Obstacle:
    return Obstacle(
        np.greater(tokens, shape.context_tokens),
        f"A sequence of {_shown(tokens)} tokens was asked of {shape.title}, whose context is "
        f"{_shown(shape.context_tokens)} tokens: shorten it to that, or take a model with a longer context.",
        pointer,
    )


def _shown(figure: Quantity) -> str:
    return "the given" if np.ndim(figure) else f"{figure:g}"


def _divisors(shape: ModelShape) -> str:
    if np.ndim(shape.n_heads):
        return "a divisor of the heads"
    return ", ".join(str(n) for n in (1, 2, 4, 5, 7, 8, 10, 14, 16, 32) if float(shape.n_heads) % n == 0)
