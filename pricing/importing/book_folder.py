"""Read and write the CSV files of one price folder, rows as dictionaries of text."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from typing import TYPE_CHECKING

from estimator.price_book.tables import CHECK_COLUMNS, COLUMNS, LIFECYCLE_COLUMNS, SOURCE_COLUMNS
from pricing.importing.quotes import Page

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pricing.importing.quotes import Snapshot

Row = dict[str, str]

OTHER_COLUMNS = {"checks": CHECK_COLUMNS, "lifecycle": LIFECYCLE_COLUMNS, "sources": SOURCE_COLUMNS}


def columns_of(table: str) -> tuple[str, ...]:
    """Return the columns of a table."""
    return OTHER_COLUMNS.get(table, COLUMNS)


def read_rows(folder: Path, table: str) -> list[Row]:
    """Read the rows of a table; a missing file has none."""
    path = folder / f"{table}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def order(table: str, row: Row) -> tuple[str | float, ...]:
    """Return the place of a row in its table."""
    if table == "sources":
        return (row["id"],)
    if table == "lifecycle":
        return tuple(row[column] for column in ("offer", "applies_to", "event", "day", "recorded_on", "source"))
    quantity = float(row["from_quantity"] or 0.0)
    if table == "checks":
        return (
            *(row[column] for column in ("table", "offer", "price", "region", "variant")),
            quantity,
            row["checked_on"],
            row["recorded_on"],
            row["source"],
        )
    return (
        *(row[column] for column in ("offer", "price", "region", "variant")),
        quantity,
        *(row[column] for column in ("hours_utc", "valid_from", "recorded_on")),
    )


def write_rows(folder: Path, table: str, rows: Iterable[Row]) -> None:
    """Write a table, sorted, with one line a row."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns_of(table), lineterminator="\n")
    writer.writeheader()
    for row in sorted(rows, key=lambda row: order(table, row)):
        writer.writerow(row)
    (folder / f"{table}.csv").write_text(text.getvalue(), encoding="utf-8")


def page_of(snapshot: Snapshot) -> Page:
    """Return what sources.csv says of a snapshot as a whole."""
    return Page(snapshot.source, snapshot.title, snapshot.publisher, snapshot.url, snapshot.as_of.isoformat())


def write_sources(folder: Path, pages: Iterable[Page], cited: set[str]) -> None:
    """Enter the pages that rows cite in sources.csv, each once; an entry is never changed."""
    rows = read_rows(folder, "sources")
    known = {row["id"] for row in rows}
    fresh = {page.id: {**asdict(page), "archive_url": ""} for page in pages if page.id in cited - known}
    if fresh:
        write_rows(folder, "sources", [*rows, *fresh.values()])


def number_text(value: float | None) -> str:
    """Write a number so that it reads back the same, without a needless point; nothing for no number.

    Rounding to 12 significant digits takes away the dust of a multiplication by a million.

    Examples
    --------
    >>> number_text(8.0), number_text(1.5e-07 * 1e6), number_text(None)
    ('8', '0.15', '')
    """
    if value is None:
        return ""
    text = f"{value:.12g}"
    return text if "e" not in text else f"{value:.15f}".rstrip("0").rstrip(".")
