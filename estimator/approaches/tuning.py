"""Training runs of a tuned approach: billed by a provider, or run on own or rented GPUs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from estimator.approaches.faults import refuse_cells, told_alone
from estimator.approaches.machines import (
    at_chance,
    bought_gpus,
    gpu_sheet,
    gpu_usd_per_hour,
    model_shape,
    needed,
    params_b_of,
    refused_by_hardware,
)
from estimator.approaches.predictions import predicted_memory, predicted_training_speed
from estimator.approaches.setting import Setting, single
from estimator.components.training import (
    billed_gpu_hours,
    compute_gpu_hours,
    expected_runs,
    full_run_equivalents,
    gpu_rent_usd,
    job_gpu_hours,
    managed_run_usd,
    runs_usd,
    training_tokens,
)
from estimator.cost_line import CostLine, Step, Steps, Working
from estimator.errors import EstimatorError, PriceNotFoundError, ScenarioError
from estimator.hardware.adapters import adapter_params
from estimator.hardware.energy import POWER_UNDER_LOAD_SHARE, energy_kwh
from estimator.hardware.flops import flops_per_token
from estimator.hardware.setup import TrainingSetup
from estimator.hardware.shapes import GpuSheet, ModelShape
from estimator.hardware.spread import Spread
from estimator.hardware.training import TrainingEstimate, estimate_training
from estimator.price_book import Lifecycle, TuningOffer
from estimator.quantities import Count, Hours, Quantity, Tokens, Usd
from estimator.scenario import FineTuning, GpuTraining, ManagedTraining

USUAL_PUE = 1.3
USUAL_OVERHEAD_FACTOR = 1.2
"""Whole jobs over warm steps where the caller states an MFU: warm steps take 0.85 of a job (docs/model.md)."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """What the training runs come to.

    Parameters
    ----------
    lines : training, and the purchase of GPUs where they are bought up front
    run_usd, run_steps : one more run on all data, and how it was worked out where that stands in no line
    runs : expected runs
    tokens : tokens of one run
    gpu_hours, gpus, wall_clock_hours, memory_gib_per_gpu, energy_kwh, fits_probability : 0 or None where a provider
        trains
    lifecycle : when the service ends, where the price book knows
    workings : how memory and energy were worked out
    """

    lines: tuple[CostLine, ...]
    run_usd: Usd
    runs: Count
    tokens: Tokens
    gpu_hours: Hours = 0.0
    gpus: Count = 0.0
    wall_clock_hours: Hours | None = None
    memory_gib_per_gpu: Quantity | None = None
    energy_kwh: Quantity | None = None
    fits_probability: Quantity | None = None
    lifecycle: Lifecycle | None = None
    run_steps: Steps = ()
    workings: Mapping[str, Steps] = field(default_factory=dict)


def tune(setting: Setting, plan: FineTuning, tokens_per_example: Tokens, pointer: str) -> Tuned:
    """Price the training runs of a plan.

    Raises
    ------
    ScenarioError, ImpossibleSetupError : the plan cannot be run as stated
    PriceNotFoundError, UnknownNameError : the price book cannot price it
    """
    where = f"{pointer}/training"
    if isinstance(plan.training, ManagedTraining):
        return _managed(setting, plan, plan.training, tokens_per_example, where)
    return _on_gpus(setting, plan, plan.training, tokens_per_example, where)


def _managed(
    setting: Setting, plan: FineTuning, training: ManagedTraining, tokens_per_example: Tokens, pointer: str
) -> Tuned:
    notes = setting.notes
    lifecycle = None
    if training.prices is not None:
        per_token = training.prices.training_usd_per_mtok
        per_hour = training.prices.usd_per_training_hour
        minimum = training.prices.minimum_usd_per_run
    elif training.service is not None and training.base_model is not None:
        offer = managed_offer(setting, training, pointer)
        listed = (offer.training_usd_per_mtok, offer.training_usd_per_hour, offer.minimum_usd_per_run)
        per_token, per_hour, minimum = (notes.use(setting.price(each)) for each in listed)
        lifecycle = offer.lifecycle
    else:
        raise ScenarioError("Name a service and a base_model of the price book, or state prices.", f"{pointer}/service")
    if per_token is None and per_hour is None:
        raise PriceNotFoundError(
            "No training price per token or per hour. State one, or name another service.", f"{pointer}/prices"
        )
    if per_token is None and training.hours_per_run is None:
        raise ScenarioError("This training is billed by the hour: state hours_per_run.", f"{pointer}/hours_per_run")
    work = Working()
    length = tokens_per_example if training.padded_to_tokens is None else training.padded_to_tokens
    tokens = work(
        training_tokens,
        train_examples=plan.train_examples,
        tokens_per_example=length,
        epochs=plan.epochs,
        validation_examples=plan.validation_examples,
        validation_passes=training.validation_passes,
    )
    run_usd = work(
        managed_run_usd,
        tokens=tokens,
        price=0.0 if per_token is None else per_token,
        hours=0.0 if training.hours_per_run is None or per_hour is None else training.hours_per_run,
        usd_per_hour=0.0 if per_hour is None else per_hour,
        grader_usd=training.grader_usd_per_run,
        minimum_usd=0.0 if minimum is None else minimum,
    )
    of_run = tuple(work.steps)
    runs = work(expected_runs, planned_runs=plan.planned_runs, run_failure_rate=plan.run_failure_rate)
    usd = work(runs_usd, runs=runs, run_usd=run_usd)
    line = CostLine("training", usd, quantity=tokens * runs, quantity_unit="tokens", steps=tuple(work.steps))
    hours = None if training.hours_per_run is None else training.hours_per_run * runs
    return Tuned((line,), run_usd, runs, tokens, wall_clock_hours=hours, lifecycle=lifecycle, run_steps=of_run)


def managed_offer(setting: Setting, training: ManagedTraining, pointer: str) -> TuningOffer:
    """Look up what the price book knows of a service that tunes.

    Raises
    ------
    PriceNotFoundError, UnknownNameError : it does not know the service or the model there, or no price of it
    """
    name = str(training.base_model)
    try:
        return setting.book.tuning_offer(
            str(training.service), name, training.method, training.tier, params_b=params_b_of(name)
        )
    except EstimatorError as error:
        raise error.below(pointer) from None


def _on_gpus(
    setting: Setting, plan: FineTuning, training: GpuTraining, tokens_per_example: Tokens, pointer: str
) -> Tuned:
    work = Working()
    shape = needed(model_shape(training, pointer), "A base_model or shape", f"{pointer}/base_model", "to count FLOPs")
    sheet = needed(gpu_sheet(training, pointer), "A GPU", f"{pointer}/gpu", "to know its speed")
    tokens = work(
        training_tokens,
        train_examples=plan.train_examples,
        tokens_per_example=tokens_per_example,
        epochs=plan.epochs,
    )
    refuse = not setting.choices.drawn
    sequence = _sequence(training, shape, tokens_per_example)
    estimate = estimated_training(training, shape, sheet, tokens_per_example, tokens, pointer, refuse=refuse)
    setting.choices.note_unable(pointer, estimate.possible)
    gpus = estimate.gpus if training.gpus is None else training.gpus
    if training.gpus is None:
        planned = setting.choices.settle(f"{pointer}/gpus", lambda: estimate.gpus)
        setting.choices.note_unable(pointer, np.isfinite(gpus))
        if not np.all(np.isfinite(gpus)):
            gpus = np.where(np.isfinite(gpus), gpus, planned)
            stated = replace(training, gpus=gpus)
            estimate = estimated_training(stated, shape, sheet, tokens_per_example, tokens, pointer)
        setting.notes.assume(f"{pointer}/gpus", single(gpus), "GPU", "smallest number that fits (hardware model)")
    _note_probe(setting, estimate, pointer)
    _warn_of_memory(setting, estimate, pointer)
    run_hours: Hours
    overhead: Quantity
    if training.mfu is None:
        run_hours, overhead = at_chance(_known(estimate.gpu_hours), training.gpu_hours_quantile), 1.0
        work.steps += _predicted(training, gpus, sequence, tokens, estimate.tokens_per_second, run_hours)
        setting.notes.assume(
            f"{pointer}/mfu", single(estimate.mfu), "1", "hardware model, checked against published runs"
        )
    else:
        frozen = training.method != "full"
        adapters = adapter_params(shape, training.lora_rank, training.lora_targets) if frozen else 0.0
        flops = work(
            flops_per_token, method=training.method, params=shape.active_params_b * 1e9, adapter_params=adapters
        )
        run_hours = work(
            compute_gpu_hours,
            tokens=tokens,
            flop_per_token=flops,
            padding_factor=training.padding_factor,
            peak_flop_per_second=_peak_flop_per_second(training, sheet),
            mfu=training.mfu,
        )
        overhead = USUAL_OVERHEAD_FACTOR if training.overhead_factor is None else training.overhead_factor
        if training.overhead_factor is None:
            basis = "warm steps take about 0.85 of a whole job"
            setting.notes.assume(f"{pointer}/overhead_factor", overhead, "1", basis)
    of_run = tuple(work.steps)
    runs = work(expected_runs, planned_runs=plan.planned_runs, run_failure_rate=plan.run_failure_rate)
    equivalents = work(
        full_run_equivalents,
        planned_runs=plan.planned_runs,
        search_data_share=training.search_data_share,
        run_failure_rate=plan.run_failure_rate,
    )
    billed = work(
        billed_gpu_hours,
        run_equivalents=equivalents,
        run_gpu_hours=run_hours,
        overhead_factor=overhead,
        runs=runs,
        startup_hours=training.startup_hours,
        gpus=gpus,
    )
    hourly = gpu_usd_per_hour(setting, training, pointer, work, always_on=False)
    usd = work(gpu_rent_usd, gpu_hours=billed, usd_per_gpu_hour=hourly)
    line = CostLine("training", usd, quantity=billed, quantity_unit="GPU-hours", steps=tuple(work.steps))
    again, used = Working(), Working()
    again.steps += of_run
    one_run = again(
        billed_gpu_hours,
        run_equivalents=1.0,
        run_gpu_hours=run_hours,
        overhead_factor=overhead,
        runs=1.0,
        startup_hours=training.startup_hours,
        gpus=gpus,
    )
    run_usd = again(gpu_rent_usd, gpu_hours=one_run, usd_per_gpu_hour=hourly)
    memory = at_chance(estimate.memory.allocated, training.memory_quantile)
    if training.owned is None:
        load_share, pue = POWER_UNDER_LOAD_SHARE, USUAL_PUE
    else:
        load_share, pue = training.owned.load_share, training.owned.pue
    return Tuned(
        lines=(line, *bought_gpus(setting, training.owned, gpus)),
        run_usd=run_usd,
        runs=runs,
        tokens=tokens,
        gpu_hours=billed,
        gpus=gpus,
        wall_clock_hours=billed / gpus,
        memory_gib_per_gpu=memory,
        fits_probability=estimate.fits.probability,
        energy_kwh=used(energy_kwh, gpu_hours=billed, power_watts=sheet.power_watts, load_share=load_share, pue=pue),
        run_steps=tuple(again.steps),
        workings={
            "memory_gib_per_gpu": (predicted_memory(training, gpus, sequence, estimate.memory, memory),),
            "energy_kwh": tuple(used.steps),
        },
    )


def _predicted(
    training: GpuTraining, gpus: Count, sequence: Tokens, tokens: Tokens, speed: Spread, run_hours: Hours
) -> Steps:
    """Show how the GPU-hours of a run follow from the speed that the hardware model gives."""
    warm = job_gpu_hours(tokens, speed.p50, gpus, 1.0)
    inputs = {
        "training_tokens": tokens,
        "tokens_per_second": speed.p50,
        "gpus": gpus,
        "overhead_factor": run_hours / np.where(np.equal(warm, 0.0), 1.0, warm),
    }
    return (
        predicted_training_speed(training, gpus, sequence, speed),
        Step(job_gpu_hours, inputs, run_hours),
    )


def _sequence(training: GpuTraining, shape: ModelShape, tokens_per_example: Tokens) -> Tokens:
    """Return the tokens of a sequence: as stated, or as long as an example."""
    stated: Tokens | None = training.sequence_tokens
    clipped: Tokens = np.clip(np.ceil(tokens_per_example), 1.0, shape.context_tokens)
    return clipped if stated is None else stated


def estimated_training(
    training: GpuTraining,
    shape: ModelShape,
    sheet: GpuSheet,
    tokens_per_example: Tokens,
    tokens: Tokens,
    pointer: str,
    *,
    refuse: bool = False,
) -> TrainingEstimate:
    """Ask the hardware model what one run takes.

    Parameters
    ----------
    refuse : whether cells of many that cannot run are refused

    Raises
    ------
    ImpossibleSetupError : the job cannot run so
    CellsError : in some of many cells it cannot, where they are refused
    """
    probe = training.probe
    given = {} if probe is None else {name: getattr(probe, name) for name in probe.__slots__}
    setup = training_setup(
        training,
        shape,
        tokens_per_example,
        method=training.method,
        weight_bits=training.weight_bits,
        gpus=training.gpus,
        memory_quantile=training.memory_quantile,
        training_tokens=tokens,
        probe={name: value for name, value in given.items() if value is not None} or None,
        overhead_factor=training.overhead_factor,
    )

    def told(error: EstimatorError) -> EstimatorError:
        return refused_by_hardware(error, training, pointer)

    try:
        found = _training_of(shape, sheet, setup)
    except EstimatorError as error:
        raise told(error) from None
    if refuse:
        refuse_cells(found.possible, told_alone(estimate_training, shape, sheet, setup, told=told))
    return found


def training_setup(
    training: GpuTraining, shape: ModelShape, tokens_per_example: Tokens, **stated: Any
) -> TrainingSetup:
    """Return a run as the hardware model takes it: how a plan trains, whatever the model, and what is stated beside.

    An example is a sequence of its own where the plan states no other length.
    """
    return TrainingSetup(
        lora_rank=training.lora_rank,
        lora_targets=training.lora_targets,
        sharding=training.sharding,
        stack=training.stack,
        precision=training.precision,
        optimizer=training.optimizer,
        sequence_tokens=_sequence(training, shape, tokens_per_example),
        micro_batch=training.micro_batch,
        gradient_checkpointing=training.gradient_checkpointing,
        packed=training.packed,
        cpu_offload=training.cpu_offload,
        **stated,
    )


def _training_of(shape: ModelShape, sheet: GpuSheet, setup: TrainingSetup) -> TrainingEstimate:
    """Ask the hardware model, or remember what it said: a change elsewhere in a scenario sizes no job anew."""
    given = {name: getattr(setup, name) for name in setup.__slots__}
    try:
        hash((shape, sheet, *given.values()))
    except TypeError:  # many cells at once, or a probe
        return estimate_training(shape, sheet, setup)
    return _remembered(shape, sheet, **given)


@lru_cache(maxsize=256, typed=True)
def _remembered(shape: ModelShape, sheet: GpuSheet, **given: Any) -> TrainingEstimate:
    """Keep what single set-ups take; frozen in, frozen out."""
    return estimate_training(shape, sheet, TrainingSetup(**given))


def _peak_flop_per_second(training: GpuTraining, sheet: GpuSheet) -> Quantity:
    return (sheet.fp8_tflops if training.precision == "fp8" else sheet.bf16_tflops) * 1e12


def _known(hours: Spread | None) -> Spread:
    """Return the hours of a job whose tokens were given, as they always are here."""
    if hours is None:
        raise TypeError("The hardware model counts hours where the training tokens are given.")
    return hours


def _note_probe(setting: Setting, estimate: TrainingEstimate, pointer: str) -> None:
    """Show by which factors a measured run has scaled the estimate, and which error it leaves."""
    before = estimate.before_probe
    if before is None:
        return
    speeds = (estimate.tokens_per_second, before.tokens_per_second)
    peaks = (estimate.memory.allocated, before.memory.allocated)
    for what, (after, plain) in (("speed", speeds), ("peak memory", peaks)):
        factor = single(after.p50 / plain.p50)
        if factor is not None and factor != 1.0:
            left = f"an error of {float(np.max(after.sigma)):.0%} is left"
            setting.notes.assume(f"{pointer}/probe", factor, "1", f"your {what} over the estimate for it; {left}")


def _warn_of_memory(setting: Setting, estimate: TrainingEstimate, pointer: str) -> None:
    answers, chances = np.ravel(estimate.fits.answer), np.ravel(estimate.fits.probability)
    worst = int(np.argmin(chances))
    if answers[worst] != "yes":
        setting.notes.warn(
            "memory_fit",
            f"{pointer}/gpus",
            f"Fits the memory: {answers[worst]} (probability {float(chances[worst]):.2f}).",
        )
