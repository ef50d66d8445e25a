"""Sensitivity and comparisons as they are asked for, by the API and by the command line."""

from dataclasses import replace
from typing import Any

from estimator.comparison import compare
from estimator.errors import EstimatorError, UnknownNameError
from estimator.estimate import Estimate, estimate
from estimator.price_book import Library
from estimator.scenario import Scenario
from estimator.sensitivity import analyse, write_sensitivity

ROLES = ("candidate", "baseline")


def write_swings(asked: dict[str, Any], library: Library) -> dict[str, Any]:
    """Find what moves the difference of a pair, as plain values.

    Raises
    ------
    EstimatorError : an approach is unknown, or the scenario cannot be computed; the pointer says where in the question
    """
    scenario = asked["scenario"]
    pair = _pair(scenario, asked)
    try:
        return write_sensitivity(analyse(scenario, library, pair))
    except EstimatorError as refusal:
        raise refusal.below("/scenario") from None


def _pair(scenario: Scenario, asked: dict[str, Any]) -> tuple[str, str] | None:
    """Complete the pair that is asked for, None where none is."""
    names = [asked.get(role) for role in ROLES]
    for role, name in zip(ROLES, names, strict=True):
        if name is not None and name not in scenario.approaches:
            raise UnknownNameError("approach", name, scenario.approaches, f"/{role}")
    if names == [None, None]:
        return None
    baseline = names[1] or scenario.baseline or next(name for name in scenario.approaches if name != names[0])
    candidate = names[0] or next(name for name in scenario.approaches if name != baseline)
    return candidate, baseline


def write_comparison(asked: dict[str, Any], library: Library) -> dict[str, Any]:
    """Compare two scenarios, or one under two price books, as plain values.

    Raises
    ------
    EstimatorError : one of them cannot be computed; the pointer says which
    """
    left, right = asked["left"], asked.get("right") or asked["left"]
    books = asked.get("price_books")
    if books:
        left, right = replace(left, price_book=books[0]), replace(right, price_book=books[1])
    return compare(_estimate("/left", left, library), _estimate("/right", right, library))


def _estimate(pointer: str, scenario: Scenario, library: Library) -> Estimate:
    try:
        return estimate(scenario, library, frozenset({"prices"}))
    except EstimatorError as refusal:
        raise refusal.below(pointer) from None
