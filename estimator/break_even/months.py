"""Where one cumulative curve crosses another: exact on the monthly grid, jumps included."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from estimator.curves import Curve

Direction = Literal["down", "up"]
Kind = Literal["linear", "jump"]
STATUSES = ("tie", "immediate", "never", "once", "lost", "multiple")
STATUS_OF = np.full((3, 3, 3), STATUSES.index("multiple"), dtype=np.int8)
"""Index into STATUSES by the initial sign (0, +1, -1 as last), the crossings down and the crossings up (2 = more)."""
STATUS_OF[0] = STATUSES.index("tie")
STATUS_OF[1, 0, :] = STATUSES.index("never")
STATUS_OF[1, 1, 0] = STATUSES.index("once")
STATUS_OF[-1, :, 0] = STATUSES.index("immediate")
STATUS_OF[-1, 0, 1] = STATUSES.index("lost")
ZERO = 1e-9
"""A difference below this part of the largest cost on either curve counts as none."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """One point where the difference of two curves changes its sign.

    Parameters
    ----------
    month : t
    direction : "down" where the candidate becomes cheaper, "up" where it becomes dearer
    kind : "linear" inside a month, "jump" at a sum paid at its end
    """

    month: float
    direction: Direction
    kind: Kind


@dataclass(frozen=True, slots=True)
class Difference:
    """D(t) = C_candidate(t) - C_baseline(t) along 0+, 1-, 1+, 2-, 2+, ... T+ and its sign at each point.

    Parameters
    ----------
    usd : shape (cells, 2 T + 1)
    sign : -1, 0 or +1; no difference takes the sign before it, and the first sign where none is before it
    """

    usd: npt.NDArray[np.float64]
    sign: npt.NDArray[np.int8]


def difference(candidate: Curve, baseline: Curve) -> Difference:
    """Subtract two curves and find the sign of what is left.

    Examples
    --------
    >>> dear = Curve(np.array([[10.0, 11.0, 12.0]]), np.array([[10.0, 11.0, 12.0]]))
    >>> cheap = Curve(np.array([[0.0, 8.0, 16.0]]), np.array([[0.0, 8.0, 16.0]]))
    >>> difference(dear, cheap).sign.tolist()
    [[1, 1, 1, -1, -1]]
    """
    before = candidate.before_usd - baseline.before_usd
    after = candidate.after_usd - baseline.after_usd
    usd = np.empty((len(after), 2 * after.shape[1] - 1))
    usd[:, 0::2] = after
    usd[:, 1::2] = before[:, 1:]
    scale = np.maximum(candidate.largest_usd, baseline.largest_usd)
    raw = np.sign(usd) * (np.abs(usd) > ZERO * scale)
    known = raw != 0
    place = np.where(known, np.arange(usd.shape[1]), 0)
    np.maximum.accumulate(place, axis=1, out=place)
    cell = np.arange(len(usd))[:, None]
    sign = raw[cell, place]
    initial = raw[cell, np.argmax(known, axis=1)[:, None]]
    return Difference(usd, np.where(sign == 0, initial, sign).astype(np.int8))


def crossings(found: Difference, cell: int = 0) -> tuple[Crossing, ...]:
    """List every crossing of one cell, in the order of time."""
    usd, sign = found.usd[cell], found.sign[cell]
    listed = []
    for place in np.flatnonzero(sign[1:] != sign[:-1]):
        direction: Direction = "down" if sign[place + 1] < 0 else "up"
        if place % 2:
            listed.append(Crossing(float((place + 1) // 2), direction, "jump"))
        else:
            listed.append(Crossing(float(_zero(usd[place], usd[place + 1]) + place // 2), direction, "linear"))
    return tuple(listed)


@dataclass(frozen=True, slots=True)
class Summary:
    """The break-even month of every cell.

    Parameters
    ----------
    status : index into STATUSES, shape (cells,)
    first, sustained : month, NaN where there is none
    """

    status: npt.NDArray[np.int8]
    first: npt.NDArray[np.float64]
    sustained: npt.NDArray[np.float64]


def summarise(found: Difference) -> Summary:
    """Find status, first and sustained break-even month of all cells at once."""
    sign = found.sign
    changes = sign[:, 1:] != sign[:, :-1]
    down = changes & (sign[:, 1:] < 0)
    downs = down.sum(axis=1)
    ups = changes.sum(axis=1) - downs
    ahead = sign[:, 0] < 0
    status = STATUS_OF[sign[:, 0], np.minimum(downs, 2), np.minimum(ups, 2)]
    first = np.where(ahead, 0.0, np.nan)
    last = np.zeros(len(sign))
    crossing = np.flatnonzero(downs)
    if crossing.size:
        places = down[crossing]
        ends = np.stack([np.argmax(places, axis=1), down.shape[1] - 1 - np.argmax(places[:, ::-1], axis=1)])
        first[crossing], last[crossing] = _months(found, crossing, ends)
        first[ahead] = 0.0
    return Summary(status, first, np.where(sign[:, -1] < 0, last, np.nan))


def _months(found: Difference, cells: npt.NDArray[np.int64], place: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    inside = place // 2 + _zero(found.usd[cells, place], found.usd[cells, place + 1])
    return np.where(place % 2 == 1, (place + 1) // 2, inside)


def _zero(start: npt.NDArray[np.float64], end: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the part of a month after which a line from `start` to `end` reaches zero."""
    run = start - end
    with np.errstate(divide="ignore", invalid="ignore"):
        part: npt.NDArray[np.float64] = np.clip(np.where(run == 0, 0.0, start / run), 0.0, 1.0)
    return part
