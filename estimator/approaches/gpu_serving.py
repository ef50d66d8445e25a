"""Running cost on own or rented GPUs: whole replicas for the peak of the traffic, or busy seconds."""

from collections.abc import Callable
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
    refused_by_hardware,
)
from estimator.approaches.outline import Break, Running
from estimator.approaches.predictions import predicted_serving_speed
from estimator.approaches.setting import Setting, single
from estimator.components.hosting import (
    autoscaled_usd,
    replica_capacity,
    replicas,
    replicas_usd,
    seconds_per_request,
)
from estimator.components.training import gpu_rent_usd
from estimator.cost_line import CostLine, Working
from estimator.errors import EstimatorError, ScenarioError
from estimator.hardware.constants import constants
from estimator.hardware.serving import ServingEstimate, estimate_serving
from estimator.hardware.setup import ServingSetup
from estimator.hardware.spread import Spread
from estimator.quantities import HOURS_PER_MONTH, SECONDS_PER_HOUR, SECONDS_PER_MONTH, Quantity, Requests, Tokens
from estimator.scenario import GpuServing

USUAL_MAX_UTILISATION = 0.9
"""Above this share of saturation the time to first token explodes (docs/model.md, hosting)."""


def plan_gpus(
    setting: Setting, serving: GpuServing, prompt_tokens: Tokens, pointer: str
) -> Callable[[Requests], Running]:
    """Prepare serving on GPUs: what does not depend on the traffic is worked out once.

    Raises
    ------
    ScenarioError : speeds are neither stated nor computable from a model and a GPU
    PriceNotFoundError, UnknownNameError : the price book or a table does not know the GPU or the model
    """
    load = setting.scenario.workload
    if serving.autoscaled and serving.owned is not None and serving.owned.paid == "upfront":
        raise ScenarioError(
            "GPUs bought at the start are kept, not scaled to zero: set autoscaled to false, or paid to amortised.",
            f"{pointer}/autoscaled",
        )
    work = Working()
    hourly = gpu_usd_per_hour(setting, serving, pointer, work, always_on=True)
    prefill, decode = _speeds(setting, serving, prompt_tokens, pointer, work)
    seconds = work(
        seconds_per_request,
        prompt_tokens=prompt_tokens,
        prefix_cache_hit_rate=serving.prefix_cache_hit_rate,
        input_tokens=load.input_tokens,
        prefill_tokens_per_second=prefill,
        generated_tokens=load.output_tokens + load.reasoning_tokens,
        decode_tokens_per_second=decode,
        calls=load.calls_per_request,
        attempts=load.attempts_per_request,
    )
    if np.any(np.greater(serving.max_utilisation, USUAL_MAX_UTILISATION)):
        setting.notes.warn(
            "utilisation_too_high",
            f"{pointer}/max_utilisation",
            "Above 90 % utilisation at the peak, waiting times explode: plan with 0.5 to 0.85.",
        )
    per_call = gpu_rent_usd(seconds * serving.gpus_per_replica / SECONDS_PER_HOUR, hourly)

    def run(requests: Requests) -> Running:
        here = Working()
        here.steps.extend(work.steps)
        if serving.autoscaled:
            usd = here(
                autoscaled_usd,
                requests=requests,
                seconds=seconds,
                utilisation=serving.max_utilisation,
                cold_starts=serving.cold_starts_per_month,
                cold_start_seconds=serving.cold_start_seconds,
                min_replicas=serving.min_replicas,
                gpus_per_replica=serving.gpus_per_replica,
                usd_per_gpu_hour=hourly,
                adapters_sharing=serving.adapters_sharing,
                platform=serving.platform_monthly_usd,
            )
            starting = serving.cold_starts_per_month * serving.cold_start_seconds / SECONDS_PER_MONTH
            kept = np.maximum(serving.min_replicas - starting, 0.0)
            least = kept * replica_capacity(seconds, 1.0, serving.max_utilisation)
            line = CostLine("hosting", monthly_usd=usd, steps=tuple(here.steps))
            return Running((line,), usd_per_call=per_call, breaks=(Break(least, stepped=False),))
        capacity = here(
            replica_capacity,
            seconds=seconds,
            peak_to_average=serving.peak_to_average,
            max_utilisation=serving.max_utilisation,
        )
        running = here(replicas, requests=requests, capacity=capacity, min_replicas=serving.min_replicas)
        usd = here(
            replicas_usd,
            running=running,
            gpus_per_replica=serving.gpus_per_replica,
            usd_per_gpu_hour=hourly,
            adapters_sharing=serving.adapters_sharing,
            platform=serving.platform_monthly_usd,
        )
        line = CostLine(
            "hosting",
            monthly_usd=usd,
            quantity=np.asarray(running)[..., :1] * serving.gpus_per_replica * HOURS_PER_MONTH,
            quantity_unit="GPU-hours in the first month",
            steps=tuple(here.steps),
        )
        break_ = Break(capacity, stepped=True)
        gpus = running * serving.gpus_per_replica / serving.adapters_sharing
        lines = (line, *bought_gpus(setting, serving.owned, gpus))
        return Running(lines, usd_per_call=per_call, replicas=running, breaks=(break_,))

    return run


