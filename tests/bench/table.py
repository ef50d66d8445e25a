"""One measured line, and how it is timed and printed."""

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A figure beside its baseline.

    Parameters
    ----------
    what : what was measured
    figure, unit : the measurement
    baseline, baseline_figure : what it is compared with, in the same unit; None where the figure stands alone
    wanted : the target, in words
    """

    what: str
    figure: float
    unit: str
    baseline: str = ""
    baseline_figure: float | None = None
    wanted: str = ""


def show(lines: list[Line]) -> None:
    """Print measured lines."""
    for line in lines:
        ratio = ""
        if line.baseline_figure:
            ratio = f"  = {line.figure / line.baseline_figure:.3g} x {line.baseline} ({line.baseline_figure:.4g})"
        wanted = f"  [wanted: {line.wanted}]" if line.wanted else ""
        sys.stdout.write(f"{line.what}: {line.figure:.4g} {line.unit}{ratio}{wanted}\n")
        sys.stdout.flush()


def seconds_of(work: Callable[[], object], *, rounds: int = 15, times: int = 20) -> float:
    """Return the median over rounds of the seconds of processor time of one call."""
    work()
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(times):
            work()
        spent.append((time.process_time() - start) / times)
    return statistics.median(spent)
