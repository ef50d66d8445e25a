"""Where a difference changes its sign along one input: exact on straight pieces, scan and Brent on bends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from estimator.break_even.months import ZERO, Direction, Kind

Values = npt.NDArray[np.float64]
Evaluate = Callable[[Values], tuple[Values, Values]]
"""Takes points (n,), returns the difference D (n,) and the scale below which it counts as none (n,)."""

Method = Literal["straight", "pieces", "scan"]


@dataclass(frozen=True, slots=True)
class Root:
    """One value of an input at which the cheaper approach changes."""

    at: float
    direction: Direction
    kind: Kind


@dataclass(frozen=True, slots=True)
class Roots:
    """Every change of sign between two ends, and how it was looked for.

    Parameters
    ----------
    found : the roots in ascending order
    cheaper : intervals in which the candidate is cheaper
    lowest_at, lowest_usd : where D is lowest among the points looked at
    searched_from, searched_to : the ends, None = without end
    points : points looked at
    method : "straight" closed form, "pieces" exact on pieces between jumps and bends, "scan" and Brent
    """

    found: tuple[Root, ...]
    cheaper: tuple[tuple[float, float | None], ...]
    lowest_at: float | None
    lowest_usd: float | None
    searched_from: float
    searched_to: float | None
    points: int
    method: Method


def straight(at_zero_usd: float, per_unit_usd: float, scale_usd: float) -> Roots:
    """Solve D(x) = D(0) + x D' for x > 0.

    Examples
    --------
    >>> straight(5000.0, -0.05, 1e4).found
    (Root(at=100000.0, direction='down', kind='linear'),)
    >>> straight(5000.0, 0.05, 1e4).found
    ()
    """
    zero = ZERO * scale_usd
    at_zero_usd = 0.0 if abs(at_zero_usd) <= zero else at_zero_usd
    found: tuple[Root, ...] = ()
    if at_zero_usd * per_unit_usd < 0:
        direction: Direction = "down" if per_unit_usd < 0 else "up"
        found = (Root(-at_zero_usd / per_unit_usd, direction, "linear"),)
    ahead = at_zero_usd < 0 or (at_zero_usd == 0 and per_unit_usd < 0)
    cheaper = _intervals(found, 0.0, None, ahead=ahead)
    falling = per_unit_usd < 0
    return Roots(found, cheaper, None if falling else 0.0, None if falling else at_zero_usd, 0.0, None, 2, "straight")


def in_pieces(evaluate: Evaluate, low: float, high: float, breaks: Sequence[float]) -> Roots:
    """Solve exactly where D is straight between known breaks, and may jump at each of them.

    Two points inside each piece give its line; the line gives the root, and its ends show the jumps.
    """
    edges = np.unique(np.concatenate([[low], [b for b in breaks if low < b < high], [high]]))
    start, width = edges[:-1], np.diff(edges)
    keep = width > 1e-9 * np.maximum(np.abs(start), 1e-300)
    start, width = start[keep], width[keep]
    inside = np.concatenate([start + width * 0.25, start + width * 0.75])
    usd, scale = evaluate(inside)
    left, right = usd[: len(start)], usd[len(start) :]
    slope = (right - left) / (width * 0.5)
    at_start, at_end = left - slope * width * 0.25, right + slope * width * 0.25
    ends = np.column_stack([at_start, at_end]).ravel()
    places = np.column_stack([start, start + width]).ravel()
    zero = ZERO * float(scale.max())
    return _walk(places, ends, zero, low, high, len(inside), "pieces", None)


def by_scan(evaluate: Evaluate, low: float, high: float, points: int = 400, breaks: Sequence[float] = ()) -> Roots:
    """Look at many points, evenly spaced in the logarithm where both ends are above zero, then close in by Brent."""
    spaced = np.geomspace(low, high, points) if low > 0 else np.linspace(low, high, points)
    near = np.array([b * f for b in breaks for f in (1.0 - 1e-9, 1.0 + 1e-9) if low < b * f < high])
    places = np.unique(np.concatenate([spaced, near]))
    usd, scale = evaluate(places)

    def at(points: Values) -> Values:
        return evaluate(points)[0]

    return _walk(places, usd, ZERO * float(scale.max()), low, high, len(places), "scan", at)


def _walk(
    places: Values,
    usd: Values,
    zero: float,
    low: float,
    high: float,
    points: int,
    method: Method,
    at: Callable[[Values], Values] | None,
) -> Roots:
    """Follow the sign from point to point; a difference below `zero` keeps the sign before it."""
    sign = np.sign(usd) * (np.abs(usd) > zero)
    known = sign[sign != 0]
    current = known[0] if len(known) else 0.0
    ahead = current < 0
    found = []
    for place in range(1, len(places)):
        if sign[place] == 0 or sign[place] == current:
            continue
        direction: Direction = "down" if sign[place] < 0 else "up"
        where, kind = _between(places[place - 1], places[place], usd[place - 1], usd[place], at)
        found.append(Root(where, direction, kind))
        current = sign[place]
    lowest = int(np.argmin(usd))
    return Roots(
        found=tuple(found),
        cheaper=_intervals(tuple(found), low, high, ahead=ahead),
        lowest_at=float(places[lowest]),
        lowest_usd=float(usd[lowest]),
        searched_from=low,
        searched_to=high,
        points=points,
        method=method,
    )


def _between(
    left: float, right: float, left_usd: float, right_usd: float, at: Callable[[Values], Values] | None
) -> tuple[float, Kind]:
    """Return the root between two points and whether the difference jumps over it."""
    if right == left:
        return float(left), "jump"
    if at is None:
        return float(left + (right - left) * np.clip(left_usd / (left_usd - right_usd), 0.0, 1.0)), "linear"
    if left_usd * right_usd >= 0:
        return float(left), "linear"
    known = {left: left_usd, right: right_usd}
    where = float(
        brentq(
            lambda x: known[x] if x in known else float(at(np.array([x]))[0]),
            left,
            right,
            xtol=1e-12 * abs(right),
            rtol=1e-12,
        )
    )
    nudge = max(abs(where) * 1e-9, 1e-12)
    below, above = at(np.array([max(where - nudge, left), min(where + nudge, right)]))
    step = abs(above - below)
    return where, "jump" if step > 1e-3 * abs(right_usd - left_usd) and right - left > 4 * nudge else "linear"


def _intervals(
    found: tuple[Root, ...], low: float, high: float | None, *, ahead: bool
) -> tuple[tuple[float, float | None], ...]:
    intervals: list[tuple[float, float | None]] = []
    start: float | None = low if ahead else None
    for root in found:
        if root.direction == "down":
            start = root.at
        elif start is not None:
            intervals.append((start, root.at))
            start = None
    if start is not None:
        intervals.append((start, high))
    return tuple(intervals)
