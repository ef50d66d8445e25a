"""Which base models can be tuned and served on which GPUs, all candidates at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from estimator.hardware.serving import estimate_serving
from estimator.hardware.setup import ServingSetup, TrainingSetup
from estimator.hardware.shapes import GpuSheet, ModelShape
from estimator.hardware.training import estimate_training
from estimator.options.candidate import Excluded
from estimator.options.stacking import column, stacked
from estimator.scenario import FineTuning, GpuServing, GpuTraining, Scenario

REPLICA_SIZES = (1.0, 2.0, 4.0, 8.0)
"""GPUs of one replica that are tried, the fewest that hold the model are taken."""
LIKELY = 0.5
"""Probability of fitting the memory below which a set-up counts as not fitting."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One base model, tuned by one method and served on one GPU."""

    model: str
    shape: ModelShape
    method: str
    gpu: str
    sheet: GpuSheet
    usd_per_gpu_hour: float
    provider: str
    training_gpus: float = 1.0
    gpus_per_replica: float = 1.0


def machines(
    scenario: Scenario, plan: FineTuning, candidates: Sequence[Machine], excluded: list[Excluded]
) -> list[Machine]:
    """Keep the candidates that can be trained and served, with the GPUs that both take; exclude the others."""
    shapes, sheets = stacked([each.shape for each in candidates]), stacked([each.sheet for each in candidates])
    count = len(candidates)
    training = plan.training if isinstance(plan.training, GpuTraining) else GpuTraining()
    serving = plan.serving if isinstance(plan.serving, GpuServing) else GpuServing()
    load = scenario.workload
    length = plan.tokens_per_example
    if length is None:
        length = plan.prompt_tokens + load.input_tokens + load.output_tokens
    sequence = training.sequence_tokens
    if sequence is None:
        sequence = np.clip(np.ceil(length), 1.0, shapes.context_tokens)
    with np.errstate(divide="ignore", invalid="ignore"):  # what fits no number of GPUs has no speed
        trained = estimate_training(
            shapes,
            sheets,
            TrainingSetup(
                method=column([each.method for each in candidates]),
                lora_rank=training.lora_rank,
                lora_targets=training.lora_targets,
                gpus=None,
                sharding=training.sharding,
                stack=training.stack,
                precision=training.precision,
                optimizer=training.optimizer,
                sequence_tokens=sequence,
                micro_batch=training.micro_batch,
                gradient_checkpointing=training.gradient_checkpointing,
                packed=training.packed,
                cpu_offload=training.cpu_offload,
                training_tokens=plan.train_examples * length * plan.epochs,
            ),
        )
    trains = np.logical_and(trained.possible, np.greater_equal(trained.fits.probability, LIKELY))
    replica = np.full((count, 1), np.nan)
    for size in REPLICA_SIZES:
        served = estimate_serving(
            shapes,
            sheets,
            ServingSetup(
                tensor_parallel=np.full((count, 1), size),
                engine=serving.engine,
                weight_bits=serving.weight_bits,
                input_tokens=max(plan.prompt_tokens + load.input_tokens, 1.0),
                output_tokens=max(load.output_tokens + load.reasoning_tokens, 1.0),
                adapters=serving.adapters_sharing,
            ),
        )
        replica = np.where(np.isnan(replica) & served.possible, size, replica)
    found = []
    gpus, fits, replicas = _flat(trained.gpus, count), _flat(trains, count), _flat(replica, count)
    for each, needed, able, size in zip(candidates, gpus, fits, replicas, strict=True):
        label = f"{each.model}, {each.method} on {each.gpu}"
        if not (able and np.isfinite(needed)):
            excluded.append(Excluded(label, "gpus", "memory", "The training does not fit the memory of this GPU."))
        elif size != size:
            excluded.append(Excluded(label, "gpus", "memory", "No replica of up to 8 of these GPUs holds the model."))
        else:
            found.append(replace(each, training_gpus=float(needed), gpus_per_replica=float(size)))
    return found


def _flat(values: Any, count: int) -> list[Any]:
    return np.broadcast_to(np.ravel(values), count).tolist()  # type: ignore[no-any-return]  # a list
