"""Many scenarios at once: grids, break-even curves and surfaces, portfolios; in blocks, so that memory stays flat."""

from estimator.sweeps.axes import Axis, spaced
from estimator.sweeps.break_even_curves import BreakEvenCurve, BreakEvenSurface, break_even_curve, break_even_surface
from estimator.sweeps.cells import Cells
from estimator.sweeps.grid import Block, sweep
from estimator.sweeps.projects import Answered, portfolio
from estimator.sweeps.tables import Rows, Unreadable, read_csv, read_json_lines
from estimator.sweeps.template import Template

__all__ = [
    "Answered",
    "Axis",
    "Block",
    "BreakEvenCurve",
    "BreakEvenSurface",
    "Cells",
    "Rows",
    "Template",
    "Unreadable",
    "break_even_curve",
    "break_even_surface",
    "portfolio",
    "read_csv",
    "read_json_lines",
    "spaced",
    "sweep",
]
