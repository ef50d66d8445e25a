"""The three models as problems to fit: how a row becomes a set-up, with no more than a caller of the API can say."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from estimator.hardware.catalogue import gpu
from estimator.hardware.choices import by_choice
from estimator.hardware.constants import Constants
from estimator.hardware.serving_speed import USUAL_MAX_BATCH, output_rate, running_batch
from estimator.hardware.setup import ServingSetup, TrainingSetup
from estimator.hardware.shapes import GpuSheet, ModelShape, stack
from estimator.hardware.training_memory import peak_memory
from estimator.hardware.training_speed import micro_step
from tests.hardware.fitting import Floats, Problem

SHAPE_FIGURES = (
    "params_b",
    "active_params_b",
    "n_layers",
    "hidden_size",
    "n_heads",
    "n_kv_heads",
    "head_dim",
    "ffn_size",
    "vocab_size",
    "mlp_matrices",
)


def shapes_of(rows: pd.DataFrame) -> ModelShape:
    """Turn the shape columns into one shape of arrays."""
    return ModelShape(
        **{name: rows[name].to_numpy(float) for name in SHAPE_FIGURES},
        tied_embeddings=rows["tied_embeddings"].to_numpy(float) > 0,
        n_experts=rows["n_experts"].fillna(1).to_numpy(float),
        experts_per_token=rows["experts_per_token"].fillna(1).to_numpy(float),
    )


def sheets_of(rows: pd.DataFrame) -> GpuSheet:
    """Look up the data sheet of each row's GPU."""
    return stack([gpu(name) for name in rows["gpu"]])


def words(rows: pd.DataFrame, name: str) -> npt.NDArray[np.str_]:
    """Read a column of words."""
    return rows[name].fillna("").to_numpy(str)


def training_setups_of(rows: pd.DataFrame) -> TrainingSetup:
    """Turn the columns of a fine-tuning row into a set-up."""
    extra: dict[str, Any] = {}
    if "chunked_loss" in rows:
        extra = {"chunked_loss": words(rows, "chunked_loss") == "y"}
    return TrainingSetup(
        method=words(rows, "method"),
        lora_rank=rows["lora_rank"].fillna(16).to_numpy(float),
        lora_targets=np.where(words(rows, "lora_targets") == "", "qv", words(rows, "lora_targets")),
        weight_bits=rows["weight_bits"].to_numpy(float),
        gpus=rows["gpus"].to_numpy(float),
        sharding=words(rows, "sharding"),
        stack=words(rows, "stack"),
        precision=words(rows, "precision"),
        optimizer=words(rows, "optimizer"),
        sequence_tokens=rows["sequence_tokens"].to_numpy(float),
        micro_batch=rows["micro_batch"].fillna(1).to_numpy(float),
        gradient_checkpointing=words(rows, "gradient_checkpointing") == "y",
        cpu_offload=words(rows, "cpu_offload") == "y",
        optimizer_in_backward=words(rows, "optimizer_in_backward") == "y",
        flash_attention=words(rows, "flash_attention") == "y",
        **extra,
    )


def serving_setups_of(rows: pd.DataFrame) -> ServingSetup:
    """Turn the columns of a serving row into a set-up."""
    engine = words(rows, "engine")
    asked = rows["concurrency"].to_numpy(float)
    return ServingSetup(
        tensor_parallel=(rows["tensor_parallel"] * rows["pipeline_parallel"]).to_numpy(float),
        engine=engine,
        weight_bits=rows["weight_bits"].to_numpy(float),
        kv_bits=rows["kv_bits"].to_numpy(float),
        input_tokens=rows["input_tokens"].to_numpy(float),
        output_tokens=rows["output_tokens"].to_numpy(float),
        concurrency=np.where(np.isnan(asked), by_choice(engine, USUAL_MAX_BATCH), asked),
    )


def _training_speed(prepared: Any, fit: Constants) -> Floats:
    shape, sheet, setup, whole_job = prepared
    step = micro_step(shape, sheet, setup, setup.gpus, fit)
    warm = setup.gpus * setup.micro_batch * setup.sequence_tokens / step.seconds
    return np.asarray(np.where(whole_job, warm / fit["job_overhead"], warm))


def _training_memory(prepared: Any, fit: Constants) -> Floats:
    shape, sheet, setup = prepared
    return np.asarray(peak_memory(shape, sheet, setup, setup.gpus, fit).allocated_gib)


def _serving_speed(prepared: Any, fit: Constants) -> Floats:
    shape, sheet, setup = prepared
    return np.asarray(output_rate(shape, sheet, setup, running_batch(shape, sheet, setup, fit), fit))


TRAINING_SPEED = Problem(
    "training_speed",
    "training.csv",
    "tokens_per_second",
    lambda rows: (
        shapes_of(rows),
        sheets_of(rows),
        training_setups_of(rows),
        (rows["kind"] == "end_to_end").to_numpy(),
    ),
    _training_speed,
)
TRAINING_MEMORY = Problem(
    "training_memory",
    "memory.csv",
    "peak_memory_gib",
    lambda rows: (shapes_of(rows), sheets_of(rows), training_setups_of(rows)),
    _training_memory,
)
SERVING_SPEED = Problem(
    "serving_speed",
    "serving.csv",
    "output_tokens_per_second",
    lambda rows: (shapes_of(rows), sheets_of(rows), serving_setups_of(rows)),
    _serving_speed,
)
PROBLEMS = (TRAINING_SPEED, TRAINING_MEMORY, SERVING_SPEED)
