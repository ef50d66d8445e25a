"""What a fine-tuning job takes: speed, hours, memory, energy, each with its measured error."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from estimator.errors import ImpossibleSetupError, ScenarioError
from estimator.hardware.adapters import adapter_params, target_modules
from estimator.hardware.choices import Choice, Truth, is_any, require_known, when
from estimator.hardware.constants import constants
from estimator.hardware.energy import DEFAULT_PUE, POWER_UNDER_LOAD_SHARE, energy_kwh
from estimator.hardware.intervals import FEW_ROWS, gpu_class, training_memory_sigma, training_speed_sigma
from estimator.hardware.obstacles import is_possible, refuse, training_obstacles
from estimator.hardware.remarks import Assumption, Caution, WayOut
from estimator.hardware.setup import METHODS, OPTIMIZERS, PRECISIONS, PROBES, SHARDINGS, STACKS, TrainingSetup
from estimator.hardware.shapes import GpuSheet, ModelShape
from estimator.hardware.spread import Spread
from estimator.hardware.training_memory import MemoryParts, peak_memory
from estimator.hardware.training_speed import (
    StepTime,
    accumulation,
    attention_flop_per_token,
    base_bits,
    micro_step,
    weight_bytes,
)
from estimator.quantities import BYTES_PER_GIB, SECONDS_PER_HOUR, Count, Hours, Quantity, Share, Tokens

GPU_COUNTS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0)
LIKELY, CERTAIN = 0.5, 0.9
"""Probabilities of fitting from which the answer is "likely" and "yes"."""
TERA = 1e12


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


@dataclass(frozen=True, slots=True)
class TrainingEstimate:
    """The answer to a fine-tuning job; arrays hold one candidate an entry.

    `tokens_per_second` is of all GPUs in warm steps; `gpu_hours` and `wall_clock_hours` are of the whole job, None
    without `training_tokens`. `before_probe` is the same answer before the probe was used.
    """

    tokens_per_second: Spread
    seconds_per_step: Spread
    gpu_hours: Spread | None
    wall_clock_hours: Spread | None
    memory: Memory
    fits: Fits
    gpus: Count
    minimum_gpus: Count | None
    largest_micro_batch: Count
    largest_sequence_tokens: Tokens
    mfu: Share
    energy_kwh: Spread | None
    possible: Truth
    step: StepTime
    ways_out: tuple[WayOut, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    warnings: tuple[Caution, ...] = ()
    before_probe: "TrainingEstimate | None" = None


def estimate_training(
    shape: ModelShape,
    gpu: GpuSheet,
    setup: TrainingSetup,
    *,
    power_load_share: Share = POWER_UNDER_LOAD_SHARE,
    pue: Quantity = DEFAULT_PUE,
) -> TrainingEstimate:
    """Estimate speed, hours, memory and energy of a fine-tuning job.

    Raises
    ------
    ImpossibleSetupError : a single set-up that no memory or patience makes possible; says what would work
    UnknownNameError : a method, stack, sharding, precision, optimizer or LoRA target nobody knows
    ScenarioError : a figure outside its range

    Examples
    --------
    >>> from estimator.hardware.catalogue import base_model, gpu
    >>> job = TrainingSetup(method="qlora", sequence_tokens=2048, micro_batch=2, training_tokens=1e6)
    >>> answer = estimate_training(base_model("Llama-3.1-8B"), gpu("RTX-4090"), job)
    >>> answer.fits.answer, answer.minimum_gpus
    ('yes', 1.0)
    """
    _check(setup)
    obstacles = training_obstacles(shape, gpu, setup)
    refuse(obstacles)
    setup, least, assumptions = _with_gpus(shape, gpu, setup)
    estimate = _estimate(shape, gpu, setup, power_load_share, pue)
    estimate = replace(
        estimate,
        minimum_gpus=least,
        possible=is_possible(obstacles),
        assumptions=(*assumptions, *_assumptions(setup, power_load_share, pue)),
        warnings=_warnings(gpu, setup),
    )
    if np.ndim(estimate.fits.probability) == 0:
        estimate = replace(estimate, ways_out=_ways_out(shape, gpu, setup, estimate))
    return estimate if setup.probe is None else _probed(shape, gpu, setup, estimate, (power_load_share, pue))


def training_speed(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup) -> Spread:
    """Estimate the tokens per second of all GPUs in warm steps; padding counts as tokens."""
    gpus = _stated_gpus(setup)
    step = micro_step(shape, gpu, setup, gpus, constants("training_speed"))
    tokens = gpus * setup.micro_batch * setup.sequence_tokens
    return Spread(tokens / step.seconds, training_speed_sigma(setup.stack, gpu.architecture))


def model_flop_per_token(shape: ModelShape, setup: TrainingSetup) -> Quantity:
    """Count the model FLOPs of a token: 6 or 4 times the active parameters, adapters, causal attention; no recomputation."""
    full = is_any(setup.method, "full")
    phi = when(full, 6.0, 4.0)
    adapters = when(full, 0.0, 6.0 * adapter_params(shape, setup.lora_rank, setup.lora_targets))
    attention = attention_flop_per_token(shape, setup.sequence_tokens) * 3.0
    return phi * shape.active_params_b * 1e9 + adapters + attention


def _stated_gpus(setup: TrainingSetup) -> Count:
    if setup.gpus is None:
        raise ScenarioError("The number of GPUs is open: state it, or ask estimate_training to find it.", "/gpus")
    return setup.gpus


def _estimate(
    shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup, load_share: Share, pue: Quantity
) -> TrainingEstimate:
    gpus = _stated_gpus(setup)
    fit = constants("training_speed")
    step = micro_step(shape, gpu, setup, gpus, fit)
    tokens = gpus * setup.micro_batch * setup.sequence_tokens
    sigma = training_speed_sigma(setup.stack, gpu.architecture)
    speed = Spread(tokens / step.seconds, sigma)
    memory = _memory(shape, gpu, setup)
    wall = _wall_clock(setup, speed)
    hours = None if wall is None else wall.scaled(gpus)
    peak = np.where(
        np.logical_and(is_any(setup.precision, "fp8"), np.greater(gpu.fp8_tflops, 0.0)), gpu.fp8_tflops, gpu.bf16_tflops
    )
    return TrainingEstimate(
        tokens_per_second=speed,
        seconds_per_step=speed.inverse(tokens * _probe_steps(setup)),
        gpu_hours=hours,
        wall_clock_hours=wall,
        memory=memory,
        fits=_fits(memory, gpu),
        gpus=gpus,
        minimum_gpus=None,
        largest_micro_batch=_largest_micro_batch(shape, gpu, setup, memory),
        largest_sequence_tokens=_largest_sequence(shape, gpu, setup, memory),
        mfu=speed.p50 / gpus * model_flop_per_token(shape, setup) / (peak * TERA),
        energy_kwh=None if hours is None else hours.scaled(energy_kwh(1.0, gpu.power_watts, load_share, pue)),
        possible=True,
        step=step,
    )


def _probe_steps(setup: TrainingSetup) -> Count:
    """Count the micro batches of what a trainer prints as a step: one, unless accumulation is stated."""
    return 1.0 if setup.gradient_accumulation is None else setup.gradient_accumulation


def _wall_clock(setup: TrainingSetup, speed: Spread) -> Spread | None:
    """Turn warm speed into the hours of the whole job: overhead, restarts, padding, start-up."""
    if setup.training_tokens is None:
        return None
    spread = constants("spread")
    stated = setup.overhead_factor is not None
    overhead = setup.overhead_factor if stated else constants("training_speed")["job_overhead"]
    padding = 1.0
    if setup.mean_tokens_per_example is not None:
        padding = when(setup.packed, 1.0, setup.sequence_tokens / setup.mean_tokens_per_example)
    seconds = speed.inverse(setup.training_tokens * padding * overhead * (1.0 + setup.expected_restart_share))
    wider = np.hypot(speed.sigma, 0.0 if stated else spread["job_overhead"])
    hours: Hours = seconds.p50 / SECONDS_PER_HOUR + setup.startup_hours
    return Spread(hours, wider)


def _memory(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup) -> Memory:
    fit = constants("training_memory")
    parts = peak_memory(shape, gpu, setup, _stated_gpus(setup), fit)
    allocated = Spread(parts.allocated_gib, training_memory_sigma(gpu.architecture))
    held = when(setup.packed, fit["reserved_factor_fixed"], fit["reserved_factor_variable"])
    return Memory(allocated, allocated.scaled(held), parts)


def _fits(memory: Memory, gpu: GpuSheet) -> Fits:
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


def _largest_micro_batch(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup, memory: Memory) -> Count:
    """Scale the activations of this set-up, which grow with the micro batch, to the room there is."""
    one = memory.parts.growing / setup.micro_batch
    return np.floor(_room_gib(gpu, memory) / one + 1e-9)


def _largest_sequence(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup, memory: Memory) -> Tokens:
    """Scale the activations to the room there is: linear in the sequence, quadratic with unfused attention."""
    room = _room_gib(gpu, memory)
    parts = memory.parts
    ratio = room / parts.growing
    ratio = when(setup.flash_attention, ratio, np.where(np.greater(ratio, 1.0), np.sqrt(ratio), ratio))
    return np.minimum(np.floor(ratio * setup.sequence_tokens), shape.context_tokens)


def _with_gpus(
    shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup
) -> tuple[TrainingSetup, Count | None, list[Assumption]]:
    """Find the smallest number of GPUs, and take it where none is stated; more than one means sharding."""
    sharded = replace(setup, sharding=_sharded(setup.sharding))
    fit = constants("training_memory")
    least: Quantity = np.full(np.broadcast(shape.params_b, gpu.memory_gib, setup.micro_batch).shape, np.inf)
    for count in reversed(GPU_COUNTS):
        trial = setup if count == 1.0 else sharded
        need = peak_memory(shape, gpu, trial, np.float64(count), fit).allocated_gib
        least = np.where(np.less_equal(need, gpu.memory_gib), count, least)
    minimum: Count | None = least if np.ndim(least) else (float(least) if np.isfinite(least) else None)
    if setup.gpus is not None:
        _refuse_too_large(shape, gpu, setup, minimum)
        return setup, minimum, []
    if minimum is None:
        raise ImpossibleSetupError(
            f"{shape.id or 'The model'} does not fit {GPU_COUNTS[-1]:g} x {gpu.id} with a micro batch of "
            f"{setup.micro_batch:g} x {setup.sequence_tokens:g} tokens: reduce the micro batch or the sequence, switch on "
            "gradient_checkpointing, or take a GPU with more memory.",
            "/gpu",
        )
    many = np.greater(minimum, 1.0)
    sharding = by_word_if(many, sharded.sharding, setup.sharding)
    chosen = replace(setup, gpus=minimum, sharding=sharding)
    shown = minimum if np.ndim(minimum) == 0 else float("nan")
    return chosen, minimum, [Assumption("/gpus", shown, "GPU", "the smallest number that is likely to fit")]


def by_word_if(condition: Truth, yes: Choice, no: Choice) -> Choice:
    """Choose between two words, for one set-up or each candidate."""
    if np.ndim(condition) == 0 and isinstance(yes, str) and isinstance(no, str):
        return yes if condition else no
    return np.where(condition, yes, no)


def _sharded(sharding: Choice) -> Choice:
    """Return the sharding that more than one GPU would use where the caller's does not divide the weights."""
    return by_word_if(is_any(sharding, "none", "ddp"), "fsdp", sharding)


