"""The shipped price book, read once for all tests: no test changes it."""

from estimator.price_book import Library

LIBRARY = Library()
