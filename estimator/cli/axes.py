"""An input and its values, as they are written on the command line."""

import csv
from typing import Any

from estimator.errors import ScenarioError
from estimator.sweeps.tables import from_text

RANGE = "/POINTER=FROM:TO:POINTS[:log]"
AXIS = "/POINTER=V1,V2,...|FROM:TO:POINTS[:log]"
SCALES = ("linear", "log")


def axis_document(written: str) -> dict[str, Any]:
    """Read an axis as the API takes it.

    Raises
    ------
    ScenarioError : it is neither a list of values nor a range

    Examples
    --------
    >>> axis_document("/horizon_months=12,24")
    {'pointer': '/horizon_months', 'values': [12, 24]}
    >>> axis_document("/workload/requests_per_month=1e3:1e6:4:log")["scale"]
    'log'
    """
    pointer, found, values = written.rpartition("=")
    if not found or not pointer or not values:
        raise ScenarioError(f"An axis is written {AXIS}, not {written!r}.")
    start, *rest = values.split(":")
    if rest and _number(start) is not None:
        return {"pointer": pointer, **_range(start, rest, written)}
    (cells,) = csv.reader([values], skipinitialspace=True)
    return {"pointer": pointer, "values": [from_text(cell) for cell in cells]}


def _range(start: str, rest: list[str], written: str) -> dict[str, Any]:
    stop, *more = rest
    points, scale = (from_text(more[0]) if more else 0, more[1] if len(more) > 1 else "linear")
    if len(more) not in (1, 2) or _number(stop) is None or scale not in SCALES or type(points) is not int:
        raise ScenarioError(f"A range is written FROM:TO:POINTS or FROM:TO:POINTS:log, not {written!r}.")
    return {"from": _number(start), "to": _number(stop), "points": points, "scale": scale}


def _number(text: str) -> float | None:
    value = from_text(text)
    return value if type(value) in (int, float) else None
