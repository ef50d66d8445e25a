"""Fit the widths of the intervals to errors on unseen families, and measure what they cover."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from estimator.hardware.catalogue import gpu
from estimator.hardware.constants import constant_table
from estimator.hardware.intervals import gpu_class
from estimator.hardware.serving_speed import ENGINE_CLASS
from estimator.hardware.spread import Z90
from tests.hardware.fitting import Bools, Floats, Problem

COVERED = 0.8
"""Share of rows that an interval from P10 to P90 should hold."""
FEW = 6.0
"""Rows below which a group's own width is not believed more than that of all."""
ENOUGH = 15
"""Rows from which a class's own width is believed whole."""
MANY = 60
"""Rows from which a class may be narrower than all GPUs together."""


def kinds_of(problem: Problem, rows: pd.DataFrame) -> pd.Series:
    """Name what the width of each row is read by: the stack, the engine's class, or nothing."""
    if problem.name == "training_speed":
        return rows["stack"]
    if problem.name == "serving_speed":
        return rows["engine"].map(ENGINE_CLASS)
    return pd.Series("peak", index=rows.index)


def classes_of(rows: pd.DataFrame) -> pd.Series:
    """Name the class of each row's GPU."""
    return rows["gpu"].map(lambda name: gpu_class(str(gpu(name).architecture)))


def fit_widths(problem: Problem, rows: pd.DataFrame, errors: Floats) -> dict[str, float]:
    """Find the width of each stack or engine, and the factor of each GPU class, that hold four rows in five."""
    size = pd.Series(np.abs(errors), index=rows.index)
    kinds, classes = kinds_of(problem, rows), classes_of(rows)
    overall = float(size.quantile(COVERED))
    base = {}
    for kind, group in size.groupby(kinds):
        trust = len(group) / (len(group) + FEW)
        base[str(kind)] = float(np.exp(trust * np.log(group.quantile(COVERED)) + (1 - trust) * np.log(overall))) / Z90
    scaled = size / kinds.map(base)
    widths = {f"{problem.name}_{kind}": width for kind, width in base.items()}
    for name, group in scaled.groupby(classes):
        trust = 1.0 if len(group) >= ENOUGH else len(group) / (len(group) + FEW)
        factor = float((group.quantile(COVERED) / Z90) ** trust)
        widths[f"{problem.name}_factor_{name}"] = factor if len(group) >= MANY else max(1.0, factor)
    return widths


def sigmas_of(problem: Problem, rows: pd.DataFrame, widths: Mapping[str, float]) -> Floats:
    """Apply widths to rows; what the rows of a fit did not show keeps its value in the table."""
    table = constant_table()
    stated = dict(zip(table["name"], table["value"], strict=True))
    known = {**stated, **widths}
    base = kinds_of(problem, rows).map(lambda kind: known[f"{problem.name}_{kind}"])
    factor = classes_of(rows).map(lambda name: known[f"{problem.name}_factor_{name}"])
    return (base * factor).to_numpy(float)


def held(errors: Floats, sigmas: Floats) -> Bools:
    """Tell which rows lie between P10 and P90."""
    return np.abs(errors) <= Z90 * sigmas


def held_unseen(problem: Problem, rows: pd.DataFrame, errors: Floats) -> Bools:
    """Tell which rows are held by widths that their own family did not help to fit."""
    inside = np.zeros(len(rows), dtype=bool)
    for family in rows["family"].unique():
        own = (rows["family"] == family).to_numpy()
        widths = fit_widths(problem, rows[~own], errors[~own])
        inside[own] = held(errors[own], sigmas_of(problem, rows[own], widths))
    return inside
