"""The service whose answers the commands give, and the price book that both read."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from estimator.price_book import Library, load_price_book
from estimator.web.app import create_app
from estimator.web.settings import Settings
from tests.shipped import LIBRARY


@pytest.fixture(scope="session")
def client() -> FlaskClient:
    return create_app(Settings(log_level="error"), LIBRARY).test_client()


@pytest.fixture(autouse=True)
def _shipped_tables_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by each command again; the folders of the settings are, where there are some."""

    def load(folders: Iterable[Path | str]) -> Library:
        found = tuple(folders)
        return load_price_book(found) if found else LIBRARY

    monkeypatch.setattr("estimator.cli.library.load_price_book", load)
