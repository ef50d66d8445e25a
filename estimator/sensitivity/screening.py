"""Find the few inputs that matter among many: elementary effects."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
LEVELS = 8
PATHS = 20
TRIMMED = 0.005
"""Part left out at both ends of every distribution: unbounded ones have no end."""


@dataclass(frozen=True, slots=True)
class Screened:
    """Elementary effects of every input over its whole range.

    Parameters
    ----------
    strength : mean of their sizes, mu*
    spread : their standard deviation, sigma: interactions and bends
    """

    strength: Values
    spread: Values


def screen(evaluate: Callable[[Values], Values], inputs: int, seed: int, paths: int = PATHS) -> Screened:
    """Walk random paths through the inputs, one step in one input at a time.

    Equation
    --------
    EE_i = (f(x + Delta e_i) - f(x)) / Delta,  Delta = p / (2 (p - 1)), p = 8 levels

    Parameters
    ----------
    evaluate : the model, over chances (points, inputs)
    inputs : how many inputs there are
    paths : how many; paths (inputs + 1) runs are made

    Source
    ------
    Morris 1991, Technometrics 33, 161; mu* of Campolongo, Cariboni and Saltelli 2007.
    """
    random = np.random.default_rng(seed)
    step = LEVELS / (2.0 * (LEVELS - 1.0))
    starts = random.integers(0, LEVELS // 2, (paths, inputs)) / (LEVELS - 1.0)
    upwards = random.random((paths, inputs)) < 0.5
    order = np.argsort(random.random((paths, inputs)), axis=1)
    turn = np.argsort(order, axis=1)
    corner = np.arange(inputs + 1)[None, :, None]
    moved = turn[:, None, :] < corner
    high = moved == upwards[:, None, :]
    points = starts[:, None, :] + step * high
    chances = TRIMMED + (1.0 - 2.0 * TRIMMED) * points
    found = evaluate(chances.reshape(-1, inputs)).reshape(paths, inputs + 1)
    steps = np.diff(found, axis=1) / step
    effects = np.take_along_axis(steps, turn, axis=1) * np.where(upwards, 1.0, -1.0)
    return Screened(np.abs(effects).mean(axis=0), effects.std(axis=0, ddof=1))
