"""What a table of the price book holds on one day, in a few numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from estimator.price_book.prices_on_day import PricesOnDay


@dataclass(frozen=True, slots=True)
class TableSummary:
    """One table.

    Parameters
    ----------
    table : its name
    offers, rows : how many are valid
    oldest_age_days, newest_age_days : days since the rows were last seen true, None where none of them was
    """

    table: str
    offers: int
    rows: int
    oldest_age_days: int | None
    newest_age_days: int | None


def summarise_table(book: PricesOnDay, table: str) -> TableSummary:
    """Count the offers and rows of one table, and find the oldest and the newest look at them."""
    rows = book.rows(table)
    ages = [age for row in rows if (age := book.age_days(row)) is not None]
    return TableSummary(
        table,
        offers=len({row.offer for row in rows}),
        rows=len(rows),
        oldest_age_days=max(ages, default=None),
        newest_age_days=min(ages, default=None),
    )
