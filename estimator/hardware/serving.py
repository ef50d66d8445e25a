"""What a deployment serves: speed, latency, requests that fit, replicas for a demand; each with its measured error."""

from dataclasses import dataclass, replace

import numpy as np

from estimator.errors import ImpossibleSetupError, ScenarioError
from estimator.hardware.choices import Choice, Truth, require_known
from estimator.hardware.constants import Constants, constants
from estimator.hardware.intervals import FEW_ROWS, gpu_class, serving_speed_sigma
from estimator.hardware.lookup import PACKAGE, LookedUp, look_up
from estimator.hardware.obstacles import is_possible, refuse, serving_obstacles
from estimator.hardware.plain import plain
from estimator.hardware.remarks import Assumption, Caution
from estimator.hardware.serving_speed import (
    decode_step,
    engine_batch,
    fitting_batch,
    kv_bytes_per_token,
    output_rate,
    prefill_seconds,
    running_batch,
    served_weight_bytes,
)
from estimator.hardware.setup import KV_BITS, SERVING_BITS, ServingSetup
from estimator.hardware.shapes import GpuSheet, ModelShape
from estimator.hardware.spread import Spread
from estimator.quantities import BYTES_PER_GIB, Count, Quantity, Seconds
from estimator.scenario.serving import ENGINES

LOAD_GIB_PER_SECOND = 1.5
"""Reading weights from a local disk into GPU memory (assumption)."""
ENGINE_START_SECONDS = 30.0
"""Starting an engine, warming it up and capturing its graphs (assumption)."""
BISECTIONS = 40
BUSIEST = 0.98
"""Share of the time spent on prefill beyond which waiting is not estimated any more."""


@dataclass(frozen=True, slots=True)
class ServingEstimate:
    """The answer to a deployment; arrays hold one candidate an entry.

    Speeds are of one replica, the whole tensor-parallel group, at `batch` requests in flight.
    `decode_tokens_per_second` leaves prefill out, `output_tokens_per_second` includes it.
    `replicas` is None without a demand.
    """

    output_tokens_per_second: Spread
    prefill_tokens_per_second: Spread
    decode_tokens_per_second: Spread
    time_to_first_token_ms: Spread
    requests_per_second: Spread
    largest_batch: Count
    batch: Count
    gpus_per_replica: Count
    replicas: Count | None
    cold_start_seconds: Seconds
    weights_gib_per_gpu: Quantity
    kv_bytes_per_token: Quantity
    possible: Truth
    answered_by: Choice = "roofline"
    assumptions: tuple[Assumption, ...] = ()
    warnings: tuple[Caution, ...] = ()


def estimate_serving(
    shape: ModelShape, gpu: GpuSheet, setup: ServingSetup, *, ask_aiconfigurator: bool = False
) -> ServingEstimate:
    """Estimate what a deployment serves; on request by measured kernels, where the optional package covers it.

    Raises
    ------
    ImpossibleSetupError : a single deployment that cannot run; says what would work
    UnknownNameError : an engine nobody knows
    ScenarioError : a figure outside its range

    Examples
    --------
    >>> from estimator.hardware.catalogue import base_model, gpu
    >>> answer = estimate_serving(base_model("Llama-3.1-8B"), gpu("H100-SXM"), ServingSetup(concurrency=32))
    >>> answer.answered_by, bool(answer.batch == 32)
    ('roofline', True)
    """
    _check(setup)
    fit = constants("serving_speed")
    obstacles = serving_obstacles(shape, gpu, setup)
    refuse(obstacles)
    largest = np.floor(fitting_batch(shape, gpu, setup, setup.input_tokens + setup.output_tokens, fit))
    if np.ndim(largest) == 0 and largest < 1:
        raise _does_not_fit(shape, gpu, setup, fit)
    batch = running_batch(shape, gpu, setup, fit)
    if setup.time_to_first_token_ms is not None:
        batch = _batch_within_latency(shape, gpu, setup, batch, fit)
    context = setup.input_tokens + setup.output_tokens * 0.5
    step = decode_step(shape, gpu, setup, batch, context, fit)
    first = prefill_seconds(shape, gpu, setup, setup.input_tokens, fit)
    sigma = serving_speed_sigma(setup.engine, gpu.architecture)
    output = Spread(output_rate(shape, gpu, setup, batch, fit), sigma)
    slower = np.hypot(sigma, constants("spread")["prefill_speed"])
    requests = output.scaled(1.0 / setup.output_tokens)
    estimate = ServingEstimate(
        output_tokens_per_second=output,
        prefill_tokens_per_second=Spread(setup.input_tokens / first, slower),
        decode_tokens_per_second=Spread(batch / step, sigma),
        time_to_first_token_ms=Spread(_first_token_seconds(setup, batch, step, first) * 1e3, slower),
        requests_per_second=requests,
        largest_batch=np.maximum(largest, 0.0),
        batch=batch,
        gpus_per_replica=setup.tensor_parallel,
        replicas=_replicas(setup, requests),
        cold_start_seconds=cold_start_seconds(shape, setup),
        weights_gib_per_gpu=served_weight_bytes(shape, setup.weight_bits) / setup.tensor_parallel / BYTES_PER_GIB,
        kv_bytes_per_token=kv_bytes_per_token(shape, setup.kv_bits),
        possible=np.logical_and(is_possible(obstacles), np.greater_equal(largest, 1.0)),
        assumptions=_assumptions(setup),
        warnings=_warnings(gpu, setup, largest, _first_token_seconds(setup, batch, step, first) * 1e3),
    )
    found = look_up(shape, gpu, setup, batch) if ask_aiconfigurator else None
    return plain(estimate if found is None else _looked_up(setup, estimate, found))


