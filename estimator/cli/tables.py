"""Tables in plain text."""

from collections.abc import Iterable, Sequence
from typing import Any


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], numbers_from: int = 1) -> str:
    """Write rows under their columns; the columns from ``numbers_from`` on are set to the right.

    Examples
    --------
    >>> print(table(["approach", "total"], [["prompt", "1.00"], ["tuned", "22.50"]]))
    approach  total
    --------  -----
    prompt     1.00
    tuned     22.50
    """
    cells = [[str(column) for column in columns], *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(columns))]
    cells.insert(1, ["-" * width for width in widths])
    return "\n".join(_line(row, widths, numbers_from) for row in cells)


def _line(row: Sequence[str], widths: Sequence[int], numbers_from: int) -> str:
    set_right = [
        cell.rjust(width) if place >= numbers_from else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(set_right).rstrip()
