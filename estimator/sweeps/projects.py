"""Many projects at once: a table over one template, or a whole scenario a line; a row out for every row in."""

import json
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.computation import baseline_of
from estimator.deadline import check_time
from estimator.errors import EstimatorError, ScenarioError
from estimator.price_book import Library
from estimator.scenario import Scenario
from estimator.scenario.inputs import Input
from estimator.scenario.pointer import at_base
from estimator.sweeps.cells import BREAK_EVEN_COLUMNS, evaluate, sentence, told
from estimator.sweeps.grid import FEW_APPROACHES
from estimator.sweeps.tables import NAME, Row, Rows, TextRow, Unreadable, from_text
from estimator.sweeps.template import Template

Read = Callable[[Any], Scenario]
BLOCK_ROWS = 8192


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of an answered table are.

    Parameters
    ----------
    labels : names of the label columns; None where every row has its own, written together as one column
    approaches : names in the order of the template
    baseline : the approach the others are compared with
    """

    labels: tuple[str, ...] | None
    approaches: tuple[str, ...]
    baseline: str


@dataclass(frozen=True, slots=True)
class Answered:
    """Some rows of a portfolio, answered.

    Parameters
    ----------
    start : number of the first row, from 1
    written : one for each row in: number, labels, total_usd, winner, break_even, error
    layout : the columns, None where every row is a scenario with approaches of its own
    """

    start: int
    written: list[Row]
    layout: Layout | None = None

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.written)

    @property
    def failed(self) -> int:
        """How many rows carry an error."""
        return sum(row["error"] is not None for row in self.written)

    def rows(self) -> list[Row]:
        """Return each row as plain values."""
        return self.written

    def columns(self) -> dict[str, list[Any]]:
        """Write the rows as flat columns, for tables.

        Raises
        ------
        ScenarioError : every row has approaches of its own, and no table has columns for all of them
        """
        if self.layout is None:
            raise ScenarioError("Whole scenarios have approaches of their own: ask for JSON or JSON Lines.")
        rows, layout = self.written, self.layout
        flat: dict[str, list[Any]] = {"row": [row["row"] for row in rows]}
        results = [f"total_usd {name}" for name in layout.approaches]
        for name, column in zip(results, layout.approaches, strict=True):
            flat[name] = [row["total_usd"] and row["total_usd"][column] for row in rows]
        flat["winner"] = [row["winner"] for row in rows]
        for name in layout.approaches:
            for column, part in BREAK_EVEN_COLUMNS.items() if name != layout.baseline else ():
                flat[f"{column} {name}"] = [row["break_even"] and row["break_even"][name][part] for row in rows]
        flat["error"] = [row["error"] and sentence(row["error"]) for row in rows]
        if layout.labels is None:
            labels: dict[str, list[Any]] = {"labels": [_as_text(row["labels"]) for row in rows]}
        else:
            labels = {_unlike(name, flat): [row["labels"].get(name) for row in rows] for name in layout.labels}
        return {"row": flat.pop("row"), **labels, **flat}


def _as_text(labels: Row) -> str | None:
    return json.dumps(labels, ensure_ascii=False, separators=(",", ":")) if labels else None


def _unlike(label: str, taken: Container[str]) -> str:
    """Name the column of a label so that it hides no result."""
    return f"{label} (label)" if label in taken else label


def portfolio(
    rows: Iterable[Row | Unreadable], library: Library, read: Read, template: Scenario | None = None
) -> Iterator[Answered]:
    """Answer every row, in its order; an error stays with its row and no row is lost.

    Parameters
    ----------
    rows : pointers and labels over the template, or whole scenarios
    library : the price tables
    read : reads a document as a scenario, and raises EstimatorError where it cannot
    template : the scenario that the rows vary; None where every row is a whole scenario
    """
    number = 1
    remaining = iter(rows)
    frame = None if template is None else Template(at_base(template), read)
    layout = None
    if template is not None:
        labels = rows.labels if isinstance(rows, Rows) else None
        layout = Layout(labels, tuple(template.approaches), baseline_of(template))
    approaches = 0 if template is None else len(template.approaches)
    size = max(1, BLOCK_ROWS * FEW_APPROACHES // max(FEW_APPROACHES, approaches))
    while (taken := list(islice(remaining, size))) or number == 1:
        answered = [_whole(row, library, read) for row in taken] if frame is None else _over(frame, taken, library)
        yield Answered(number, [{"row": number + place, **each} for place, each in enumerate(answered)], layout)
        number += len(taken)
        if not taken:
            return


def _whole(row: Row | Unreadable, library: Library, read: Read) -> Row:
    """Answer a row that is a scenario of its own."""
    check_time()
    if isinstance(row, Unreadable):
        return _refused(EstimatorError(row.message))
    try:
        scenario = at_base(read(row))
    except EstimatorError as error:
        return _refused(error)
    found = evaluate(Template(scenario, read), library, {}, 1)
    return {"labels": {"name": scenario.name} if scenario.name else {}, **next(found.rows())}


def _over(template: Template, rows: Sequence[Row | Unreadable], library: Library) -> list[Row]:
    """Answer rows over a template: what can be read is computed together."""
    columns, unknown = _columns(template, rows)
    errors: dict[int, EstimatorError] = {}
    for place, row in enumerate(rows):
        wrong = EstimatorError(row.message) if isinstance(row, Unreadable) else _first_wrong(row, unknown)
        if wrong is not None:
            errors[place] = wrong
    table = {pointer: _values(rows, pointer, declared, errors) for pointer, declared in columns.items()}
    kept = [place for place in range(len(rows)) if place not in errors]
    found = evaluate(template, library, {p: [each[k] for k in kept] for p, each in table.items()}, len(kept))
    answered = dict(zip(kept, found.rows(), strict=True))
    inputs = {*columns, *unknown, NAME}
    return [
        {**(answered[place] if place in answered else _refused(errors[place])), "labels": _labels(row, inputs)}
        for place, row in enumerate(rows)
    ]


def _columns(
    template: Template, rows: Sequence[Row | Unreadable]
) -> tuple[dict[str, Input | None], dict[str, EstimatorError]]:
    """Return what the pointers of some rows are, and why some of them are nothing."""
    columns: dict[str, Input | None] = {}
    unknown: dict[str, EstimatorError] = {}
    for row in rows:
        if isinstance(row, Unreadable) or row.keys() <= columns.keys():
            continue
        for name in row:
            if not name.startswith("/") or name == NAME or name in columns or name in unknown:
                continue
            try:
                columns[name] = template.number_at(name)
            except EstimatorError as error:
                unknown[name] = error
    return columns, unknown


def _first_wrong(row: Row, unknown: dict[str, EstimatorError]) -> EstimatorError | None:
    """Return why a row cannot be read by its names alone, None where it can."""
    if not isinstance(row.get(NAME, ""), str):
        return ScenarioError(f"Must be text, not {row[NAME]!r}.", NAME)
    return next((unknown[name] for name in row if name in unknown), None) if unknown else None


def _values(
    rows: Sequence[Row | Unreadable], pointer: str, declared: Input | None, errors: dict[int, EstimatorError]
) -> list[Any]:
    """Return the values of one column; what may not stand there is noted as the error of its row."""
    values = [row.get(pointer) if isinstance(row, dict) else None for row in rows]
    if declared is None:
        return [
            from_text(value) if isinstance(row, TextRow) else value for row, value in zip(rows, values, strict=True)
        ]
    stated = [place for place, value in enumerate(values) if value is not None]
    numbers = _numbers([values[place] for place in stated], [isinstance(rows[place], TextRow) for place in stated])
    low = -np.inf if declared.low is None else declared.low
    high = np.inf if declared.high is None else declared.high
    suspect = ~((numbers > low) & (numbers < high))
    if declared.kind == "whole":
        suspect |= numbers != np.rint(numbers)
    listed = numbers.tolist()
    for at in np.flatnonzero(suspect).tolist():
        finite = np.isfinite(listed[at])
        words = declared.objection(listed[at]) if finite else f"Must be a number, not {values[stated[at]]!r:.120}."
        if words:
            errors.setdefault(stated[at], ScenarioError(words, pointer))
    for place, number in zip(stated, listed, strict=True):
        values[place] = number
    return values


def _numbers(values: list[Any], written: list[bool]) -> npt.NDArray[np.float64]:
    """Read numbers, from text where a table wrote it; NaN where there is none, so that the row is refused."""
    try:
        if all(written):
            if not any("_" in text for text in values):
                return np.asarray(values, dtype=float)
        elif all(type(value) in (int, float) for value in values):
            return np.asarray(values, dtype=float)
    except (ValueError, OverflowError):
        pass
    return np.array([_number(value, text=text) for value, text in zip(values, written, strict=True)], dtype=float)


def _number(value: Any, *, text: bool) -> float:
    """Read one number; an underscore between digits is Python's way of writing, not a table's."""
    readable = "_" not in value if text else type(value) in (int, float)
    try:
        return float(value) if readable else float("nan")
    except (ValueError, OverflowError):
        return float("nan")


def _labels(row: Row | Unreadable, inputs: Container[str]) -> Row:
    """Return the cells that are no input, and the name of the row."""
    if isinstance(row, Unreadable):
        return row.labels
    labels = {name: value for name, value in row.items() if name not in inputs}
    return {**labels, "name": row[NAME]} if NAME in row else labels


def _refused(error: EstimatorError) -> Row:
    return {"labels": {}, "total_usd": None, "winner": None, "break_even": None, "error": told(error)}
