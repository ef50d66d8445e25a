"""Small price folders written in the test itself."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from estimator.price_book import Library, PriceBook
from estimator.price_book.history import SHIPPED
from estimator.price_book.tables import COLUMNS

PLAIN = {
    "offer": "acme/small",
    "price": "input_token",
    "value": "2",
    "unit": "USD/Mtoken",
    "currency": "USD",
    "from_quantity": "0",
    "recorded_on": "2026-04-01",
    "source": "acme@1",
    "verification": "seen",
}
SOURCES = "id,title,publisher,url,retrieved_on,archive_url\nacme@1,Prices,Acme,https://acme.example,2026-04-01,\n"

Write = Callable[..., Path]


def line(**cells: str) -> str:
    filled = PLAIN | cells
    return ",".join(filled.get(column, "") for column in COLUMNS)


def opened(library: Library, asked: str | None = None, known_by: str | None = None) -> PriceBook:
    """Open the book of a day, of a version, or the newest."""
    if asked is not None and len(asked) != len("2026-11-20"):
        return library.book(version=asked)
    day = None if asked is None else date.fromisoformat(asked)
    return library.book(on=day, known_by=None if known_by is None else date.fromisoformat(known_by))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a table of lines into a folder, the vocabulary and sources beside it."""

    def written(*lines: str, table: str = "token_prices", folder: str = "book") -> Path:
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        if folder == "book":
            (place / "quantities.csv").write_text((SHIPPED / "quantities.csv").read_text())
            (place / "sources.csv").write_text(SOURCES)
        (place / f"{table}.csv").write_text("\n".join([",".join(COLUMNS), *lines]) + "\n")
        return place

    return written
