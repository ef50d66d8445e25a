"""Fit the constants of the hardware models to published rows, and score them on families they have not seen.

A fit is a maximum a posteriori one: every constant has a prior (value and width in ln), stated in the table of
constants before any row is seen. A family is left out whole: what its rows alone could tell then stays at the prior.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import least_squares

from estimator.hardware.constants import Constants, constant_table

ROWS = Path(__file__).parent / "rows"
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
ROW_ERROR = 0.25
"""What a row may differ from the truth [ln]: settings not stated, other versions."""


@dataclass(frozen=True)
class Problem:
    """One of the three models with the rows that it is judged by.

    Parameters
    ----------
    name : model in the table of constants
    file : its rows
    target : column of the measured figure
    prepare : turn rows into what the model takes, once
    predict : apply the model under some constants
    """

    name: str
    file: str
    target: str
    prepare: Callable[[pd.DataFrame], Any]
    predict: Callable[[Any, Constants], Floats]

    def rows(self) -> pd.DataFrame:
        """Read the rows."""
        return pd.read_csv(ROWS / self.file)


def prior_of(model: str) -> tuple[list[str], Floats, Floats]:
    """Read names, prior values and prior widths of a model's constants."""
    table = constant_table()
    rows = table[(table["model"] == model) & (table["prior_sigma"].astype(str) != "")]
    return rows["name"].tolist(), rows["prior"].to_numpy(float), rows["prior_sigma"].to_numpy(float)


def fixed_of(model: str) -> dict[str, float]:
    """Read the constants of a model that are stated, not fitted."""
    table = constant_table()
    rows = table[(table["model"] == model) & (table["prior_sigma"].astype(str) == "")]
    return dict(zip(rows["name"].tolist(), rows["value"].tolist(), strict=True))


def at_priors(model: str) -> Constants:
    """Return the constants as they were believed before any row was seen."""
    names, prior, _ = prior_of(model)
    return Constants({**fixed_of(model), **dict(zip(names, prior.tolist(), strict=True))})


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
    prepared = problem.prepare(rows)
    fixed = fixed_of(problem.name)

    def misfit(theta: Floats) -> Floats:
        trial = Constants({**fixed, **dict(zip(names, np.exp(theta), strict=True))})
        wrong = (np.log(problem.predict(prepared, trial)) - actual) / ROW_ERROR
        robust = np.sign(wrong) * np.sqrt(2.0 * (np.sqrt(1.0 + wrong**2) - 1.0))
        return np.concatenate([weights * robust, (theta - start) / width])

    best = least_squares(misfit, start, method="trf", x_scale=width, max_nfev=40, ftol=1e-4, xtol=1e-4)
    return Constants({**fixed, **dict(zip(names, np.exp(best.x).tolist(), strict=True))})


def log_errors(problem: Problem, rows: pd.DataFrame, constants: Constants) -> Floats:
    """Return ln(predicted / measured) of each row."""
    return np.log(problem.predict(problem.prepare(rows), constants) / rows[problem.target].to_numpy(float))


def leave_one_family_out(problem: Problem, rows: pd.DataFrame) -> Floats:
    """Predict each family by a fit that has not seen it; return ln(predicted / measured)."""
    errors = np.full(len(rows), np.nan)
    for family in rows["family"].unique():
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
