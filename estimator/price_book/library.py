"""The shelf of price books: one for each day that is asked for, over the same tables."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from typing import TYPE_CHECKING

from estimator.errors import PriceNotFoundError
from estimator.price_book.book import PriceBook
from estimator.price_book.history import SHIPPED, PriceHistory

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MOST_BOOKS = 32
"""Books kept open at once; a caller who asks for many days gets each, and the oldest is closed."""


class Library(PriceHistory):
    """The tables of all folders, and the books that can be read from them."""

    def __init__(self, folders: Iterable[Path | str] = (), *, shipped: Path = SHIPPED) -> None:
        super().__init__(folders, shipped=shipped)
        self._books: dict[tuple[date, date], PriceBook] = {}

    def book(self, on: date | None = None, known_by: date | None = None, version: str | None = None) -> PriceBook:
        """Open the book as it stood.

        Parameters
        ----------
        on : price by what was valid on this day; by default the day of the newest row that is known
        known_by : use only what had been recorded by this day; by default everything
        version : the version of an earlier answer, "2026-11-20+0123456789ab", or its hash alone
        """
        if version is not None:
            known_by = self.day_of(version)
        asked = (known_by or self.newest_day).isoformat()
        place = bisect_right(self._days, asked)
        if place == 0:
            raise PriceNotFoundError(
                f"Nothing was recorded by {asked}: the first row is of {self._days[0]}. Ask for a later day."
            )
        known = date.fromisoformat(self._days[place - 1])
        day = on or known
        if (day, known) not in self._books:
            if len(self._books) >= MOST_BOOKS:
                self._books.pop(next(iter(self._books)))
            self._books[day, known] = PriceBook(self, on=day, known_by=known)
        return self._books[day, known]

    def refuse_before_all(self, on: date | None) -> None:
        """Refuse a day that somebody asks for and that no price is known to hold on.

        Raises
        ------
        PriceNotFoundError : the day is before all of them
        """
        if on is not None and self.first_day is not None and on < self.first_day:
            raise PriceNotFoundError(
                f"No price of {on} is known: the first one is of {self.first_day}. Ask for that day or a later one."
            )


def load_price_book(folders: Iterable[Path | str] = ()) -> Library:
    """Read the shipped tables and the operator's overlay folders, later ones on top."""
    return Library(folders)
