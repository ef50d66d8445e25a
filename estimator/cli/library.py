"""The price book that the command line reads: the shipped tables and the folders of the settings."""

from estimator.price_book import Library, load_price_book
from estimator.web.settings import read_settings


def open_library() -> Library:
    """Load the tables as the service would."""
    return load_price_book(read_settings().folders)
