"""The price book."""

import pytest

from estimator.price_book import Library


@pytest.fixture(scope="session")
def library() -> Library:
    return Library()
