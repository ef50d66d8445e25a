"""Every change of sign along one input, for many cells at once: a scan, then bisection of all of them together."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from estimator.break_even.months import ZERO

Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Signs = npt.NDArray[np.int8]
SCAN_POINTS = 400
BISECTIONS = 44
UNKNOWN = 2
"""In the place of a sign where the difference cannot be computed."""
UNCOMPUTABLE = "cannot_be_computed"
"""The reason where it cannot be said; where the scenario itself cannot be computed, an error beside it says why."""
BLOCK_SCANS = 2048
"""Cells computed together in a scan."""


def gap_between(left_usd: Values, right_usd: Values) -> tuple[Values, Values]:
    """Return a difference, and below which size it counts as none."""
    return left_usd - right_usd, ZERO * np.maximum(np.abs(left_usd), np.abs(right_usd))


def roots_along(
    gap: Callable[[Places, Values], tuple[Values, Values]],
    cells: int,
    ends: tuple[float, float],
    *,
    whole: bool = False,
) -> list[tuple[tuple[float, ...], str | None]]:
    """Find every change of sign between two ends: a scan, then bisection of all at once.

    Parameters
    ----------
    gap : difference of some cells at some points, NaN where it cannot be computed, and below which size it counts as
        none
    cells : how many cells there are
    ends : between which points
    whole : whether the points are whole numbers, as the ends are then: a root stands half-way between the two numbers
        next to each other that differ

    Returns
    -------
    the roots of each cell, and the reason where there is none

    Examples
    --------
    >>> def parabola(cells, points):
    ...     return (points - 2.0) * (points - 5.0), 1e-12
    >>> roots, reason = roots_along(parabola, 1, (0.0, 10.0))[0]
    >>> [round(root, 9) for root in roots], reason
    ([2.0, 5.0], None)
    """
    low, high = ends
    points = np.geomspace(low, high, SCAN_POINTS) if low > 0 else np.linspace(low, high, SCAN_POINTS)
    points[0], points[-1] = low, high
    if whole:
        every = np.arange(low, min(high, low + SCAN_POINTS) + 1.0)
        points = every if every[-1] >= high else np.unique(np.rint(points))
    signs = np.empty((cells, len(points)), dtype=np.int8)
    some = max(BLOCK_SCANS // SCAN_POINTS, 1)
    for start in range(0, cells, some):
        block = np.arange(start, min(start + some, cells))
        usd, zero = gap(np.repeat(block, len(points)), np.tile(points, len(block)))
        known = np.where(np.abs(usd) <= zero, 0.0, np.sign(usd))
        signs[block] = np.where(np.isnan(usd), UNKNOWN, known).reshape(len(block), len(points))
    owner, left, right, before = _turns(signs, points)
    for _ in range(BISECTIONS if len(owner) else 0):
        middle = np.rint(0.5 * (left + right)) if whole else 0.5 * (left + right)
        stays = np.sign(gap(owner, middle)[0]) == before
        left, right = np.where(stays, middle, left), np.where(stays, right, middle)
    found: list[list[float]] = [[] for _ in range(cells)]
    real = ~np.isnan(gap(owner, right)[0]) if len(owner) else owner
    for cell, root, there in zip(owner.tolist(), (0.5 * (left + right)).tolist(), real.tolist(), strict=True):
        if there:
            found[cell].append(root)
    return [(tuple(roots), None if roots else _why_none(signs[cell])) for cell, roots in enumerate(found)]


def _turns(signs: Signs, points: Values) -> tuple[Places, Values, Values, Signs]:
    """List the intervals over which the sign changes: their cell, both ends, the sign before.

    Ties are skipped; over a gap where nothing is known no change is claimed.
    """
    owner, left, right, before = [], [], [], []
    for cell, row in enumerate(signs):
        known = np.flatnonzero(row)
        earlier, later = row[known][:-1], row[known][1:]
        turns = np.flatnonzero((earlier != later) & (earlier != UNKNOWN) & (later != UNKNOWN))
        owner.append(np.full(len(turns), cell))
        left.append(points[known[turns]])
        right.append(points[known[turns + 1]])
        before.append(row[known[turns]])
    return np.concatenate(owner), np.concatenate(left), np.concatenate(right), np.concatenate(before)


def _why_none(signs: Signs) -> str:
    known = signs[(signs != 0) & (signs != UNKNOWN)]
    if not len(known):
        return UNCOMPUTABLE if (signs == UNKNOWN).any() else "tie"
    if (known != known[0]).any():
        return UNCOMPUTABLE
    return "always_cheaper" if known[0] < 0 else "never_cheaper"
