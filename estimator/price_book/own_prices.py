"""Own prices win: single numbers of a request, negotiated discounts, and factors on what the tables say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from estimator.errors import ScenarioError
from estimator.price_book.rows import Price, PriceRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from typing import Any

    from estimator.price_book.token_ladder import Key


ONE_VARIANT = {"token_prices": "", "gpu_prices": "on_demand"}
"""Tables in which a price without a variant means one variant; in the others it means every row of that price."""

ONE_REGION = {"token_prices": ""}
"""The same for regions."""

NEW_REGION = {"labour_rates": "us"}
"""The region of a row that the tables do not have, where the request names none."""


@dataclass(frozen=True, slots=True)
class Override:
    """One number of a request, in place of rows of a table.

    Parameters
    ----------
    table, offer, price : which number it is
    value : the number, in the unit of quantities.csv
    region, variant : exactly so; empty for the general region and standard variant of a token price, the on-demand
        price of a GPU, every row of that price elsewhere
    from_quantity : one tier; None for every tier and every hour of the day
    note : a remark, shown with the price
    pointer : where the request states it
    """

    table: str
    offer: str
    price: str
    value: float
    region: str = ""
    variant: str = ""
    from_quantity: float | None = None
    note: str = ""
    pointer: str = "/price_overrides"

    def covers(self, row: PriceRow) -> bool:
        """Say whether a row is this number: of two for one price the last one is."""
        return row.origin == "request" and row.pointer == self.pointer

    def keys(self, held: Iterable[Key]) -> list[Key]:
        """Return which of the prices that an offer has it replaces, or the one that it adds."""
        region = self.region or ONE_REGION.get(self.table)
        variant = self.variant or ONE_VARIANT.get(self.table)
        found = [
            key
            for key in held
            if key[0] == self.price
            and region in (None, key[1])
            and variant in (None, key[2])
            and self.from_quantity in (None, key[3])
        ]
        if region is None:
            region = NEW_REGION.get(self.table, "")
        return found or [(self.price, region, variant or "", self.from_quantity or 0.0, "")]

    def rows(self, held: Iterable[Key], units: Mapping[str, str], on: date) -> dict[Key, Price]:
        """Write the number as rows of the book."""
        return {
            key: Price(
                PriceRow(
                    self.table,
                    self.offer,
                    self.price,
                    self.value,
                    units[self.price],
                    region=key[1],
                    variant=key[2],
                    from_quantity=key[3],
                    hours_utc=key[4],
                    source="request",
                    verification="own",
                    note=self.note,
                    checked_on=on,
                    origin="request",
                    pointer=self.pointer,
                )
            )
            for key in self.keys(held)
        }


class _TableRule:
    """What holds for every amount of money of the tables whose offer and price match."""

    __slots__ = ()
    offers: str
    prices: str
    pointer: str

    def covers(self, row: PriceRow) -> bool:
        """Say whether the rule changes this row."""
        return row.origin != "request" and matches(self.offers, self.prices, row)


@dataclass(frozen=True, slots=True)
class Discount(_TableRule):
    """A negotiated discount: a share off every table price whose offer and price match.

    Parameters
    ----------
    offers : 'provider' for everything it sells, or a pattern, "openai/gpt-4.1*"
    share : 0.18 takes 18 % off
    prices : pattern of the price names, "*" for all, "*_token" for tokens only
    pointer : where the request states it
    """

    offers: str
    share: float
    prices: str = "*"
    pointer: str = "/price_overrides"

    def __post_init__(self) -> None:
        if not 0.0 <= self.share <= 1.0:
            raise ScenarioError(f"A discount is a share between 0 and 1, got {self.share!r}: write 18 % as 0.18.")

    @property
    def left(self) -> float:
        """What a price is multiplied by."""
        return 1.0 - self.share

    @property
    def words(self) -> str:
        """What is done, for the note of a price."""
        return f"{self.share * 100:g} % off"


@dataclass(frozen=True, slots=True)
class PriceFactor(_TableRule):
    """A factor on every table price whose offer and price match: what it might cost.

    Parameters
    ----------
    offers, prices, pointer : as in a discount
    factor : 1.2 makes them 20 % dearer
    """

    offers: str
    factor: float
    prices: str = "*"
    pointer: str = "/price_overrides"

    @property
    def left(self) -> float:
        """What a price is multiplied by."""
        return self.factor

    @property
    def words(self) -> str:
        """What is done, for the note of a price."""
        return f"times {self.factor:g}"


Rule = Override | Discount | PriceFactor
"""One entry of price_overrides."""


def rule_of(stated: Mapping[str, Any], pointer: str) -> Rule:
    """Read one entry of price_overrides, without ranges, as the rule that it states.

    Examples
    --------
    >>> rule_of({"offers": "acme", "share": 0.5}, "/price_overrides/0").pointer
    '/price_overrides/0'
    """
    sort = PriceFactor if "factor" in stated else Discount if "offers" in stated else Override
    return sort(**stated, pointer=pointer)


def is_pattern(name: str) -> bool:
    """Tell whether a name stands for all that look like it.

    Examples
    --------
    >>> is_pattern("gpt-4.1*"), is_pattern("gpt-4.1")
    (True, False)
    """
    return any(sign in name for sign in "*?")


def matches(offers: str, prices: str, row: PriceRow) -> bool:
    """Tell whether a rule for some offers and prices means this row: amounts of money only, no shares and minutes.

    Examples
    --------
    >>> row = PriceRow("token_prices", "acme/small", "input_token", 2.0, "USD/Mtoken")
    >>> matches("acme", "*", row), matches("acme/small", "output_token", row)
    (True, False)
    """
    pattern = offers if "/" in offers or is_pattern(offers) else f"{offers}/*"
    return (
        row.unit.partition("/")[0] == row.currency
        and (row.offer == offers or fnmatchcase(row.offer, pattern))
        and fnmatchcase(row.price, prices)
    )


def apply_discounts(price: Price, discounts: Iterable[Discount | PriceFactor]) -> Price:
    """Change a price by every discount and factor that covers it, one after the other.

    Examples
    --------
    >>> price = Price(PriceRow("token_prices", "acme/small", "input_token", 2.0, "USD/Mtoken"))
    >>> apply_discounts(price, [Discount("acme", 0.25)]).row.note
    '25 % off by the rule for acme, list price 2'
    """
    listed = float(price)
    for rule in discounts:
        if rule.covers(price.row):
            note = f"{rule.words} by the rule for {rule.offers}, list price {listed:g}"
            price = price.scaled(rule.left, note, "discount")
    return price


def exchanged(price: Price, rate: Price) -> Price:
    """Write a price in US dollars in another currency; what the request states is in its currency already.

    Parameters
    ----------
    price : an amount of money, or a number that is none
    rate : units of the currency for one US dollar; the row's offer names the currency

    Examples
    --------
    >>> price = Price(PriceRow("token_prices", "acme/small", "input_token", 2.0, "USD/Mtoken"))
    >>> rate = Price(PriceRow("exchange_rates", "EUR", "exchange_rate", 0.9, "units/USD"))
    >>> exchanged(price, rate), exchanged(price, rate).row.note, exchanged(price, rate).row.currency
    (1.8, '2 USD at 0.9 EUR for a dollar', 'EUR')
    """
    row = price.row
    if not row.unit.startswith("USD") or row.origin == "request":
        return price
    currency = rate.row.offer
    note = f"{float(price):g} USD at {float(rate):g} {currency} for a dollar"
    told = f"{row.note}; {note}" if row.note else note
    unit = row.unit.replace("USD", currency, 1)
    return Price(replace(row, value=float(price) * float(rate), unit=unit, currency=currency, note=told))
