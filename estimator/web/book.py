"""The price book of the running application."""

from typing import Any

from flask import current_app, g

from estimator.price_book import Library, PriceBook


def current_library() -> Library:
    """Return the tables that this process serves."""
    library: Library = current_app.extensions["library"]
    return library


def book_of(query: dict[str, Any]) -> PriceBook:
    """Open the book on the days that a query names, and name its version on the answer."""
    current_library().refuse_before_all(query.get("on"))
    book = current_library().book(on=query.get("on"), known_by=query.get("known_by"))
    g.book_version = book.version
    return book