def _refuse_too_large(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup, minimum: Count | None) -> None:
    """Refuse a single set-up whose weights alone exceed the memory of all GPUs together."""
    weights = weight_bytes(shape, setup) / BYTES_PER_GIB
    together = _stated_gpus(setup) * gpu.memory_gib
    if np.ndim(weights) or np.ndim(together) or bool(np.any(setup.cpu_offload)) or weights <= together:
        return
    enough = f"take {minimum:g} of them" if minimum is not None else "take GPUs with more memory"
    raise ImpossibleSetupError(
        f"The weights of {shape.id or 'the model'} take {weights:.0f} GiB, and {_stated_gpus(setup):g} x {gpu.id} have "
        f"{together:.0f} GiB: {enough}, quantise the base (method qlora), or switch on cpu_offload.",
        "/gpus",
    )


def _ways_out(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup, estimate: TrainingEstimate) -> tuple[WayOut, ...]:
    """List the single changes that would make the set-up fit, the gentlest first."""
    if estimate.fits.answer == "yes":
        return ()
    least = estimate.minimum_gpus
    tries: list[tuple[str, float | str | bool, TrainingSetup, str]] = [
        ("/gradient_checkpointing", True, replace(setup, gradient_checkpointing=True), "recompute activations"),
        ("/micro_batch", 1.0, replace(setup, micro_batch=1.0), "one sequence at a time"),
        ("/optimizer", "adamw_8bit", replace(setup, optimizer="adamw_8bit"), "8-bit optimizer states"),
        ("/method", "lora", replace(setup, method="lora"), "train adapters instead of all weights"),
        ("/method", "qlora", replace(setup, method="qlora", weight_bits=4.0), "pack the frozen base in 4 bits"),
        ("/sharding", "fsdp", replace(setup, sharding="fsdp"), "divide weights and states over the GPUs"),
        ("/gpus", least or 0.0, replace(setup, gpus=least, sharding=_sharded(setup.sharding)), "divide over more GPUs"),
        ("/cpu_offload", True, replace(setup, cpu_offload=True), "keep weights and states in host memory, slowly"),
    ]
    found = []
    for pointer, value, trial, why in tries:
        if trial == setup or trial.gpus is None:
            continue
        need = float(_memory(shape, gpu, trial).allocated.p50)
        if need <= gpu.memory_gib and need < float(estimate.memory.allocated.p50):
            found.append(WayOut(pointer, value, need, why))
    return tuple(found)