def _looked_up(setup: ServingSetup, estimate: ServingEstimate, found: LookedUp) -> ServingEstimate:
    """Put looked-up speeds in place of the roofline's."""
    sigma = constants("spread")["serving_speed_looked_up"]
    output = Spread(found.output_tokens_per_second, sigma)
    requests = output.scaled(1.0 / setup.output_tokens)
    return replace(
        estimate,
        output_tokens_per_second=output,
        decode_tokens_per_second=Spread(found.decode_tokens_per_second, sigma),
        time_to_first_token_ms=Spread(found.time_to_first_token_ms, estimate.time_to_first_token_ms.sigma),
        requests_per_second=requests,
        replicas=_replicas(setup, requests),
        answered_by=PACKAGE,
    )


def cold_start_seconds(shape: ModelShape, setup: ServingSetup) -> Seconds:
    """Add the reading of the weights to the start of the engine."""
    return ENGINE_START_SECONDS + served_weight_bytes(shape, setup.weight_bits) / BYTES_PER_GIB / LOAD_GIB_PER_SECOND


def _first_token_seconds(setup: ServingSetup, batch: Count, step: Seconds, first: Seconds) -> Seconds:
    """Wait for other requests' prefill, read the input, take a step.

    Equation
    --------
    TTFT = t_prefill (1 + rho / (2 (1 - rho))) + t_step,  rho = share of the time spent on prefill

    Source
    ------
    Mean wait of a queue with one server and equal service times (Pollaczek 1930, Khinchin 1932).
    """
    others = (batch - 1.0) / setup.output_tokens * first
    busy = np.minimum(others / (step + others), BUSIEST)
    return first * (1.0 + busy / (2.0 * (1.0 - busy))) + step


def _batch_within_latency(shape: ModelShape, gpu: GpuSheet, setup: ServingSetup, most: Count, fit: Constants) -> Count:
    """Find the most requests in flight whose first token comes in time; at least one."""
    target = np.asarray(setup.time_to_first_token_ms) / 1e3
    context = setup.input_tokens + setup.output_tokens * 0.5
    first = prefill_seconds(shape, gpu, setup, setup.input_tokens, fit)
    low, high = np.ones_like(np.asarray(most, dtype=float)), np.asarray(most, dtype=float)
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        step = decode_step(shape, gpu, setup, middle, context, fit)
        in_time = _first_token_seconds(setup, middle, step, first) <= target
        low, high = np.where(in_time, middle, low), np.where(in_time, high, middle)
    return np.maximum(1.0, np.floor(high + 1e-6))


def _replicas(setup: ServingSetup, requests: Spread) -> Count | None:
    """Round the demand at its peak up to whole replicas, none busier than allowed."""
    if setup.requests_per_second is None:
        return None
    usable = requests.p50 * setup.max_utilisation
    return np.maximum(1.0, np.ceil(setup.requests_per_second * setup.peak_to_average / usable - 1e-9))


