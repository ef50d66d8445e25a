"""Read the tables of one folder: every cell checked, every mistake reported with file, line and column."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from estimator.errors import EstimatorError
from estimator.price_book.levels import LEVELS

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = (
    "offer",
    "price",
    "value",
    "unit",
    "currency",
    "region",
    "variant",
    "from_quantity",
    "hours_utc",
    "valid_from",
    "recorded_on",
    "source",
    "verification",
    "note",
)
KEY = ("offer", "price", "region", "variant", "from_quantity", "hours_utc", "valid_from", "recorded_on")
PRICE_TABLES = (
    "token_prices",
    "caching_rules",
    "training_prices",
    "hosting_prices",
    "gpu_prices",
    "labour_rates",
    "label_prices",
    "tool_prices",
    "exchange_rates",
)
"""The tables of prices; every one has the columns above."""
LIFECYCLE_COLUMNS = (
    "offer",
    "applies_to",
    "event",
    "day",
    "replacement",
    "recorded_on",
    "source",
    "verification",
    "note",
)
SOURCE_COLUMNS = ("id", "title", "publisher", "url", "retrieved_on", "archive_url")
CHECK_COLUMNS = (
    "table",
    "offer",
    "price",
    "region",
    "variant",
    "from_quantity",
    "checked_on",
    "recorded_on",
    "source",
    "seen",
)
VERSION_COLUMNS = ("version", "known_by", "digest", "rows", "note")
QUANTITY_COLUMNS = ("price", "unit", "meaning")

LONGEST_FOUND = 300
"""Characters of a wrong cell that are shown."""

_HOURS = re.compile(r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d$")
_DAY = r"\d{4}-\d{2}-\d{2}"


class TableError(EstimatorError):
    """A mistake in a table: says in which file, line and column, what stands there and what was expected."""

    def __init__(self, path: Path, line: int, column: str, found: str, expected: str) -> None:
        super().__init__(
            f"{path}, line {line}, column {column!r}: found {found[:LONGEST_FOUND]!r}, expected {expected}."
        )
        self.path = path
        self.line = line
        self.column = column


@cache
def parse_day(text: str) -> date | None:
    """Read an ISO date; nothing is no date.

    Examples
    --------
    >>> parse_day("2026-11-20"), parse_day("")
    (datetime.date(2026, 11, 20), None)
    """
    return date.fromisoformat(text) if text else None


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one table of one folder, as columns.

    Dates stay ISO text, where the order of letters is the order of days; "" is before every day.
    """

    name: str
    path: Path
    lines: tuple[str, ...]
    columns: dict[str, list[str]]
    values: list[float]
    quantities: list[float]

    def __len__(self) -> int:
        return len(self.lines)


def read_frame(path: Path, columns: tuple[str, ...]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read a CSV file as text cells, with its lines as they stand; refuse other columns and broken lines."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise TableError(path, line, "the whole line", repr(error.object[error.start : error.end]), "UTF-8") from None
    lines = text.splitlines()
    header = _cells(lines[0]) if lines else []
    if tuple(header) != columns:
        raise TableError(path, 1, "header", ",".join(header), f"the columns {','.join(columns)}")
    try:
        frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, na_filter=False, index_col=False)
    except (pd.errors.ParserError, pd.errors.ParserWarning) as problem:
        raise _broken_line(path, lines, len(columns)) from problem
    if len(frame) != len(lines) - 1:
        raise _broken_line(path, lines, len(columns))
    return frame, tuple(lines[1:])


def _cells(line: str) -> list[str]:
    """Cut a line into cells; none where one is longer than the csv module reads."""
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []


def _broken_line(path: Path, lines: list[str], width: int) -> TableError:
    for number, line in enumerate(lines, start=1):
        cells = _cells(line)
        if len(cells) != width:
            return TableError(
                path, number, "the whole line", line[:80], f"{width} cells on one line, found {len(cells)}"
            )
    return TableError(
        path, len(lines), "the whole line", lines[-1][:80], "one row a line, without line breaks in cells"
    )