def _probed(
    shape: ModelShape,
    gpu: GpuSheet,
    setup: TrainingSetup,
    before: TrainingEstimate,
    power: tuple[Share, Quantity],
) -> TrainingEstimate:
    """Scale speed or memory by a measured run, and narrow it to the error that probes leave."""
    probe = dict(setup.probe or {})
    left = constants("spread")
    known = {name: probe.pop(name) for name in PROBES if name in probe}
    run = replace(setup, probe=None, **probe)
    same = not probe
    width = left["probe_same_setup"] if same else left["probe_other_setup"]
    after = before
    if "peak_memory_gib" in known:
        ratio = known["peak_memory_gib"] / _memory(shape, gpu, run).allocated.p50
        sigma = left["probe_memory"]
        memory = Memory(
            Spread(before.memory.allocated.p50 * ratio, sigma),
            Spread(before.memory.reserved.p50 * ratio, sigma),
            before.memory.parts,
        )
        after = replace(after, memory=memory, fits=_fits(memory, gpu))
    measured = known.get("tokens_per_second")
    if "seconds_per_step" in known:
        step_tokens = _stated_gpus(run) * run.micro_batch * run.sequence_tokens * _probe_steps(run)
        measured = step_tokens / known["seconds_per_step"]
    if measured is not None:
        ratio = measured / training_speed(shape, gpu, run).p50
        after = _rescaled(gpu, setup, after, ratio, width, power)
    return replace(after, before_probe=before)


