"""Whether a fine-tuning job fits, the largest that would, the GPUs it needs, and what to change when it does not."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import ndtr

from estimator.errors import ImpossibleSetupError, ScenarioError
from estimator.hardware.choices import Choice, Truth, is_any, when
from estimator.hardware.constants import constants
from estimator.hardware.intervals import training_memory_sigma
from estimator.hardware.remarks import Assumption, WayOut
from estimator.hardware.setup import TrainingSetup
from estimator.hardware.shapes import GpuSheet, ModelShape
from estimator.hardware.spread import Spread
from estimator.hardware.training_memory import MemoryParts, peak_memory
from estimator.hardware.training_speed import weight_bytes
from estimator.quantities import BYTES_PER_GIB, Count, Quantity, Share, Tokens

GPU_COUNTS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0)
LIKELY, CERTAIN = 0.5, 0.9
"""Probabilities of fitting from which the answer is "likely" and "yes"."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Peak memory of one GPU [GiB]: what tensors take, and what the allocator may hold."""

    allocated: Spread
    reserved: Spread
    parts: MemoryParts


@dataclass(frozen=True, slots=True)
class Fits:
    """Whether the peak stays below the memory of the GPU."""

    answer: Choice
    probability: Share


def stated_gpus(setup: TrainingSetup) -> Count:
    """Return the number of GPUs, which must be stated by now."""
    if setup.gpus is None:
        raise ScenarioError("The number of GPUs is open: state it, or ask estimate_training to find it.", "/gpus")
    return setup.gpus


def training_memory(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup) -> Memory:
    """Estimate the peak memory of one GPU with its measured error."""
    fit = constants("training_memory")
    parts = peak_memory(shape, gpu, setup, stated_gpus(setup), fit)
    allocated = Spread(parts.allocated_gib, training_memory_sigma(gpu.architecture))
    held = when(setup.packed, fit["reserved_factor_fixed"], fit["reserved_factor_variable"])
    return Memory(allocated, allocated.scaled(held), parts)


def fits_in(memory: Memory, gpu: GpuSheet) -> Fits:
    """Compare the distribution of the peak with the memory: unused blocks of the allocator can be given back."""
    margin = np.log(gpu.memory_gib / memory.allocated.p50)
    probability: Share = ndtr(margin / memory.allocated.sigma)
    if np.ndim(probability):
        answer: Choice = np.where(probability >= CERTAIN, "yes", np.where(probability >= LIKELY, "likely", "no"))
        return Fits(answer, probability)
    certain = "yes" if probability >= CERTAIN else "likely" if probability >= LIKELY else "no"
    return Fits(certain, float(probability))


def _room_gib(gpu: GpuSheet, memory: Memory) -> Quantity:
    """Return what activations and logits may take for the peak to stay, likely, below the memory."""
    parts = memory.parts
    left = np.maximum(0.0, gpu.memory_gib - parts.weights - parts.optimizer - parts.overhead)
    return np.cbrt(np.maximum(0.0, left**3 - parts.gradients_full**3))


def largest_micro_batch(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup, memory: Memory) -> Count:
    """Scale the activations of this set-up, which grow with the micro batch, to the room there is."""
    one = memory.parts.growing / setup.micro_batch
    return np.floor(_room_gib(gpu, memory) / one + 1e-9)


def largest_sequence(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup, memory: Memory) -> Tokens:
    """Scale the activations to the room there is: linear in the sequence, quadratic with unfused attention."""
    room = _room_gib(gpu, memory)
    parts = memory.parts
    ratio = room / parts.growing
    ratio = when(setup.flash_attention, ratio, np.where(np.greater(ratio, 1.0), np.sqrt(ratio), ratio))
    return np.minimum(np.floor(ratio * setup.sequence_tokens), shape.context_tokens)


