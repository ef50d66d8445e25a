"""At which traffic one approach becomes cheaper than another over the whole horizon."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from estimator.break_even.roots import Evaluate, Roots, by_scan, in_pieces, straight

Values = npt.NDArray[np.float64]
Totals = Callable[[Values], Mapping[str, Values]]
"""Takes first-month requests (n,), returns the total cost of every approach (n,)."""

MOST_CELLS = 2_000_000
"""Cells times months that one search may compute."""
REACH = 100.0
"""How far beyond today's traffic, or the largest capacity of one replica, jumps are looked for."""
SCAN_REACH = 1e4
MOST_REQUESTS = 1e15
"""The largest traffic that a scenario may state."""
ROUNDING = 1e-13
"""A rise below this part of the cost is rounding, not slope."""


def break_points(
    capacities: Sequence[tuple[float, bool]], caps: float | None, pattern: Values, high: float
) -> npt.NDArray[np.float64]:
    """List the first-month requests at which some month reaches a multiple of a capacity, or the cap.

    Parameters
    ----------
    capacities : requests of a month, and whether cost jumps at every multiple (or bends once)
    caps : most requests of a month, None without
    pattern : requests of each month over those of the first
    high : largest first-month requests of interest

    Examples
    --------
    >>> break_points([(10.0, True)], None, np.array([1.0, 2.0]), 25.0).tolist()
    [5.0, 10.0, 15.0, 20.0, 25.0]
    >>> break_points([(1.7e308, False)], None, np.array([1.0, 0.95]), 25.0).tolist()
    []
    """
    shapes = np.unique(pattern[pattern > 0])
    found = []
    for capacity, stepped in capacities:
        if not 0 < capacity <= high * shapes.max(initial=0.0):
            continue
        for shape in shapes:
            times = np.floor(high * shape / capacity) if stepped else 1.0
            found.append(np.arange(1.0, times + 1.0) * capacity / shape)
    if caps is not None:
        with np.errstate(over="ignore"):
            found.append(caps / shapes)
    breaks = np.unique(np.concatenate(found)) if found else np.array([])
    return breaks[breaks <= high]


def search_traffic(
    totals: Totals,
    pairs: Sequence[tuple[str, str]],
    today: float,
    pattern: Values,
    capacities: Sequence[tuple[float, bool]],
    cap: float | None,
    *,
    curved: bool,
) -> dict[tuple[str, str], Roots]:
    """Find every break-even traffic of every pair.

    Closed form where cost is straight in the traffic; exact pieces where replicas make it jump or a cap bends it;
    scan and Brent where caching, or a switch month that is searched, bends it smoothly, or where there are more jumps
    below today's traffic than can be counted.

    Parameters
    ----------
    totals : total costs by first-month requests
    pairs : candidate and baseline
    today : first-month requests of the scenario
    pattern : requests of each month over those of the first, before the cap
    capacities, cap : see break_points
    curved : whether cost bends smoothly
    """
    seen: dict[bytes, Mapping[str, Values]] = {}

    def at(points: Values) -> Mapping[str, Values]:
        key = points.tobytes()
        if key not in seen:
            seen[key] = totals(points)
        return seen[key]

    def gap(candidate: str, baseline: str) -> Evaluate:
        def evaluate(points: Values) -> tuple[Values, Values]:
            cost = at(points)
            left, right = cost[candidate], cost[baseline]
            return left - right, np.maximum(np.abs(left), np.abs(right))

        return evaluate

    if curved or _affordable(capacities, pattern, np.inf) < today:
        high = min(max(today, 1e4) * SCAN_REACH, MOST_REQUESTS)
        breaks = break_points(capacities, cap, pattern, _affordable(capacities, pattern, high))
        return {pair: by_scan(gap(*pair), 1.0, high, 400, list(breaks[:1000])) for pair in pairs}
    if any(capacities) or cap is not None:
        largest = max((capacity for capacity, _ in capacities if capacity < np.inf), default=0.0)
        high = min(REACH * max(today, largest, cap or 0.0, 1.0), MOST_REQUESTS)
        high = _affordable(capacities, pattern, high)
        breaks = break_points(capacities, cap, pattern, high)
        return {pair: in_pieces(gap(*pair), 0.0, high, list(breaks)) for pair in pairs}
    unit = max(today, 1e6)
    ends = np.array([0.0, unit])
    found = {}
    for pair in pairs:
        usd, scale = gap(*pair)(ends)
        rise = float(usd[1] - usd[0])
        slope = 0.0 if abs(rise) <= ROUNDING * float(scale.max()) else rise / unit
        found[pair] = straight(float(usd[0]), slope, float(scale.max()))
    return found


def _affordable(capacities: Sequence[tuple[float, bool]], pattern: Values, high: float) -> float:
    """Shorten the reach so that the pieces between jumps stay countable."""
    shapes = np.unique(pattern[pattern > 0])
    jumps_per_request = sum(
        float(shapes.sum()) / capacity for capacity, stepped in capacities if stepped and capacity > 0
    )
    most = MOST_CELLS / (2.0 * len(pattern))
    return min(high, most / jumps_per_request) if jumps_per_request > 0 else high
