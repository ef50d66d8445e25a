"""Answer what a thing cost on a day, as it was known on a day, and where that number was read."""

from estimator.price_book.book import PriceBook
from estimator.price_book.checking import CheckReport, check_book
from estimator.price_book.differences import Difference, compare_books
from estimator.price_book.library import Library, load_price_book
from estimator.price_book.own_prices import Discount, Override, PriceFactor
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
    "CheckReport",
    "Difference",
    "Discount",
    "Library",
    "Lifecycle",
    "LifecycleEvent",
    "Override",
    "Price",
    "PriceBook",
    "PriceFactor",
    "PriceRow",
    "TokenOffer",
    "TokenTier",
    "TuningOffer",
    "check_book",
    "compare_books",
    "load_price_book",
]
