"""Which input moves the answer most: one at a time, or all together."""

from estimator.sensitivity.analysis import Sensitivity, analyse, explain_ranges, write_sensitivity
from estimator.sensitivity.screening import Screened, screen
from estimator.sensitivity.tornado import Bar, Lever, levers_of, tornado
from estimator.sensitivity.variance import Shares, variance_shares

__all__ = [
    "Bar",
    "Lever",
    "Screened",
    "Sensitivity",
    "Shares",
    "analyse",
    "explain_ranges",
    "levers_of",
    "screen",
    "tornado",
    "variance_shares",
    "write_sensitivity",
]
