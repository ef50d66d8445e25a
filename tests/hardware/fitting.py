"""Fit the constants of the hardware models to published rows, and score them on families they have not seen.

A fit is a maximum a posteriori one: every constant has a prior (value and width in ln), stated in the table of
constants before any row is seen. A family is left out whole: what its rows alone could tell then stays at the prior.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import least_squares

from estimator.hardware.catalogue import gpu
from estimator.hardware.constants import Constants, constant_table
from estimator.hardware.setup import TrainingSetup
from estimator.hardware.shapes import GpuSheet, ModelShape, stack

ROWS = Path(__file__).parent / "rows"
Floats = npt.NDArray[np.float64]
Predict = Callable[[pd.DataFrame, Constants], Floats]
ROW_ERROR = 0.15
"""What a row may differ from the truth [ln]: settings not stated, other versions."""


@dataclass(frozen=True)
class Problem:
    """One of the three models with the rows that it is judged by."""

    name: str
    target: str
    predict: Predict

    def rows(self) -> pd.DataFrame:
        """Read the rows."""
        return pd.read_csv(ROWS / f"{self.name.split('_')[0]}.csv")


def shapes_of(rows: pd.DataFrame) -> ModelShape:
    """Turn the shape columns into one shape of arrays."""
    names = [
        "params_b",
        "active_params_b",
        "n_layers",
        "hidden_size",
        "n_heads",
        "n_kv_heads",
        "head_dim",
        "ffn_size",
        "vocab_size",
    ]
    figures = {name: rows[name].to_numpy(float) for name in names}
    return ModelShape(
        **figures,
        mlp_matrices=rows["mlp_matrices"].to_numpy(float),
        tied_embeddings=rows["tied_embeddings"].to_numpy(float) > 0,
        n_experts=rows["n_experts"].fillna(1).to_numpy(float),
        experts_per_token=rows["experts_per_token"].fillna(1).to_numpy(float),
    )


def sheets_of(rows: pd.DataFrame) -> GpuSheet:
    """Look up the data sheet of each row's GPU."""
    return stack([gpu(name) for name in rows["gpu"]])


def setups_of(rows: pd.DataFrame) -> TrainingSetup:
    """Turn the columns of a fine-tuning row into a set-up, with no more than a caller of the API can say."""

    def words(name: str) -> npt.NDArray[np.str_]:
        return rows[name].fillna("").to_numpy(str)

    adapters = np.where(words("lora_targets") == "", "qv", words("lora_targets"))
    extra: dict[str, object] = {}
    if "chunked_loss" in rows:
        extra = {"chunked_loss": words("chunked_loss") == "y", "flash_attention": words("flash_attention") == "y"}
    return TrainingSetup(
        method=words("method"),
        lora_rank=rows["lora_rank"].fillna(16).to_numpy(float),
        lora_targets=adapters,
        weight_bits=rows["weight_bits"].to_numpy(float),
        gpus=rows["gpus"].to_numpy(float),
        sharding=words("sharding"),
        stack=words("stack"),
        precision=words("precision"),
        optimizer=words("optimizer"),
        sequence_tokens=rows["sequence_tokens"].to_numpy(float),
        micro_batch=rows["micro_batch"].fillna(1).to_numpy(float),
        gradient_checkpointing=words("gradient_checkpointing") == "y",
        cpu_offload=words("cpu_offload") == "y",
        optimizer_in_backward=words("optimizer_in_backward") == "y",
        **extra,  # type: ignore[arg-type]  # the two columns that only memory rows have
    )


def prior_of(model: str) -> tuple[list[str], Floats, Floats]:
    """Read names, prior values and prior widths of a model's constants."""
    table = constant_table()
    rows = table[(table["model"] == model) & (table["prior_sigma"].astype(str) != "")]
    return rows["name"].tolist(), rows["prior"].to_numpy(float), rows["prior_sigma"].to_numpy(float)


def row_weights(rows: pd.DataFrame) -> Floats:
    """Weigh rows so that a family counts by the square root of its size: many rows of one source share its quirks."""
    size = rows.groupby("family")["id"].transform("size").to_numpy(float)
    return size**-0.25


def fit(problem: Problem, rows: pd.DataFrame) -> Constants:
    """Fit a model's constants to some rows."""
    names, prior, width = prior_of(problem.name)
    actual = np.log(rows[problem.target].to_numpy(float))
    weights = row_weights(rows)
    start = np.log(prior)

    def misfit(theta: Floats) -> Floats:
        trial = Constants(dict(zip(names, np.exp(theta), strict=True)))
        wrong = (np.log(problem.predict(rows, trial)) - actual) / ROW_ERROR
        robust = np.sign(wrong) * np.sqrt(2.0 * (np.sqrt(1.0 + wrong**2) - 1.0))
        return np.concatenate([weights * robust, (theta - start) / width])

    best = least_squares(misfit, start, method="trf", x_scale=width, max_nfev=40, ftol=1e-4, xtol=1e-4)
    return Constants(dict(zip(names, np.exp(best.x).tolist(), strict=True)))


def log_errors(problem: Problem, rows: pd.DataFrame, constants: Constants) -> Floats:
    """Return ln(predicted / measured) of each row."""
    return np.log(problem.predict(rows, constants) / rows[problem.target].to_numpy(float))


def leave_one_family_out(problem: Problem, rows: pd.DataFrame, only: Sequence[str] | None = None) -> Floats:
    """Predict each family by a fit that has not seen it; return ln(predicted / measured)."""
    errors = np.full(len(rows), np.nan)
    for family in only or rows["family"].unique():
        held = (rows["family"] == family).to_numpy()
        errors[held] = log_errors(problem, rows[held], fit(problem, rows[~held]))
    return errors


def score(errors: Floats) -> dict[str, float]:
    """Score errors: median and P90 of the absolute relative error, sigma, shares within 1.5 and 2 times."""
    relative = np.abs(np.exp(errors) - 1.0)
    return {
        "rows": float(len(errors)),
        "medape": float(np.median(relative)),
        "p90": float(np.quantile(relative, 0.9)),
        "sigma": float(np.sqrt(np.mean(errors**2))),
        "within_1_5": float(np.mean(np.abs(errors) <= np.log(1.5))),
        "within_2": float(np.mean(np.abs(errors) <= np.log(2.0))),
        "bias": float(np.median(errors)),
    }
