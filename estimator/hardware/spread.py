"""A quantity with its measured error: a median and two log-normal sides."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from estimator.quantities import Quantity

Z90 = 1.2815515655446004
"""Standard normal quantile of 0.9."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A log-normal quantity, as wide as predictions of it were wrong.

    Parameters
    ----------
    p50 : median
    sigma : standard deviation of ln(actual / predicted) above the median
    sigma_below : the same below the median; None = symmetric

    Examples
    --------
    >>> speed = Spread(1000.0, 0.3)
    >>> round(speed.p10, 1), speed.p50, round(speed.p90, 1)
    (680.8, 1000.0, 1468.8)
    >>> round(speed.scaled(2.0).p90, 1)
    2937.7
    """

    p50: Quantity
    sigma: Quantity
    sigma_below: Quantity | None = None

    @property
    def p10(self) -> Quantity:
        """Return the value that one in ten falls below."""
        return self.quantile(0.1)

    @property
    def p90(self) -> Quantity:
        """Return the value that nine in ten fall below."""
        return self.quantile(0.9)

    def quantile(self, p: Quantity) -> Quantity:
        """Return the value below which a share p of the actual ones is expected."""
        z = ndtri(p)
        below = self.sigma if self.sigma_below is None else self.sigma_below
        factor: Quantity = np.exp(z * np.where(np.less(z, 0.0), below, self.sigma))
        return self.p50 * (factor if np.ndim(factor) else float(factor))

    def scaled(self, factor: Quantity) -> "Spread":
        """Multiply by a number that is known exactly."""
        return replace(self, p50=self.p50 * factor)

    def inverse(self, numerator: Quantity = 1.0) -> "Spread":
        """Divide a known number by this quantity: a time from a speed. What was above is now below."""
        below = self.sigma if self.sigma_below is None else self.sigma_below
        return Spread(numerator / self.p50, below, None if self.sigma_below is None else self.sigma)
