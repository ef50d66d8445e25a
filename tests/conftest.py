"""What all tests share."""

import os

import pytest
from hypothesis import settings

from estimator.price_book import Library

settings.register_profile("ci", derandomize=True, print_blob=True)
if os.environ.get("CI"):
    settings.load_profile("ci")  # the same examples each time; people and make fuzz look further


@pytest.fixture(scope="session")
def library() -> Library:
    """The shipped price book."""
    return Library()
