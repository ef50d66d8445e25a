"""Small price folders written in the test itself."""

from collections.abc import Callable
from pathlib import Path

import pytest

from estimator.price_book.library import SHIPPED
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
