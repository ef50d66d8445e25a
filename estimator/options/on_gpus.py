"""Prompt or tune every base model, and serve it on every GPU that has a price."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from estimator.hardware.catalogue import base_model, base_models, gpu, gpus
from estimator.options.candidate import Candidate
from estimator.options.frame import METHODS, Frame, life_of
from estimator.options.machines import Machine, Rent, fitting, rents
from estimator.options.stacking import column, stacked
from estimator.scenario import FineTuning, GpuServing, GpuTraining, PromptEngineering
from estimator.scenario.document import as_document

PROMPTED, TUNED = "prompted_on_gpus", "gpus"


def prompt_on_gpus(frame: Frame) -> None:
    """Compute every base model on every GPU with the prompt of the template."""
    if frame.prompt is None:
        return
    _, plan = frame.prompt
    serving = _serving(plan)
    plan = replace(plan, serving=serving, quality=None, model_life=life_of(plan))
    known = _machines(frame, PROMPTED, ("",), (serving.commitment, serving.commitment))
    found = fitting(frame, plan, known, PROMPTED)
    written = as_document(plan)
    candidates = []
    for each in found:
        own = _names(frame.prompt[1].serving) == (each.model, each.gpu)
        rate = frame.rate(frame.prompt[1], each.name, f"{each.model}, prompted", own=own)
        document = {**written, "success_rate": rate, "serving": _write_serving(written["serving"], each)}
        candidates.append(Candidate(each.name, PROMPTED, document, each.serving_rent.provider, rate))
    frame.compute_together(
        candidates, lambda places: replace(plan, serving=_stack_serving(serving, [found[at] for at in places]))
    )


def tune_on_gpus(frame: Frame) -> None:
    """Compute every base model, tuned by every method and served on every GPU."""
    if frame.tuning is None:
        return
    _, plan = frame.tuning
    training = plan.training if isinstance(plan.training, GpuTraining) else GpuTraining()
    training = replace(training, gpus=None, weight_bits=None, mfu=None, probe=None, owned=None, shape=None)
    serving = _serving(plan)
    plan = replace(plan, training=training, serving=serving, quality=None, model_life=life_of(plan))
    methods = METHODS if frame.offering.methods is None else frame.offering.methods
    known = _machines(frame, TUNED, methods, (training.commitment, serving.commitment))
    found = fitting(frame, plan, known, TUNED)
    written = as_document(plan)
    candidates = []
    for each in found:
        own = _names(frame.tuning[1].training) == (each.model, each.gpu)
        rate = frame.rate(frame.tuning[1], each.name, each.model, own=own)
        document = {
            **written,
            "success_rate": rate,
            "training": _write_training(written["training"], each),
            "serving": _write_serving(written["serving"], each),
        }
        candidates.append(Candidate(each.name, TUNED, document, each.serving_rent.provider, rate))

    def together(places: list[int]) -> FineTuning:
        batch = [found[at] for at in places]
        return replace(plan, training=_stack_training(training, batch), serving=_stack_serving(serving, batch))

    frame.compute_together(candidates, together)


def _machines(frame: Frame, kind: str, methods: Sequence[str], commitments: tuple[str, str]) -> list[Machine]:
    """Combine base models, methods and the GPUs that have a price."""
    asked = frame.offering
    rented: list[tuple[str, Any, Rent, Rent]] = []
    for name in gpus() if asked.gpus is None else asked.gpus:
        sheet = gpu(name)
        found = rents(frame, name, kind, commitments)
        if found is not None:
            rented.append((name, sheet, found[0], found[1]))
    models = [(name, base_model(name)) for name in (base_models() if asked.base_models is None else asked.base_models)]
    return [Machine(name, shape, method, *rent) for name, shape in models for method in methods for rent in rented]


def _serving(plan: PromptEngineering | FineTuning) -> GpuServing:
    """Return the serving of the template without what belongs to its own model and GPU."""
    serving = plan.serving if isinstance(plan.serving, GpuServing) else GpuServing()
    return replace(
        serving,
        owned=None,
        shape=None,
        prefill_tokens_per_second=None,
        decode_tokens_per_second=None,
        measured=None,
        bill=None,
    )


def _names(part: Any) -> tuple[str | None, str | None]:
    """Return the base model and the GPU that a part of the template names."""
    return getattr(part, "base_model", None), getattr(part, "gpu", None)


def _stack_serving(serving: GpuServing, batch: Sequence[Machine]) -> GpuServing:
    shapes: Any = stacked([each.shape for each in batch])
    sheets: Any = stacked([each.sheet for each in batch])
    return replace(
        serving,
        base_model=shapes,
        gpu=sheets,
        gpus_per_replica=column([each.gpus_per_replica for each in batch]),
        usd_per_gpu_hour=column([each.serving_rent.usd_per_gpu_hour for each in batch]),
    )


def _stack_training(training: GpuTraining, batch: Sequence[Machine]) -> GpuTraining:
    shapes: Any = stacked([each.shape for each in batch])
    sheets: Any = stacked([each.sheet for each in batch])
    methods: Any = column([each.method for each in batch])
    return replace(
        training,
        base_model=shapes,
        gpu=sheets,
        method=methods,
        usd_per_gpu_hour=column([each.training_rent.usd_per_gpu_hour for each in batch]),
    )


def _write_serving(written: dict[str, Any], each: Machine) -> dict[str, Any]:
    own = {"base_model": each.model, "gpu": each.gpu, "gpus_per_replica": each.gpus_per_replica}
    return {**written, **each.serving_rent.document(), **own}


def _write_training(written: dict[str, Any], each: Machine) -> dict[str, Any]:
    own = {"base_model": each.model, "gpu": each.gpu, "method": each.method}
    return {**written, **each.training_rent.document(), **own}
