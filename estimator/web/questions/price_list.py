"""The price book as records: for the API, the page and the command line."""

from dataclasses import asdict
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
        "tables": [asdict(each) for each in book.tables],
    }