def _rescaled(
    gpu: GpuSheet,
    setup: TrainingSetup,
    before: TrainingEstimate,
    ratio: Quantity,
    sigma: Quantity,
    power: tuple[Share, Quantity],
) -> TrainingEstimate:
    speed = Spread(before.tokens_per_second.p50 * ratio, sigma)
    wall = _wall_clock(setup, speed)
    hours = None if wall is None else wall.scaled(before.gpus)
    tokens = before.gpus * setup.micro_batch * setup.sequence_tokens * _probe_steps(setup)
    return replace(
        before,
        tokens_per_second=speed,
        seconds_per_step=speed.inverse(tokens),
        gpu_hours=hours,
        wall_clock_hours=wall,
        mfu=before.mfu * ratio,
        energy_kwh=None if hours is None else hours.scaled(energy_kwh(1.0, gpu.power_watts, *power)),
    )


def _check(setup: TrainingSetup) -> None:
    """Refuse words that are no options and figures outside their range."""
    require_known(setup.method, "method", METHODS, "/method")
    require_known(setup.stack, "stack", STACKS, "/stack")
    require_known(setup.sharding, "sharding", SHARDINGS, "/sharding")
    require_known(setup.precision, "precision", PRECISIONS, "/precision")
    require_known(setup.optimizer, "optimizer", OPTIMIZERS, "/optimizer")
    for targets in [setup.lora_targets] if isinstance(setup.lora_targets, str) else np.unique(setup.lora_targets):
        target_modules(str(targets))
    for name in ("sequence_tokens", "micro_batch", "lora_rank"):
        if np.any(np.less(getattr(setup, name), 1.0)):
            raise ScenarioError(f"{name} below 1 was asked: give at least 1.", f"/{name}")
    if setup.gpus is not None and np.any(np.less(setup.gpus, 1.0)):
        raise ScenarioError("Less than one GPU was asked: give at least 1, or null for the smallest number.", "/gpus")
    for name, value in (setup.probe or {}).items():
        if not value > 0:
            raise ScenarioError(f"A probe with {name} of {value} was given: give more than 0.", f"/probe/{name}")


