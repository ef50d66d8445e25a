"""What changed between two books: two days, two states of knowledge, or two folders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from estimator.price_book.book import PriceBook
    from estimator.price_book.rows import PriceRow

Kind = Literal["new", "ended", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One price that is not the same in two books.

    Parameters
    ----------
    kind : "new" where only the second book has it, "ended" where only the first has it, "changed" where both do
    before, after : the rows
    """

    kind: Kind
    before: PriceRow | None
    after: PriceRow | None

    @property
    def row(self) -> PriceRow:
        """Return the row that there is, the later one if there are two."""
        found = self.after or self.before
        if found is None:
            raise ValueError("A difference has at least one row.")
        return found

    @property
    def change_share(self) -> float | None:
        """Return the change as a share of the price before, None where there is no price to compare with."""
        if self.before is None or self.after is None or not self.before.value or self.after.value is None:
            return None
        return self.after.value / self.before.value - 1.0


def compare_books(
    before: PriceBook, after: PriceBook, tables: Iterable[str] | None = None, *, search: str = ""
) -> list[Difference]:
    """List the prices that differ between two books, in the order of the tables.

    Parameters
    ----------
    before, after : the books
    tables : the tables to compare, by default all
    search : compare only offers whose name holds these words
    """
    words = search.lower().split()
    found: list[Difference] = []
    for table in tables or after.history.tables:
        offers = before.history.places(table).keys() | after.history.places(table).keys()
        offers |= before.own_offers(table) | after.own_offers(table)
        for offer in sorted(offers):
            if not all(word in offer.lower() for word in words):
                continue
            old, new = before.current(table, offer), after.current(table, offer)
            for key in sorted(old.keys() | new.keys()):
                one, other = old.get(key), new.get(key)
                if one is None and other is not None:
                    found.append(Difference("new", None, other.row))
                elif other is None and one is not None:
                    found.append(Difference("ended", one.row, None))
                elif one is not None and other is not None and float(one) != float(other):
                    found.append(Difference("changed", one.row, other.row))
    return found