def _refuse(path: Path, frame: pd.DataFrame, wrong: pd.Series[bool], column: str, expected: str) -> None:
    if wrong.any():
        place = int(wrong.to_numpy().argmax())
        raise TableError(path, place + 2, column, str(frame[column].iloc[place]), expected)


def _is_day(cells: pd.Series[str]) -> pd.Series[bool]:
    return cells.str.fullmatch(_DAY) & pd.to_datetime(cells, format="%Y-%m-%d", errors="coerce").notna()


def read_table(path: Path, *, units: dict[str, str], overlay: bool = False) -> Table:
    """Read one table of prices and check every cell.

    An overlay may leave `recorded_on`, `source` and `verification` empty: its numbers are the operator's own.
    """
    frame, lines = read_frame(path, COLUMNS)
    value = pd.to_numeric(frame["value"], errors="coerce")
    _refuse(path, frame, (frame["value"] != "") & ~(value.abs() < 1e15), "value", "a number, or nothing where it ended")
    _refuse(path, frame, value < 0, "value", "a number that is not negative")
    quantity = pd.to_numeric(frame["from_quantity"].where(frame["from_quantity"] != "", "0"), errors="coerce")
    _refuse(path, frame, ~(quantity >= 0), "from_quantity", "a number of units, 0 for the first tier")
    _refuse(path, frame, frame["offer"].str.strip() == "", "offer", "the name of an offer, 'provider/model'")
    _refuse(path, frame, ~frame["price"].isin(list(units)), "price", f"a name of quantities.csv: {', '.join(units)}")
    _refuse(path, frame, frame["unit"] != frame["price"].map(units), "unit", "the unit of that price in quantities.csv")
    _refuse(path, frame, ~frame["currency"].str.fullmatch("[A-Z]{3}"), "currency", "an ISO 4217 code such as USD")
    _refuse(
        path,
        frame,
        (frame["valid_from"] != "") & ~_is_day(frame["valid_from"]),
        "valid_from",
        "a date as 2026-11-20, or nothing",
    )
    empty_allowed = (frame["recorded_on"] == "") if overlay else pd.Series(data=False, index=frame.index)
    _refuse(path, frame, ~(empty_allowed | _is_day(frame["recorded_on"])), "recorded_on", "a date as 2026-11-20")
    hours = frame["hours_utc"]
    _refuse(
        path,
        frame,
        (hours != "") & ~hours.str.fullmatch(_HOURS.pattern.strip("^$")),
        "hours_utc",
        "hours as 06:00-10:00",
    )
    known = frame["verification"].isin(list(LEVELS)) | (overlay & (frame["verification"] == ""))
    _refuse(path, frame, ~known, "verification", f"one of {', '.join(LEVELS)}")
    if not overlay:
        _refuse(
            path,
            frame,
            (frame["source"] == "") & (frame["verification"] != "unverified"),
            "source",
            "an id of sources.csv",
        )
    _refuse(path, frame, frame.duplicated(subset=list(KEY)), "offer", "one row for each " + ", ".join(KEY))
    return Table(
        name=path.stem,
        path=path,
        lines=lines,
        columns={column: frame[column].tolist() for column in COLUMNS},
        values=value.tolist(),
        quantities=quantity.tolist(),
    )


def read_units(path: Path) -> dict[str, str]:
    """Read quantities.csv: which prices there are, and in what unit each is written."""
    frame, _ = read_frame(path, QUANTITY_COLUMNS)
    _refuse(path, frame, frame.duplicated(subset=["price"]), "price", "one line for each price")
    return dict(zip(frame["price"], frame["unit"], strict=True))


def read_records(
    path: Path, columns: tuple[str, ...], days: tuple[str, ...]
) -> tuple[list[dict[str, str]], tuple[str, ...]]:
    """Read one of the other tables as records, its days checked."""
    frame, lines = read_frame(path, columns)
    for column in days:
        _refuse(path, frame, (frame[column] != "") & ~_is_day(frame[column]), column, "a date as 2026-11-20")
    rows = [dict(zip(columns, cells, strict=True)) for cells in frame.itertuples(index=False, name=None)]
    return rows, lines
