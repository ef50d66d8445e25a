"""Look through a book for broken rules, rows that grew old, disagreements and rows that nobody can follow up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from estimator.price_book.levels import may_be_default
from estimator.price_book.rules import Broken, broken_rules

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from estimator.price_book.book import PriceBook
    from estimator.price_book.rows import PriceRow

MOST_DAYS: dict[str, int] = {
    "token_prices": 30,
    "caching_rules": 180,
    "training_prices": 90,
    "hosting_prices": 90,
    "gpu_prices": 60,
    "labour_rates": 400,
    "label_prices": 400,
    "tool_prices": 400,
    "exchange_rates": 7,
}
"""Days after which a row of a table should be looked at again."""


@dataclass(frozen=True, slots=True)
class Aged:
    """A row that was last seen true too long ago, or never (None)."""

    row: PriceRow
    age_days: int | None
    most_days: int


@dataclass
class CheckReport:
    """What a person should look at.

    Parameters
    ----------
    broken : rows that break a rule: they should not be in the book
    aged : rows older than the limit of their table
    conflicting : rows that a second source contradicts
    without_address : rows whose level promises a source that cannot be opened
    counts : rows by table and level
    """

    broken: list[Broken] = field(default_factory=list)
    aged: list[Aged] = field(default_factory=list)
    conflicting: list[PriceRow] = field(default_factory=list)
    without_address: list[PriceRow] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Say whether no rule is broken; age and disagreement are for a person to judge."""
        return not self.broken and not self.without_address


def check_book(book: PriceBook, *, today: date | None = None, tables: Iterable[str] | None = None) -> CheckReport:
    """Check every row that is valid in a book.

    Parameters
    ----------
    book : the book
    today : the day from which ages are counted, by default the book's own date
    tables : the tables to check, by default all
    """
    day = today or book.known_by
    report = CheckReport()
    for table in tables or book.history.tables:
        counts: dict[str, int] = {}
        for offer in sorted(book.history.places(table)):
            rows = [price.row for _, price in sorted(book.current(table, offer).items())]
            report.broken += broken_rules(rows)
            for row in rows:
                counts[row.verification] = counts.get(row.verification, 0) + 1
                _check_row(row, day, report)
        report.counts[table] = counts
    return report


def _check_row(row: PriceRow, day: date, report: CheckReport) -> None:
    if row.verification == "conflicting":
        report.conflicting.append(row)
    if may_be_default(row.verification) and row.verification != "own" and not row.source_url:
        report.without_address.append(row)
    most = MOST_DAYS[row.table]
    age = None if row.checked_on is None else (day - row.checked_on).days
    if row.verification not in {"own", "assumed"} and (age is None or age > most):
        report.aged.append(Aged(row, age, most))
