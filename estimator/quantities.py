"""The units of the model as types, and the few constants that turn one unit into another.

Every quantity is a float or an array of floats. In arrays the last axis is the month and the first axis is the
sample, grid cell or candidate, so that one formula serves a single estimate, a sweep and a Monte Carlo run.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Quantity: TypeAlias = float | npt.NDArray[np.float64]
"""A number, or an array of numbers whose last axis is the month."""

Usd: TypeAlias = Quantity
UsdPerHour: TypeAlias = Quantity
UsdPerMonth: TypeAlias = Quantity
UsdPerMillionTokens: TypeAlias = Quantity
UsdPerRequest: TypeAlias = Quantity
UsdPerUnit: TypeAlias = Quantity
Tokens: TypeAlias = Quantity
Requests: TypeAlias = Quantity
Examples: TypeAlias = Quantity
Hours: TypeAlias = Quantity
Seconds: TypeAlias = Quantity
Months: TypeAlias = Quantity
Share: TypeAlias = Quantity
"""A part of a whole, 0..1."""
Count: TypeAlias = Quantity
Flop: TypeAlias = Quantity

MILLION = 1e6
HOURS_PER_MONTH = 730.0
"""8760 hours of a year over 12 months."""
SECONDS_PER_HOUR = 3600.0
SECONDS_PER_MONTH = 2_628_000.0
WEEKS_PER_MONTH = 52.0 / 12.0
BYTES_PER_GB = 1e9
BYTES_PER_GIB = 2.0**30


def plus(series: Quantity, amount: Quantity) -> Quantity:
    """Add an amount to a series; nothing is added where the amount is the plain number 0.

    Examples
    --------
    >>> plus(np.array([1.0, 2.0]), 3.0), plus(np.array([1.0, 2.0]), 0.0)
    (array([4., 5.]), array([1., 2.]))
    """
    return series if type(amount) is float and amount == 0.0 else series + amount


def any_of(value: Quantity) -> bool:
    """Tell whether a number, or any number of an array, is not zero.

    Examples
    --------
    >>> any_of(0.0), any_of(2), any_of(np.array([0.0, 1.0]))
    (False, True, True)
    """
    return bool(value.any()) if isinstance(value, np.ndarray) else bool(value)
