"""What the tests of the upkeep of prices share."""

from pathlib import Path

import pytest

from estimator.price_book.history import SHIPPED


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A book without prices."""
    made = tmp_path / "book"
    made.mkdir()
    (made / "quantities.csv").write_text((SHIPPED / "quantities.csv").read_text())
    return made
