"""What all tests share."""

import os

import pytest
from hypothesis import settings

from estimator.price_book import Library
from tests.shipped import LIBRARY

settings.register_profile("people", deadline=None)  # no test is judged by the clock
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "people")  # CI: the same examples each time


@pytest.fixture(scope="session")
def library() -> Library:
    """The shipped price book."""
    return LIBRARY
