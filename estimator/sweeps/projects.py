"""Many projects at once: a table over one template, or a whole scenario a line; a row out for every row in."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.deadline import check_time
from estimator.errors import EstimatorError, ScenarioError
from estimator.price_book import Library
from estimator.scenario import Scenario
from estimator.scenario.inputs import Input
from estimator.scenario.pointer import at_base
from estimator.sweeps.cells import evaluate
from estimator.sweeps.template import Template

Read = Callable[[Any], Scenario]
Row = dict[str, Any]
BLOCK_ROWS = 8192


class TextRow(dict[str, Any]):
    """A row of a table, where every value is written as text."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that could not be read, in its place."""

    message: str


@dataclass(frozen=True, slots=True)
class Answered:
    """Some rows of a portfolio, answered.

    Parameters
    ----------
    start : number of the first row, from 1
    rows : one for each row in: number, labels, total_usd, winner, break_even, error
    """

    start: int
    rows: list[Row]


def read_csv(lines: Iterable[str]) -> Iterator[Row | Unreadable]:
    """Read rows of a CSV table: the header holds pointers and, without a leading slash, names of labels.

    An empty cell leaves the template's value.

    Raises
    ------
    ScenarioError : the table has no header, or a column twice
    """
    table = csv.reader(lines)
    header = next(table, None)
    if not header or not any(header):
        raise ScenarioError("The table needs a header of pointers, such as /workload/requests_per_month.")
    doubled = {name for name in header if header.count(name) > 1}
    if doubled:
        raise ScenarioError(f"Each column stands once; twice: {', '.join(sorted(doubled))}.")
    for cells in table:
        if not cells:
            continue
        if len(cells) != len(header):
            yield Unreadable(f"{len(cells)} cells under a header of {len(header)} columns.")
        else:
            yield TextRow((name, cell) for name, cell in zip(header, cells, strict=True) if cell != "")


def read_json_lines(lines: Iterable[str]) -> Iterator[Row | Unreadable]:
    """Read one JSON object a line: pointers and labels, or a whole scenario; empty lines are skipped."""
    for line in lines:
        if not line.strip():
            continue
        try:
            found = json.loads(line, parse_constant=_refuse_constant)
        except ValueError as error:
            yield Unreadable(f"No JSON: {error}.")
            continue
        yield found if isinstance(found, dict) else Unreadable("Must be a JSON object.")


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON number")


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
    while taken := list(islice(remaining, BLOCK_ROWS)):
        answered = [_whole(row, library, read) for row in taken] if frame is None else _over(frame, taken, library)
        yield Answered(number, [{"row": number + place, **each} for place, each in enumerate(answered)])
        number += len(taken)


def _whole(row: Row | Unreadable, library: Library, read: Read) -> Row:
    """Answer a row that is a scenario of its own."""
    check_time()
    if isinstance(row, Unreadable):
        return _refused("", row.message)
    try:
        scenario = at_base(read(row))
    except EstimatorError as error:
        return _refused(error.pointer, error.message)
    found = evaluate(Template(scenario, read), library, {}, 1)
    return {"labels": {"name": scenario.name} if scenario.name else {}, **found.row(0)}


def _over(template: Template, rows: Sequence[Row | Unreadable], library: Library) -> list[Row]:
    """Answer rows over a template: what can be read is computed together."""
    errors: dict[int, tuple[str, str]] = {}
    columns: dict[str, Input | None] = {}
    for place, row in enumerate(rows):
        if isinstance(row, Unreadable):
            errors[place] = ("", row.message)
            continue
        for name in row.keys() - columns.keys():
            if name.startswith("/"):
                try:
                    columns[name] = template.number_at(name)
                except EstimatorError as error:
                    errors[place] = (error.pointer, error.message)
    table = {pointer: _values(rows, pointer, declared, errors) for pointer, declared in columns.items()}
    for place, row in enumerate(rows):
        if place not in errors and isinstance(row, dict):
            unknown = next((name for name in row if name.startswith("/") and name not in columns), None)
            if unknown is not None:
                errors[place] = _unknown(template, unknown)
    kept = [place for place in range(len(rows)) if place not in errors]
    found = evaluate(template, library, {p: [each[k] for k in kept] for p, each in table.items()}, len(kept))
    answered = {place: found.row(at) for at, place in enumerate(kept)}
    return [
        {**(answered[place] if place in answered else _refused(*errors[place])), "labels": _labels(row)}
        for place, row in enumerate(rows)
    ]


def _unknown(template: Template, pointer: str) -> tuple[str, str]:
    try:
        template.number_at(pointer)
    except EstimatorError as error:
        return error.pointer, error.message
    raise AssertionError(pointer)


def _values(
    rows: Sequence[Row | Unreadable], pointer: str, declared: Input | None, errors: dict[int, tuple[str, str]]
) -> list[Any]:
    """Return the values of one column; what may not stand there is noted as the error of its row."""
    values = [row.get(pointer) if isinstance(row, dict) else None for row in rows]
    if declared is None:
        return [
            _from_text(value) if isinstance(row, TextRow) else value for row, value in zip(rows, values, strict=True)
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
        words = declared.objection(listed[at])
        if np.isnan(listed[at]):
            words = f"Must be a number, not {values[stated[at]]!r}."
        if words:
            errors.setdefault(stated[at], (pointer, words))
    for place, number in zip(stated, listed, strict=True):
        values[place] = number
    return values


def _numbers(values: list[Any], written: list[bool]) -> npt.NDArray[np.float64]:
    """Read numbers, from text where a table wrote it; NaN where there is none, so that the row is refused."""
    if all(text or type(value) in (int, float) for value, text in zip(values, written, strict=True)):
        try:
            return np.asarray(values, dtype=float)
        except ValueError:
            pass
    return np.array([_number(value, text=text) for value, text in zip(values, written, strict=True)])


def _number(value: Any, *, text: bool) -> float:
    if not text and type(value) not in (int, float):
        return float("nan")
    try:
        return float(value)
    except ValueError:
        return float("nan")


def _from_text(value: Any) -> Any:
    """Read a text of a table as the JSON value it writes, where it writes one."""
    if value is None:
        return None
    try:
        return json.loads(value, parse_constant=_refuse_constant)
    except ValueError:
        return value


def _labels(row: Row | Unreadable) -> Row:
    return {name: value for name, value in row.items() if not name.startswith("/")} if isinstance(row, dict) else {}


def _refused(pointer: str, detail: str) -> Row:
    return {
        "labels": {},
        "total_usd": None,
        "winner": None,
        "break_even": None,
        "error": {"pointer": pointer, "detail": detail},
    }
