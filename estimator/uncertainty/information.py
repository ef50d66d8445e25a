"""What knowing more would be worth: everything at once, or one input alone."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from numpy.polynomial import legendre

Values = npt.NDArray[np.float64]
DEGREE = 7
"""Degree of the polynomial that follows the cost along one input."""
FEW_VALUES = 64
"""An input with at most so many different values is grouped by value."""


def regrets_usd(totals: Mapping[str, Values]) -> dict[str, float]:
    """Say what choosing each approach costs on average against the best one of every draw.

    Equation
    --------
    R_k = E[C_k] - E[min_j C_j]

    The lowest of these is the expected value of perfect information.

    Examples
    --------
    >>> regrets_usd({"A": np.array([1.0, 5.0]), "B": np.array([3.0, 3.0])})
    {'A': 1.0, 'B': 1.0}
    """
    lowest = np.minimum.reduce(list(totals.values()))
    return {name: float((usd - lowest).mean()) for name, usd in totals.items()}


def perfect_information_usd(totals: Mapping[str, Values]) -> float:
    """Say what the choice would gain if every input were known before it: the expected value of perfect information.

    Equation
    --------
    EVPI = min_k E[C_k] - E[min_k C_k]

    Source
    ------
    Raiffa and Schlaifer 1961, Applied Statistical Decision Theory.
    """
    return min(regrets_usd(totals).values())


def information_about_usd(totals: Mapping[str, Values], inputs: Mapping[str, Values]) -> dict[str, float]:
    """Say what the choice would gain if one input alone were known before it, for each input.

    Equation
    --------
    EVPPI(x) = min_k E[C_k] - E_x[min_k E[C_k | x]], E[C_k | x] by regression on Legendre polynomials of the rank of x

    Source
    ------
    Strong, Oakley and Brennan 2014, Medical Decision Making 34, 311: regression in the place of a second loop.

    Parameters
    ----------
    totals : total cost by approach, shape (draws,)
    inputs : values by pointer, shape (draws,)
    """
    costs = np.column_stack(list(totals.values()))
    costs = costs - costs.mean(axis=1, keepdims=True)
    best = int(np.argmin(costs.mean(axis=0)))
    basis = _basis(len(costs))
    worth = {}
    for pointer, value in inputs.items():
        expected = _expected(costs, value, basis)
        worth[pointer] = float((expected[:, best] - expected.min(axis=1)).mean())
    return worth


def waiting_usd(totals: Mapping[str, Values], first: str, staged: str, switch_month: float) -> dict[str, float]:
    """Say what it is worth to decide at the switch of a staged plan, and not now.

    Until the switch both plans cost the same, so that the choice between staying and switching can wait until then.
    Everything is taken to be known by then: the worth is an upper bound. Nothing is learnt before a switch at once.

    Equation
    --------
    W = min(E[C_first], E[C_staged]) - E[min(C_first, C_staged)]
    L = min_k E[C_k] - E[min(C_first, C_staged)]

    Parameters
    ----------
    totals : total cost by approach, shape (draws,)
    first, staged : staying with the first approach, and switching
    switch_month : when the plan switches

    Returns
    -------
    W as `over_deciding_now`, L as `over_the_best_plan`: below 0, committing to another approach is cheaper than waiting

    Examples
    --------
    >>> costs = {"PE": np.array([1.0, 9.0]), "ST": np.array([3.0, 5.0]), "FT": np.array([2.0, 2.0])}
    >>> waiting_usd(costs, "PE", "ST", 6.0)
    {'over_deciding_now': 1.0, 'over_the_best_plan': -1.0}
    """
    now = min(float(totals[first].mean()), float(totals[staged].mean()))
    flexible = float(np.minimum(totals[first], totals[staged]).mean()) if switch_month > 0 else now
    best = min(float(each.mean()) for each in totals.values())
    return {"over_deciding_now": now - flexible, "over_the_best_plan": best - flexible}


@lru_cache(maxsize=4)
def _basis(count: int) -> Values:
    """Return orthonormal polynomials over the ranks."""
    ranks = (np.arange(count) + 0.5) / count * 2.0 - 1.0
    powers = legendre.legvander(ranks, min(DEGREE, count - 1))
    return np.asarray(powers @ np.linalg.inv(np.linalg.cholesky(powers.T @ powers)).T)


def _expected(costs: Values, value: Values, basis: Values) -> Values:
    """Estimate the cost of every approach where one input is known; the mean over the draws is kept."""
    order = np.argsort(value, kind="stable")
    ordered = value[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    if len(starts) <= FEW_VALUES:
        sizes = np.diff(np.append(starts, len(value)))[:, None]
        means = np.add.reduceat(costs[order], starts, axis=0) / sizes
        return np.repeat(means, sizes[:, 0], axis=0)
    return np.asarray(basis @ (basis.T @ costs[order]))
