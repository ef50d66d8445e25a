"""What a fine-tuning job takes: speed, hours, memory, energy, each with its measured error."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from estimator.errors import ScenarioError
from estimator.hardware.adapters import adapter_params, target_modules
from estimator.hardware.choices import Truth, is_any, require_known, when
from estimator.hardware.constants import constants
from estimator.hardware.energy import DEFAULT_PUE, POWER_UNDER_LOAD_SHARE, energy_kwh
from estimator.hardware.intervals import training_speed_sigma
from estimator.hardware.obstacles import is_possible, refuse, training_obstacles
from estimator.hardware.plain import plain
from estimator.hardware.remarks import Assumption, Caution, WayOut
from estimator.hardware.setup import INTERCONNECTS, OPTIMIZERS, PROBED_AT, PROBES, TrainingSetup
from estimator.hardware.shapes import GpuSheet, ModelShape
from estimator.hardware.spread import Spread
from estimator.hardware.training_fit import (
    Fits,
    Memory,
    fits_in,
    holds_weights,
    largest_micro_batch,
    largest_sequence,
    stated_gpus,
    training_memory,
    ways_out,
    with_gpus,
)
from estimator.hardware.training_remarks import training_assumptions, training_warnings
from estimator.hardware.training_speed import (
    StepTime,
    attention_flop_per_token,
    micro_step,
)
from estimator.quantities import SECONDS_PER_HOUR, Count, Hours, Quantity, Share, Tokens
from estimator.scenario.training import METHODS, PRECISIONS, SHARDINGS, STACKS

TERA = 1e12


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
    setup, least, assumptions = with_gpus(shape, gpu, setup)
    estimate = _estimate(shape, gpu, setup, power_load_share, pue)
    estimate = replace(
        estimate,
        minimum_gpus=least,
        possible=np.logical_and(is_possible(obstacles), holds_weights(shape, gpu, setup)),
        assumptions=(*assumptions, *training_assumptions(setup, power_load_share, pue)),
        warnings=training_warnings(gpu, setup),
    )
    if np.ndim(estimate.fits.probability) == 0:
        estimate = replace(estimate, ways_out=ways_out(shape, gpu, setup, least))
    if setup.probe is not None:
        estimate = _probed(shape, gpu, setup, estimate, (power_load_share, pue))
    return plain(estimate)


def training_speed(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup) -> Spread:
    """Estimate the tokens per second of all GPUs in warm steps; padding counts as tokens."""
    gpus = stated_gpus(setup)
    step = micro_step(shape, gpu, setup, gpus, constants("training_speed"))
    tokens = gpus * setup.micro_batch * setup.sequence_tokens
    return Spread(tokens / step.seconds, training_speed_sigma(setup.stack, gpu.architecture))


def model_flop_per_token(shape: ModelShape, setup: TrainingSetup) -> Quantity:
    """Count the model FLOPs of a token, attention included, nothing counted twice for recomputation."""
    full = is_any(setup.method, "full")
    phi = when(full, 6.0, 4.0)
    adapters = when(full, 0.0, 6.0 * adapter_params(shape, setup.lora_rank, setup.lora_targets))
    attention = attention_flop_per_token(shape, setup.sequence_tokens) * 3.0
    return phi * shape.active_params_b * 1e9 + adapters + attention


def _estimate(
    shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup, load_share: Share, pue: Quantity
) -> TrainingEstimate:
    gpus = stated_gpus(setup)
    fit = constants("training_speed")
    step = micro_step(shape, gpu, setup, gpus, fit)
    tokens = gpus * setup.micro_batch * setup.sequence_tokens
    sigma = training_speed_sigma(setup.stack, gpu.architecture)
    speed = Spread(tokens / step.seconds, sigma)
    memory = training_memory(shape, gpu, setup)
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
        fits=fits_in(memory, gpu),
        gpus=gpus,
        minimum_gpus=None,
        largest_micro_batch=largest_micro_batch(shape, gpu, setup, memory),
        largest_sequence_tokens=largest_sequence(shape, gpu, setup, memory),
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
    usual = constants("training_speed")["job_overhead"]
    overhead = usual if setup.overhead_factor is None else setup.overhead_factor
    padding: Quantity = 1.0
    if setup.mean_tokens_per_example is not None:
        padding = when(setup.packed, 1.0, setup.sequence_tokens / setup.mean_tokens_per_example)
    seconds = speed.inverse(setup.training_tokens * padding * overhead * (1.0 + setup.expected_restart_share))
    wider = np.hypot(speed.sigma, 0.0 if stated else spread["job_overhead"])
    hours: Hours = seconds.p50 / SECONDS_PER_HOUR + setup.startup_hours
    return Spread(hours, wider)


def _probed(
    shape: ModelShape,
    gpu: GpuSheet,
    setup: TrainingSetup,
    before: TrainingEstimate,
    power: tuple[Share, Quantity],
) -> TrainingEstimate:
    """Scale speed or memory by a measured run, and narrow it to the error that probes leave."""
    probe: dict[str, Any] = dict(setup.probe or {})
    left = constants("spread")
    known = {name: probe.pop(name) for name in PROBES if name in probe}
    run = replace(setup, probe=None, **probe)
    same = not probe
    width = left["probe_same_setup"] if same else left["probe_other_setup"]
    after = before
    if "peak_memory_gib" in known:
        measured_ratio = known["peak_memory_gib"] / training_memory(shape, gpu, run).allocated.p50
        sigma = left["probe_memory"]
        memory = Memory(
            Spread(before.memory.allocated.p50 * measured_ratio, sigma),
            Spread(before.memory.reserved.p50 * measured_ratio, sigma),
            before.memory.parts,
        )
        after = replace(after, memory=memory, fits=fits_in(memory, gpu))
    measured: Quantity | None = known.get("tokens_per_second")
    if "seconds_per_step" in known:
        step_tokens = stated_gpus(run) * run.micro_batch * run.sequence_tokens * _probe_steps(run)
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
    require_known(setup.interconnect, "interconnect", INTERCONNECTS, "/interconnect")
    require_known(setup.optimizer, "optimizer", OPTIMIZERS, "/optimizer")
    for targets in [setup.lora_targets] if isinstance(setup.lora_targets, str) else np.unique(setup.lora_targets):
        target_modules(str(targets))
    for name in ("sequence_tokens", "micro_batch", "lora_rank"):
        if np.any(np.less(getattr(setup, name), 1.0)):
            raise ScenarioError(f"{name} below 1 was asked: give at least 1.", f"/{name}")
    if setup.gpus is not None and np.any(np.less(setup.gpus, 1.0)):
        raise ScenarioError("Less than one GPU was asked: give at least 1, or null for the smallest number.", "/gpus")
    for name, value in (setup.probe or {}).items():
        require_known(name, "probe", (*PROBES, *PROBED_AT), f"/probe/{name}")
        if np.any(np.less_equal(value, 0.0)):
            raise ScenarioError(f"A probe with {name} of {value} was given: give more than 0.", f"/probe/{name}")
