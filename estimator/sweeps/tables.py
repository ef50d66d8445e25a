"""Rows of a portfolio as they are written: a CSV table, or a JSON object a line."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from estimator.errors import ScenarioError
from estimator.scenario import Scenario

Row = dict[str, Any]
NAME = "/name"
"""Enters no figure: it is a label of its row, so that rows of different names are computed together."""
BYTE_ORDER_MARK = "\ufeff"


class TextRow(dict[str, Any]):
    """A row of a table, where every value is written as text."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that could not be read, in its place.

    Parameters
    ----------
    message : why
    labels : what its readable cells say about which row it is
    """

    message: str
    labels: Row = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to be read one by one.

    Parameters
    ----------
    rows : the rows, each once
    labels : names of the columns that are no pointers, None where every row may have its own
    """

    rows: Iterator[Row | Unreadable]
    labels: tuple[str, ...] | None = None

    def __iter__(self) -> Iterator[Row | Unreadable]:
        """Read on."""
        return self.rows


def read_csv(lines: Iterable[str]) -> Rows:
    """Read rows of a CSV table: the header holds pointers and, without a leading slash, names of labels.

    An empty cell leaves the template's value.

    Raises
    ------
    ScenarioError : the table has no header, a column twice, or a pointer without its leading slash
    """
    table = csv.reader(_unmarked(lines), strict=True)
    try:
        header = [name.strip() for name in next(table, [])]
    except csv.Error as error:
        raise ScenarioError(f"The header cannot be read: {error}.") from error
    if not any(header):
        raise ScenarioError("The table needs a header of pointers, such as /workload/requests_per_month.")
    doubled = {name for name in header if header.count(name) > 1}
    if doubled:
        raise ScenarioError(f"Each column stands once; twice: {', '.join(sorted(doubled))}.")
    for name in header:
        part, slash, _ = name.partition("/")
        if slash and part in _PARTS:
            raise ScenarioError(f"A pointer begins with a slash: write /{name} in the place of {name}.")
    return Rows(_cells(table, header), tuple(name for name in header if not name.startswith("/")))


_PARTS = {each.name for each in fields(Scenario)}


def _cells(table: Any, header: list[str]) -> Iterator[Row | Unreadable]:
    while True:
        try:
            cells = next(table, None)
        except csv.Error as error:
            yield Unreadable(f"Line {table.line_num} of the table cannot be read: {error}.")
            continue
        if cells is None:
            return
        if not cells:
            continue
        if _broken("".join(cells)):
            yield Unreadable("Its text is not UTF-8.", _labels(header, cells))
        elif len(cells) != len(header):
            message = f"{len(cells)} cells under a header of {len(header)} columns."
            yield Unreadable(message, _labels(header, cells))
        else:
            yield TextRow((name, cell) for name, cell in zip(header, cells, strict=True) if cell != "")


def _labels(header: list[str], cells: list[str]) -> Row:
    """Return the labels of a row that cannot be read, as far as its cells reach from the left."""
    named = zip(header, cells, strict=False)
    own = {name: cell for name, cell in named if (name == NAME or name[:1] != "/") and cell and not _broken(cell)}
    return {name.removeprefix("/"): cell for name, cell in own.items()}


def parse_json(text: str) -> Any:
    """Read one JSON document, without the words that are no JSON numbers.

    Raises
    ------
    ValueError : it is none

    Examples
    --------
    >>> parse_json('{"a": 1}')
    {'a': 1}
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON number")


def _broken(text: str) -> bool:
    """Tell whether bytes stood in a text that are no UTF-8."""
    return not text.isascii() and _HALF.search(text) is not None


_HALF = re.compile("[\ud800-\udfff]")


def read_json_lines(lines: Iterable[str], parse: Callable[[str], Any] = parse_json) -> Rows:
    """Read one JSON object a line: pointers and labels, or a whole scenario; empty lines are skipped.

    Parameters
    ----------
    parse : reads a line, and raises ValueError where it cannot
    """
    return Rows(_objects(lines, parse))


def _objects(lines: Iterable[str], parse: Callable[[str], Any]) -> Iterator[Row | Unreadable]:
    for line in _unmarked(lines):
        if not line.strip():
            continue
        try:
            found = parse(line)
        except ValueError as error:
            yield Unreadable(f"No JSON: {str(error).removesuffix('.')}.")
            continue
        yield found if isinstance(found, dict) else Unreadable("Must be a JSON object.")


def _unmarked(lines: Iterable[str]) -> Iterator[str]:
    """Leave out the mark that spreadsheets put before the first line."""
    for place, line in enumerate(lines):
        yield line.removeprefix(BYTE_ORDER_MARK) if place == 0 else line


def from_text(value: str | None) -> Any:
    """Read a text of a table as the JSON value it writes, where it writes one.

    Examples
    --------
    >>> from_text("12"), from_text("true"), from_text("lora"), from_text("NaN")
    (12, True, 'lora', 'NaN')
    """
    if value is None:
        return None
    try:
        return parse_json(value)
    except ValueError:
        return value
