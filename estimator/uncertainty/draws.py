"""Draw the uncertain inputs together: scrambled Sobol points, rank correlations by a Gaussian copula."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from estimator.errors import ScenarioError, UnknownNameError
from estimator.uncertainty.distributions import value_at_chance
from estimator.uncertainty.inputs import Uncertain

Values = npt.NDArray[np.float64]
EDGE = 2.0**-33
"""Chances are kept this far from 0 and 1, where a normal distribution has no end."""
LEAST_EIGENVALUE = 1e-10
REPAIRS = 200


@dataclass(frozen=True, slots=True)
class Draws:
    """The uncertain inputs, drawn.

    Parameters
    ----------
    values : by pointer, shape (draws, 1)
    chances : where in its distribution each value lies, shape (draws, inputs)
    repaired_by : largest change of a stated rank correlation that was needed to make them possible, 0 without
    """

    values: dict[str, Values]
    chances: Values
    repaired_by: float = 0.0

    @property
    def count(self) -> int:
        """How many draws there are."""
        return len(self.chances)


def power_of_two(draws: int) -> int:
    """Round a number of draws up to the next power of two, in which Sobol points are balanced.

    Examples
    --------
    >>> power_of_two(8192), power_of_two(8193)
    (8192, 16384)
    """
    return 1 << (draws - 1).bit_length()


def draw(uncertain: Sequence[Uncertain], correlations: Sequence[Mapping[str, Any]], draws: int, seed: int) -> Draws:
    """Draw every uncertain input.

    Parameters
    ----------
    uncertain : the inputs
    correlations : entries {first, second, rank_correlation}; first and second are pointers
    draws : rounded up to a power of two
    seed : makes the draws repeatable

    Raises
    ------
    UnknownNameError : a correlation names an input that is not uncertain
    ScenarioError : two entries for one pair, or an input correlated with itself
    """
    count = power_of_two(draws)
    if not uncertain:
        return Draws({}, np.empty((count, 0)))
    points = qmc.Sobol(len(uncertain), rng=np.random.default_rng(seed)).random_base2(count.bit_length() - 1)
    chances = np.clip(np.asarray(points).T.copy(), EDGE, 1.0 - EDGE)
    repaired_by = 0.0
    if correlations:
        places, ranks = rank_matrix([each.pointer for each in uncertain], correlations)
        chances[places], repaired_by = correlated(chances[places], ranks)
    values = {
        each.pointer: value_at_chance(each.distribution, chance, each.declared)[:, None]
        for each, chance in zip(uncertain, chances, strict=True)
    }
    return Draws(values, chances.T, repaired_by)


def rank_matrix(pointers: Sequence[str], correlations: Sequence[Mapping[str, Any]]) -> tuple[list[int], Values]:
    """Arrange rank correlations in a matrix over the inputs that they name.

    Returns
    -------
    the places of these inputs among all, and their rank correlations

    Raises
    ------
    UnknownNameError : an entry names an input that is not uncertain
    ScenarioError : two entries for one pair, or an input correlated with itself
    """
    for number, entry in enumerate(correlations):
        for role in ("first", "second"):
            if entry[role] not in pointers:
                raise UnknownNameError("uncertain input", entry[role], pointers, f"/correlations/{number}/{role}")
        if entry["first"] == entry["second"]:
            raise ScenarioError("An input cannot be correlated with itself.", f"/correlations/{number}/second")
    places = sorted({pointers.index(entry[role]) for entry in correlations for role in ("first", "second")})
    ranks = np.eye(len(places))
    for number, entry in enumerate(correlations):
        one, other = (places.index(pointers.index(entry[role])) for role in ("first", "second"))
        if ranks[one, other] != 0.0:
            raise ScenarioError("This pair has a rank correlation already.", f"/correlations/{number}")
        ranks[one, other] = ranks[other, one] = entry["rank_correlation"]
    return places, ranks


def correlated(chances: Values, ranks: Values) -> tuple[Values, float]:
    """Give independent chances (inputs, draws) the rank correlations of a Gaussian copula.

    Equation
    --------
    rho = 2 sin(pi rho_S / 6), repaired to the nearest correlation matrix where it is none

    Returns
    -------
    the chances, and the largest change of a rank correlation by the repair
    """
    wanted = 2.0 * np.sin(np.pi * ranks / 6.0)
    possible = nearest_correlation(wanted)
    root = np.linalg.cholesky(possible)
    changed = np.abs(6.0 / np.pi * np.arcsin(possible / 2.0) - ranks)
    np.fill_diagonal(changed, 0.0)
    largest = float(changed.max())
    return np.clip(ndtr(root @ ndtri(chances)), EDGE, 1.0 - EDGE), largest if largest > 1e-6 else 0.0


def nearest_correlation(wanted: Values) -> Values:
    """Find the correlation matrix that is nearest to a symmetric matrix with ones on its diagonal.

    Source
    ------
    Higham 2002, IMA Journal of Numerical Analysis 22, 329: alternating projections with Dykstra's correction.

    Examples
    --------
    >>> nearest_correlation(np.array([[1.0, 0.5], [0.5, 1.0]])).round(12).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    if np.linalg.eigvalsh(wanted)[0] >= LEAST_EIGENVALUE:
        return wanted
    here, correction = wanted.copy(), np.zeros_like(wanted)
    for _ in range(REPAIRS):
        moved = here - correction
        levels, directions = np.linalg.eigh(moved)
        positive = (directions * np.maximum(levels, 1e-8)) @ directions.T
        correction = positive - moved
        here = positive.copy()
        np.fill_diagonal(here, 1.0)
    scale = np.sqrt(np.diag(positive))
    return np.asarray(positive / np.outer(scale, scale))