def _does_not_fit(shape: ModelShape, gpu: GpuSheet, setup: ServingSetup, fit: Constants) -> ImpossibleSetupError:
    tokens = setup.input_tokens + setup.output_tokens
    enough = [
        count
        for count in (1, 2, 4, 8, 16, 32)
        if float(shape.n_heads) % count == 0
        and fitting_batch(shape, gpu, replace(setup, tensor_parallel=float(count)), tokens, fit) >= 1
    ]
    weights = float(served_weight_bytes(shape, setup.weight_bits)) / BYTES_PER_GIB
    cache = float(kv_bytes_per_token(shape, setup.kv_bits)) * float(tokens) / BYTES_PER_GIB
    how = f"use tensor_parallel {enough[0]}" if enough else "take GPUs with more memory"
    return ImpossibleSetupError(
        f"{shape.title} takes {weights:.0f} GiB in {setup.weight_bits:g} bits and its cache {cache:.2f} "
        f"GiB a request; that does not fit {setup.tensor_parallel:g} x {gpu.title} of {gpu.memory_gib:g} GiB: {how}, "
        "or fewer weight_bits.",
        "/tensor_parallel",
    )


def _check(setup: ServingSetup) -> None:
    """Refuse words that are no options and figures outside their range."""
    require_known(setup.engine, "engine", ENGINES, "/engine")
    for name, allowed in (("weight_bits", SERVING_BITS), ("kv_bits", KV_BITS)):
        if not np.all(np.isin(getattr(setup, name), allowed)):
            raise ScenarioError(f"{name} of {getattr(setup, name)} was asked: use one of 4, 8 and 16.", f"/{name}")
    for name in ("tensor_parallel", "input_tokens", "output_tokens"):
        if np.any(np.less(getattr(setup, name), 1.0)):
            raise ScenarioError(f"{name} below 1 was asked: give at least 1.", f"/{name}")
    for name in ("concurrency", "requests_per_second", "time_to_first_token_ms"):
        value = getattr(setup, name)
        if value is not None and np.any(np.less_equal(value, 0.0)):
            raise ScenarioError(f"{name} of {value} was asked: give more than 0, or null.", f"/{name}")


def _assumptions(setup: ServingSetup) -> tuple[Assumption, ...]:
    used = [Assumption("/memory_share", float(np.max(setup.memory_share)), "1", "engine's usual share of the memory")]
    if setup.concurrency is None:
        most = float(np.max(engine_batch(setup)))
        used.append(Assumption("/concurrency", most, "1", "as many as fit, at most what the engine usually runs"))
    if setup.requests_per_second is not None:
        used.append(
            Assumption("/max_utilisation", float(np.max(setup.max_utilisation)), "1", "waits explode above 0.9")
        )
    return tuple(used)


def _warnings(gpu: GpuSheet, setup: ServingSetup, largest: Count, first_token_ms: Quantity) -> tuple[Caution, ...]:
    cautions = []
    if isinstance(gpu.architecture, str) and gpu_class(gpu.architecture) in FEW_ROWS:
        reason = FEW_ROWS[gpu_class(gpu.architecture)]
        cautions.append(Caution("few_measurements", "/gpu", f"{gpu.title}: {reason}; the intervals are wider."))
    if setup.concurrency is not None and np.any(np.greater(setup.concurrency, largest)):
        cautions.append(
            Caution("concurrency_above_memory", "/concurrency", "Not all requests fit at once: the others wait.")
        )
    if setup.time_to_first_token_ms is not None and np.any(np.greater(first_token_ms, setup.time_to_first_token_ms)):
        late = "One request alone takes longer: shorten the input, add tensor_parallel or take a faster GPU."
        cautions.append(Caution("latency_out_of_reach", "/time_to_first_token_ms", late))
    eight = np.any(np.logical_and(np.equal(setup.weight_bits, 8.0), np.less_equal(gpu.fp8_tflops, 0.0)))
    if eight:
        cautions.append(
            Caution("no_fp8", "/weight_bits", "No fp8 units: 8-bit weights save memory and are multiplied in 16 bit.")
        )
    return tuple(cautions)
