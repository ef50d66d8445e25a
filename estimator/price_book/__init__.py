"""Answer what a thing cost on a day, as it was known on a day, and where that number was read."""

from estimator.price_book.book import PriceBook
from estimator.price_book.library import Library, load_price_book
from estimator.price_book.rows import (
    Lifecycle,
    LifecycleEvent,
    Price,
    PriceRow,
    TokenOffer,
    TokenTier,
    TuningOffer,
)

__all__ = [
    "Library",
    "Lifecycle",
    "LifecycleEvent",
    "Price",
    "PriceBook",
    "PriceRow",
    "TokenOffer",
    "TokenTier",
    "TuningOffer",
    "load_price_book",
]