def _assumptions(setup: TrainingSetup, load_share: Share, pue: Quantity) -> tuple[Assumption, ...]:
    """List the defaults that the figures rest on."""
    used = []
    if setup.gradient_accumulation is None:
        count = float(np.max(accumulation(setup)))
        used.append(Assumption("/gradient_accumulation", count, "1", "micro batches that share an optimizer step"))
    if setup.weight_bits is None and np.ndim(base_bits(setup)) == 0:
        used.append(Assumption("/weight_bits", float(base_bits(setup)), "bit", "usual for the method"))
    if setup.training_tokens is not None:
        if setup.overhead_factor is None:
            factor = constants("training_speed")["job_overhead"]
            used.append(Assumption("/overhead_factor", factor, "1", "whole jobs over warm steps, fitted"))
        if np.ndim(load_share) == 0 and np.ndim(pue) == 0:
            used.append(
                Assumption("/power_load_share", float(load_share), "1", "board power under load over rated power")
            )
            used.append(Assumption("/pue", float(pue), "1", "ordinary data centre"))
    return tuple(used)


def _warnings(gpu: GpuSheet, setup: TrainingSetup) -> tuple[Caution, ...]:
    """List the reasons to trust the figures less."""
    cautions = []
    if isinstance(gpu.architecture, str) and gpu_class(gpu.architecture) in FEW_ROWS:
        reason = FEW_ROWS[gpu_class(gpu.architecture)]
        cautions.append(Caution("few_measurements", "/gpu", f"{gpu.id}: {reason}; the intervals are wider."))
    if np.any(np.logical_not(setup.packed)) and setup.mean_tokens_per_example is None:
        cautions.append(
            Caution("padding_unknown", "/packed", "Unpacked examples: training_tokens is taken to include padding.")
        )
    alone = is_any(setup.sharding, "none")
    several = False if setup.gpus is None else np.greater(setup.gpus, 1.0)
    if np.ndim(alone) == 0 and alone and np.ndim(several) == 0 and several and not is_any(setup.stack, "megatron"):
        cautions.append(
            Caution("not_sharded", "/sharding", "Several GPUs without sharding: each holds the whole model (as ddp).")
        )
    return tuple(cautions)
