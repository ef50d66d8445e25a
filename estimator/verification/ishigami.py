"""Sobol indices of the Ishigami function, whose exact values are known: a check of the library that estimates them."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import sobol_indices, uniform

A, B = 7.0, 0.1
SEED = 1

Values = npt.NDArray[np.float64]


def ishigami(x: Values) -> Values:
    """Evaluate the Ishigami function for points in columns (3, n).

    Equation
    --------
    f = sin x_1 + a sin^2 x_2 + b x_3^4 sin x_1
    """
    value: Values = np.sin(x[0]) + A * np.sin(x[1]) ** 2 + B * x[2] ** 4 * np.sin(x[0])
    return value


def first_order(draws: int) -> Values:
    """Estimate the first-order indices from `draws` base points."""
    return np.asarray(_indices(draws).first_order)


def total(draws: int) -> Values:
    """Estimate the total indices from `draws` base points."""
    return np.asarray(_indices(draws).total_order)


def _indices(draws: int) -> Any:
    angle: Any = uniform(loc=-np.pi, scale=2.0 * np.pi)
    return sobol_indices(func=ishigami, n=draws, dists=[angle] * 3, rng=np.random.default_rng(SEED))
