"""What a model needs: the question, and the answer of the hardware model as plain values."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, TypeVar

import numpy as np

from estimator.errors import EstimatorError, ScenarioError, UnknownNameError, UnknownNamesError
from estimator.hardware.catalogue import base_model, gpu
from estimator.hardware.remarks import Assumption, Caution, WayOut
from estimator.hardware.serving import estimate_serving
from estimator.hardware.setup import OPTIMIZERS, ServingSetup, TrainingSetup
from estimator.hardware.shapes import GpuSheet, ModelShape, infer_shape
from estimator.hardware.spread import Spread
from estimator.hardware.training import estimate_training
from estimator.scenario import Probe, Shape
from estimator.scenario.inputs import REQUIRED, choice, flag, inputs_of, nested, number, text, whole
from estimator.scenario.serving import ENGINES
from estimator.scenario.training import LORA_TARGETS, METHODS, PRECISIONS, SHARDINGS, STACKS

Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingQuestion:
    """A fine-tuning job."""

    base_model: str | None = text(None, "Base model whose shape is known here.", nullable=True, names="base_model")
    shape: Shape | None = nested(Shape, None, "Shape of a model that is not in the table.", nullable=True)
    gpu: str = text(REQUIRED, "GPU whose speed and memory are known here.", names="gpu")
    method: str = choice("lora", METHODS, "What is trained.")
    lora_rank: int = whole(16, "1", "Rank of the adapters.", low=1, high=65536, fixed=True)
    lora_targets: str = choice("all-linear", LORA_TARGETS, "Layers that get adapters.")
    weight_bits: float | None = number(
        None,
        "bit",
        "Bits of a frozen weight; null = 4 for qlora, else 16.",
        low=1.0,
        high=32.0,
        nullable=True,
        fixed=True,
    )
    gpus: int | None = whole(
        1, "GPU", "GPUs; null = the smallest number that fits.", nullable=True, low=1, high=1e6, fixed=True
    )
    sharding: str = choice("none", SHARDINGS, "How the state is spread over the GPUs.")
    stack: str = choice("eager", STACKS, "Software: eager PyTorch, compiled or fused kernels, Megatron-class.")
    precision: str = choice("bf16", PRECISIONS, "Precision of the matrix products.")
    optimizer: str = choice("adamw", OPTIMIZERS, "Optimiser.")
    sequence_tokens: int = whole(2048, "token", "Length of a training sequence.", low=1, high=1e8, fixed=True)
    micro_batch: int = whole(1, "1", "Sequences in a micro batch of one GPU.", low=1, high=1e6, fixed=True)
    gradient_checkpointing: bool = flag(default=True, meaning="Whether activations are recomputed.")
    packed: bool = flag(default=True, meaning="Whether short examples share a sequence.")
    cpu_offload: bool = flag(default=False, meaning="Whether state is kept in host memory.")
    training_tokens: float | None = number(
        None, "token", "Tokens of the whole job; null = no hours are given.", nullable=True, low_open=True, fixed=True
    )
    probe: Probe | None = nested(Probe, None, "A measured probe run of the same set-up.", nullable=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServingQuestion:
    """A deployment."""

    base_model: str | None = text(None, "Base model whose shape is known here.", nullable=True, names="base_model")
    shape: Shape | None = nested(Shape, None, "Shape of a model that is not in the table.", nullable=True)
    gpu: str = text(REQUIRED, "GPU whose speed and memory are known here.", names="gpu")
    tensor_parallel: int = whole(1, "GPU", "GPUs that hold one copy together.", low=1, high=4096, fixed=True)
    engine: str = choice("vllm", ENGINES, "Serving engine.")
    weight_bits: float = number(16.0, "bit", "Bits of a weight: 4, 8 or 16.", low=1.0, high=32.0, fixed=True)
    kv_bits: float = number(16.0, "bit", "Bits of a cached key or value: 4, 8 or 16.", low=1.0, high=32.0, fixed=True)
    input_tokens: float = number(1024.0, "token/request", "Input tokens.", low=1.0, high=1e8, fixed=True)
    output_tokens: float = number(256.0, "token/request", "Output tokens.", low=1.0, high=1e8, fixed=True)
    concurrency: float | None = number(
        None,
        "request",
        "Requests in flight; null = as many as fit.",
        nullable=True,
        low_open=True,
        high=1e6,
        fixed=True,
    )
    requests_per_second: float | None = number(
        None, "1/s", "Demand; the answer then holds the replicas.", nullable=True, low_open=True, high=1e9, fixed=True
    )
    time_to_first_token_ms: float | None = number(
        None, "ms", "Latency target.", nullable=True, low_open=True, high=1e9, fixed=True
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourcesQuestion:
    """What a model needs to be trained, to be served, or both."""

    training: TrainingQuestion | None = nested(TrainingQuestion, None, "A fine-tuning job.", nullable=True)
    serving: ServingQuestion | None = nested(ServingQuestion, None, "A deployment.", nullable=True)


def answer_resources(question: ResourcesQuestion) -> dict[str, Any]:
    """Answer both parts.

    Raises
    ------
    EstimatorError : what is asked cannot be; its pointer says where
    """
    if question.training is None and question.serving is None:
        raise ScenarioError("Ask for training, for serving, or for both.")
    _refuse_unknown_names(question)
    training = None if question.training is None else _at("/training", _training, question.training)
    serving = None if question.serving is None else _at("/serving", _serving, question.serving)
    parts = [(where, part) for where, part in (("/training", training), ("/serving", serving)) if part]
    return {
        "training": training and training[0],
        "serving": serving and serving[0],
        "assumptions": [_pointed(where, each) for where, part in parts for each in part[1].assumptions],
        "warnings": [_pointed(where, each) for where, part in parts for each in part[1].warnings],
    }


def _refuse_unknown_names(question: ResourcesQuestion) -> None:
    """Refuse every unknown model and GPU of both parts at once."""
    unknown = []
    for where, part in (("/training", question.training), ("/serving", question.serving)):
        for field, find in (("base_model", base_model), ("gpu", gpu)):
            name = None if part is None else getattr(part, field)
            if name is None:
                continue
            try:
                find(name)
            except UnknownNameError as error:
                error.below(f"{where}/{field}")
                unknown.append(error)
    if unknown:
        raise unknown[0] if len(unknown) == 1 else UnknownNamesError(unknown)


def _at(pointer: str, ask: Callable[[Any], Found], question: Any) -> Found:
    try:
        return ask(question)
    except EstimatorError as refusal:
        raise refusal.below(pointer) from None


def _model(question: TrainingQuestion | ServingQuestion) -> tuple[ModelShape, GpuSheet]:
    if (question.base_model is None) == (question.shape is None):
        raise ScenarioError("Name a base_model or give a shape, one of the two.", "/base_model")
    if question.shape is not None:
        card = {name: getattr(question.shape, name) for name in inputs_of(Shape)}
        shape = _at("/shape", lambda known: infer_shape(**known), card)
    else:
        shape = _at("/base_model", lambda name: base_model(name), question.base_model)
    return shape, _at("/gpu", lambda name: gpu(name), question.gpu)


def _training(question: TrainingQuestion) -> tuple[dict[str, Any], Any]:
    shape, sheet = _model(question)
    stated = {
        name: getattr(question, name)
        for name in inputs_of(TrainingQuestion)
        if name not in ("base_model", "shape", "gpu")
    }
    if question.probe is not None:
        stated["probe"] = {name: value for name, value in asdict(question.probe).items() if value is not None} or None
    with np.errstate(all="ignore"):  # what exceeds a number is refused below
        found = estimate_training(shape, sheet, TrainingSetup(**stated))
        _refuse_overflow(found.tokens_per_second)
    memory = found.memory
    parts = asdict(memory.parts)
    written = {
        "tokens_per_second": quantiles(found.tokens_per_second),
        "seconds_per_step": quantiles(found.seconds_per_step),
        "gpu_hours": quantiles(found.gpu_hours),
        "wall_clock_hours": quantiles(found.wall_clock_hours),
        "memory_gib_per_gpu": {
            "allocated": quantiles(memory.allocated),
            "reserved": quantiles(memory.reserved),
            "parts": {name: finite(parts[name]) for name in MEMORY_PARTS},
        },
        "fits": {"answer": found.fits.answer, "probability": finite(found.fits.probability)},
        "gpus": finite(found.gpus),
        "minimum_gpus": finite(found.minimum_gpus),
        "largest_micro_batch": finite(found.largest_micro_batch),
        "largest_sequence_tokens": finite(found.largest_sequence_tokens),
        "mfu": finite(found.mfu),
        "energy_kwh": None if found.energy_kwh is None else finite(found.energy_kwh.p50),
        "ways_out": [_way_out(each) for each in found.ways_out],
    }
    return written, found


MEMORY_PARTS = ("weights", "gradients", "optimizer", "activations", "logits", "overhead")


def _serving(question: ServingQuestion) -> tuple[dict[str, Any], Any]:
    shape, sheet = _model(question)
    stated = {
        name: getattr(question, name)
        for name in inputs_of(ServingQuestion)
        if name not in ("base_model", "shape", "gpu")
    }
    with np.errstate(all="ignore"):  # what exceeds a number is refused below
        found = estimate_serving(shape, sheet, ServingSetup(**stated))
        _refuse_overflow(found.output_tokens_per_second)
    written = {
        "output_tokens_per_second": quantiles(found.output_tokens_per_second),
        "prefill_tokens_per_second": quantiles(found.prefill_tokens_per_second),
        "time_to_first_token_ms": quantiles(found.time_to_first_token_ms),
        "requests_per_second": quantiles(found.requests_per_second),
        "largest_batch": finite(found.largest_batch),
        "batch": finite(found.batch),
        "gpus_per_replica": finite(found.gpus_per_replica),
        "replicas": finite(found.replicas),
        "weights_gib_per_gpu": finite(found.weights_gib_per_gpu),
        "answered_by": found.answered_by,
    }
    return written, found


def _refuse_overflow(speed: Spread) -> None:
    if not all(isfinite(each) and each > 0 for each in (speed.p10, speed.p50, speed.p90)):
        raise ScenarioError("The speed of this set-up exceeds what a number can hold. Check its sizes.")


def quantiles(found: Spread | None) -> dict[str, float | None] | None:
    """Write a quantity with its measured error."""
    if found is None:
        return None
    return {"p10": finite(found.p10), "p50": finite(found.p50), "p90": finite(found.p90)}


def finite(value: Any) -> float | None:
    """Write a number, null where there is none."""
    return None if value is None or not isfinite(value) else float(value)


def _pointed(where: str, remark: Assumption | Caution) -> dict[str, Any]:
    return {**asdict(remark), "pointer": f"{where}{remark.pointer}"}


def _way_out(found: WayOut) -> dict[str, Any]:
    return {
        "changes": [{"pointer": f"/training{pointer}", "value": value} for pointer, value in found.changes],
        "memory_gib": finite(found.memory_gib),
        "message": found.message,
    }