def with_gpus(
    shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup
) -> tuple[TrainingSetup, Count | None, list[Assumption]]:
    """Find the smallest number of GPUs, and take it where none is stated; more than one means sharding.

    Where a quantile of the peak memory is asked, the peak stands there in its measured spread, else at its median.
    """
    sharded = replace(setup, sharding=_sharded(setup.sharding))
    fit = constants("training_memory")
    off: Quantity = 1.0
    if setup.memory_quantile is not None:
        off = Spread(1.0, training_memory_sigma(gpu.architecture)).quantile(setup.memory_quantile)
    least: Quantity = np.full(np.broadcast(shape.params_b, gpu.memory_gib, setup.micro_batch).shape, np.inf)
    for count in reversed(GPU_COUNTS):
        trial = setup if count == 1.0 else sharded
        need = peak_memory(shape, gpu, trial, np.float64(count), fit).allocated_gib * off
        least = np.where(np.less_equal(need, gpu.memory_gib), count, least)
    minimum: Count | None = least if np.ndim(least) else (float(least) if np.isfinite(least) else None)
    if setup.gpus is not None:
        _refuse_too_large(shape, gpu, setup, minimum)
        return setup, minimum, []
    if minimum is None:
        raise ImpossibleSetupError(
            f"{shape.title} does not fit {GPU_COUNTS[-1]:g} x {gpu.title} with a micro batch of "
            f"{setup.micro_batch:g} x {setup.sequence_tokens:g} tokens: reduce the micro batch or the sequence, "
            "switch on gradient_checkpointing, or take a GPU with more memory.",
            "/gpu",
        )
    many = np.greater(minimum, 1.0)
    sharding = by_word_if(many, sharded.sharding, setup.sharding)
    chosen = replace(setup, gpus=minimum, sharding=sharding)
    if np.ndim(minimum):
        return chosen, minimum, []
    return chosen, minimum, [Assumption("/gpus", float(minimum), "GPU", "the smallest number that is likely to fit")]


def by_word_if(condition: Truth, yes: Choice, no: Choice) -> Choice:
    """Choose between two words, for one set-up or each candidate."""
    if np.ndim(condition) == 0 and isinstance(yes, str) and isinstance(no, str):
        return yes if condition else no
    return np.where(condition, yes, no)


def _sharded(sharding: Choice) -> Choice:
    """Return the sharding that more than one GPU would use where the caller's does not divide the weights."""
    return by_word_if(is_any(sharding, "none", "ddp"), "fsdp", sharding)


def holds_weights(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup) -> Truth:
    """Tell whether some number of GPUs was found, and all of them together hold the weights, or the host does."""
    gpus = stated_gpus(setup)
    held = np.less_equal(weight_bytes(shape, setup) / BYTES_PER_GIB, gpus * gpu.memory_gib)
    return np.logical_and(np.isfinite(gpus), np.logical_or(setup.cpu_offload, held))


def _refuse_too_large(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup, minimum: Count | None) -> None:
    """Refuse a single set-up whose weights alone exceed the memory of all GPUs together."""
    weights = weight_bytes(shape, setup) / BYTES_PER_GIB
    together = stated_gpus(setup) * gpu.memory_gib
    if np.ndim(weights) or np.ndim(together) or np.ndim(setup.cpu_offload) or bool(holds_weights(shape, gpu, setup)):
        return
    enough = f"take {minimum:g} of them" if minimum is not None else "take GPUs with more memory"
    raise ImpossibleSetupError(
        f"The weights of {shape.title} take {weights:.0f} GiB, and {stated_gpus(setup):g} x {gpu.title} have "
        f"{together:.0f} GiB: {enough}, quantise the base (method qlora), or switch on cpu_offload.",
        "/gpus",
    )


def ways_out(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup, minimum: Count | None) -> tuple[WayOut, ...]:
    """List the single changes that would make the set-up fit, the gentlest first; else the fewest that do together."""
    memory = training_memory(shape, gpu, setup)
    if fits_in(memory, gpu).answer == "yes":
        return ()
    more_gpus: dict[str, Any] = {"gpus": minimum, "sharding": _sharded(setup.sharding)}
    tries: list[tuple[dict[str, Any], str]] = [
        ({"gradient_checkpointing": True}, "recompute activations"),
        ({"micro_batch": 1.0}, "one sequence at a time"),
        ({"optimizer": "adamw_8bit"}, "8-bit optimizer states"),
        ({"sharding": _sharded(setup.sharding)}, "divide weights and states over the GPUs"),
        (more_gpus, "divide over more GPUs"),
        ({"method": "lora"}, "train adapters instead of all weights"),
        ({"method": "qlora", "weight_bits": 4.0}, "pack the frozen base in 4 bits"),
        ({"cpu_offload": True}, "keep weights and states in host memory, slowly"),
    ]
    tries = [(change, why) for change, why in tries if change.get("gpus", 1.0) is not None]
    alone = [_way(shape, gpu, setup, change, why) for change, why in tries]
    found = tuple(way for way in alone if way is not None)
    if found:
        return found
    together: dict[str, Any] = {}
    reasons = []
    for change, why in tries:
        together |= change
        reasons.append(why)
        way = _way(shape, gpu, setup, together, "; ".join(reasons))
        if way is not None:
            return (way,)
    return ()


def _way(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup, change: dict[str, Any], why: str) -> WayOut | None:
    """Return the change if it makes the set-up fit and is one."""
    trial = replace(setup, **change)
    need = float(training_memory(shape, gpu, trial).allocated.p50)
    if trial == setup or need > gpu.memory_gib:
        return None
    return WayOut(tuple((f"/{name}", value) for name, value in change.items()), need, why)