def _speeds(
    setting: Setting, serving: GpuServing, prompt_tokens: Tokens, pointer: str, work: Working
) -> tuple[Quantity, Quantity]:
    """Return the prefill and decode speed of a replica [token/s]: stated, else from the hardware model."""
    stated = (serving.prefill_tokens_per_second, serving.decode_tokens_per_second)
    if stated[0] is not None and stated[1] is not None:
        return stated
    load = setting.scenario.workload
    input_tokens = np.maximum(prompt_tokens + load.input_tokens, 1.0)
    output_tokens = np.maximum(load.output_tokens + load.reasoning_tokens, 1.0)
    found = estimated_speeds(serving, input_tokens, output_tokens, pointer, refuse=not setting.choices.drawn)
    setting.choices.note_unable(pointer, found.possible)
    speeds = (found.prefill_tokens_per_second, found.decode_tokens_per_second)
    if serving.measured is not None:
        factor = _measured_factor(setting, serving, input_tokens, output_tokens, pointer)
        left = constants("spread")["probe_other_setup"]
        speeds = (Spread(speeds[0].p50 * factor, left), Spread(speeds[1].p50 * factor, left))
    modelled = tuple(at_chance(speed, serving.speed_quantile) for speed in speeds)
    names = ("prefill_tokens_per_second", "decode_tokens_per_second")
    chosen = []
    for name, given, computed, speed in zip(names, stated, modelled, speeds, strict=True):
        if given is None:
            work.steps.append(predicted_serving_speed(name, serving, input_tokens, output_tokens, speed, computed))
            setting.notes.assume(
                f"{pointer}/{name}", single(computed), "token/s", f"hardware model ({found.answered_by})"
            )
        chosen.append(computed if given is None else given)
    return chosen[0], chosen[1]


def _measured_factor(
    setting: Setting, serving: GpuServing, input_tokens: Tokens, output_tokens: Tokens, pointer: str
) -> Quantity:
    """Divide the measured throughput by the estimate for the same lengths."""
    measured: Any = serving.measured
    there = estimated_speeds(
        serving,
        input_tokens if measured.input_tokens is None else measured.input_tokens,
        output_tokens if measured.output_tokens is None else measured.output_tokens,
        f"{pointer}/measured",
        refuse=not setting.choices.drawn,
    )
    setting.choices.note_unable(pointer, there.possible)
    factor: Quantity = measured.output_tokens_per_second / there.output_tokens_per_second.p50
    setting.notes.assume(f"{pointer}/measured", single(factor), "1", "your throughput over the estimate for it")
    return factor


def estimated_speeds(
    serving: GpuServing, input_tokens: Tokens, output_tokens: Tokens, pointer: str, *, refuse: bool = False
) -> ServingEstimate:
    """Ask the hardware model for the speeds of a replica.

    Parameters
    ----------
    refuse : whether cells of many that cannot run are refused

    Raises
    ------
    ScenarioError : no model or no GPU is named
    ImpossibleSetupError : the model cannot be served so
    CellsError : in some of many cells it cannot, where they are refused
    """
    why = "where prefill and decode speeds are not stated"
    shape = needed(model_shape(serving, pointer), "A base_model or shape", f"{pointer}/base_model", why)
    sheet = needed(gpu_sheet(serving, pointer), "A GPU", f"{pointer}/gpu", why)
    setup = ServingSetup(
        tensor_parallel=serving.gpus_per_replica,
        engine=serving.engine,
        weight_bits=serving.weight_bits,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        adapters=serving.adapters_sharing,
    )

    def told(error: EstimatorError) -> EstimatorError:
        return refused_by_hardware(error.renamed("tensor_parallel", "gpus_per_replica"), serving, pointer)

    try:
        found = estimate_serving(shape, sheet, setup)
    except EstimatorError as error:
        raise told(error) from None
    if refuse:
        refuse_cells(found.possible, told_alone(estimate_serving, shape, sheet, setup, told=told))
    return found
