"""Own prices win: single numbers of a request, and negotiated discounts."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from estimator.errors import ScenarioError, UnknownNameError
from estimator.price_book.rows import Price, PriceRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date


@dataclass(frozen=True, slots=True)
class Override:
    """One number of a request, in place of a row of a table."""

    table: str
    offer: str
    price: str
    value: float
    region: str = ""
    variant: str = ""
    from_quantity: float = 0.0
    note: str = ""

    def row(self, units: Mapping[str, str], on: date) -> PriceRow:
        """Write the number as a row of the book."""
        if self.price not in units:
            raise UnknownNameError("price", self.price, units)
        return PriceRow(
            self.table,
            self.offer,
            self.price,
            self.value,
            units[self.price],
            region=self.region,
            variant=self.variant,
            from_quantity=self.from_quantity,
            source="request",
            verification="own",
            note=self.note,
            checked_on=on,
            origin="request",
        )


@dataclass(frozen=True, slots=True)
class Discount:
    """A negotiated discount: a share off every table price whose offer and price match.

    Parameters
    ----------
    offers : 'provider' for everything it sells, or a pattern, "openai/gpt-4.1*"
    share : 0.18 takes 18 % off
    prices : pattern of the price names, "*" for all, "*_token" for tokens only
    """

    offers: str
    share: float
    prices: str = "*"

    def __post_init__(self) -> None:
        if not 0.0 <= self.share <= 1.0:
            raise ScenarioError(f"A discount is a share between 0 and 1, got {self.share!r}: write 18 % as 0.18.")

    def covers(self, row: PriceRow) -> bool:
        """Say whether the rule takes something off this row."""
        pattern = self.offers if any(sign in self.offers for sign in "/*?") else f"{self.offers}/*"
        return row.unit != "1" and fnmatchcase(row.offer, pattern) and fnmatchcase(row.price, self.prices)


def apply_discounts(price: Price, discounts: Iterable[Discount]) -> Price:
    """Take every discount that covers a price off it, one after the other.

    Examples
    --------
    >>> price = Price(PriceRow("token_prices", "acme/small", "input_token", 2.0, "USD/Mtoken"))
    >>> apply_discounts(price, [Discount("acme", 0.25)]).row.note
    '25 % off by the rule for acme, list price 2'
    """
    for rule in discounts:
        if rule.covers(price.row):
            note = f"{rule.share * 100:g} % off by the rule for {rule.offers}, list price {float(price):g}"
            price = price.scaled(1.0 - rule.share, note, "discount")
    return price
