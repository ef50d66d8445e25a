"""The price book as records: for the API, the page and the command line."""

from typing import Any

from estimator.price_book import PriceBook

ROW_COLUMNS = (
    "table",
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
    "checked_on",
    "age_days",
    "verification",
    "source",
    "source_url",
    "origin",
    "note",
)


def book_summary(book: PriceBook) -> dict[str, Any]:
    """Describe the book: version, days, and for each table its offers, rows and the age of the oldest look."""
    return {
        "version": book.version,
        "on": book.on,
        "known_by": book.known_by,
        "tables": [_table_summary(book, table) for table in book.history.tables],
    }


def _table_summary(book: PriceBook, table: str) -> dict[str, Any]:
    rows = book.rows(table)
    ages = [age for row in rows if (age := book.age_days(row)) is not None]
    return {
        "table": table,
        "offers": len({row.offer for row in rows}),
        "rows": len(rows),
        "oldest_age_days": max(ages, default=None),
        "newest_age_days": min(ages, default=None),
    }
