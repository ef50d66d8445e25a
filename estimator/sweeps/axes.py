"""One input and the values it takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from estimator.errors import ScenarioError
from estimator.scenario import Scenario
from estimator.scenario.inputs import Input
from estimator.scenario.pointer import input_at

Scale = Literal["linear", "log"]
MOST_POINTS = 100_000


@dataclass(frozen=True, slots=True)
class Axis:
    """One input and the values it takes, in their order."""

    pointer: str
    values: tuple[Any, ...]


def spaced(scenario: Scenario, pointer: str, start: float, stop: float, points: int, scale: Scale = "linear") -> Axis:
    """Space values evenly between two ends, in the number or in its logarithm; whole inputs are rounded.

    Raises
    ------
    ScenarioError : the ends cannot be spaced so, or lie outside the legal range
    UnknownNameError : nothing can stand at the pointer

    Examples
    --------
    >>> from estimator.scenario import LumpSum, Workload
    >>> load = Workload(requests_per_month=100.0, input_tokens=1.0, output_tokens=1.0)
    >>> two = Scenario(workload=load, approaches={"A": LumpSum(), "B": LumpSum()})
    >>> spaced(two, "/workload/requests_per_month", 1.0, 100.0, 3, "log").values
    (1.0, 10.0, 100.0)
    """
    declared = input_at(scenario, pointer)
    if scale == "log" and min(start, stop) <= 0:
        raise ScenarioError("A logarithmic axis needs both ends above 0.", "/from")
    if not 1 <= points <= MOST_POINTS:
        raise ScenarioError(f"An axis takes 1 to {MOST_POINTS} points, not {points}.", "/points")
    between = np.geomspace if scale == "log" else np.linspace
    values = between(start, stop, points)
    values[-1:], values[:1] = stop, start
    if declared.kind == "whole":
        values = np.unique(np.rint(values))
    check_values(declared, values.tolist(), "")
    return Axis(pointer, tuple(values.tolist()))


def check_values(declared: Input, values: Sequence[Any], pointer: str) -> None:
    """Refuse the first value that may not stand in an input.

    Raises
    ------
    ScenarioError : with the place of the value
    """
    for place, value in enumerate(values):
        if value is None and declared.nullable:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ScenarioError(f"Must be a number, not {value!r}.", f"{pointer}/{place}")
        words = declared.objection(value)
        if words:
            raise ScenarioError(words, f"{pointer}/{place}")
