"""Show the book: rows as plain fields, tables as CSV, and an overview of what there is."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, TypedDict

from estimator.price_book.levels import may_be_default

if TYPE_CHECKING:
    from collections.abc import Iterable

    from estimator.price_book.book import PriceBook
    from estimator.price_book.rows import PriceRow


class RowFields(TypedDict):
    """A row as every answer shows it."""

    table: str
    offer: str
    price: str
    value: float | None
    unit: str
    currency: str
    region: str
    variant: str
    from_quantity: float
    hours_utc: str
    valid_from: str | None
    recorded_on: str | None
    source: str
    source_url: str
    verification: str
    may_be_default: bool
    checked_on: str | None
    age_days: int | None
    origin: str
    note: str


class TableOverview(TypedDict):
    """What a table holds on the day of the book."""

    table: str
    offers: int
    rows: int
    providers: int
    oldest_check: str | None
    newest_check: str | None


def row_fields(book: PriceBook, row: PriceRow) -> RowFields:
    """Return a row with its age and whether it may serve as a default."""
    return {
        "table": row.table,
        "offer": row.offer,
        "price": row.price,
        "value": row.value,
        "unit": row.unit,
        "currency": row.currency,
        "region": row.region,
        "variant": row.variant,
        "from_quantity": row.from_quantity,
        "hours_utc": row.hours_utc,
        "valid_from": row.valid_from.isoformat() if row.valid_from else None,
        "recorded_on": row.recorded_on.isoformat() if row.recorded_on else None,
        "source": row.source,
        "source_url": row.source_url,
        "verification": row.verification,
        "may_be_default": may_be_default(row.verification),
        "checked_on": row.checked_on.isoformat() if row.checked_on else None,
        "age_days": book.age_days(row),
        "origin": row.origin,
        "note": row.note,
    }


def to_csv(book: PriceBook, rows: Iterable[PriceRow]) -> str:
    """Write rows as CSV with a header; a cell that a spreadsheet would run as a formula is kept as text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, RowFields.__annotations__, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row_fields(book, row).items()})
    return text.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@"} else value


def overview(book: PriceBook) -> list[TableOverview]:
    """Say for each table what it holds on the day of the book."""
    found: list[TableOverview] = []
    for table in book.library.tables:
        rows = book.rows(table)
        checked = sorted(row.checked_on for row in rows if row.checked_on)
        found.append(
            {
                "table": table,
                "offers": len({row.offer for row in rows}),
                "rows": len(rows),
                "providers": len({row.offer.partition("/")[0] for row in rows}),
                "oldest_check": checked[0].isoformat() if checked else None,
                "newest_check": checked[-1].isoformat() if checked else None,
            }
        )
    return found


def find_offers(book: PriceBook, words: str, tables: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """Return (table, offer) of every offer that has a price on the day and whose name holds all the words."""
    wanted = words.lower().split()
    return [
        (table, offer)
        for table in tables or book.library.tables
        for offer in sorted(book.library.places(table))
        if all(word in offer.lower() for word in wanted) and book.current(table, offer)
    ]
