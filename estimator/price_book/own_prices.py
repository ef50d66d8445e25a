"""Own prices win: single numbers of a request, and negotiated discounts."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from estimator.errors import EstimatorError, ScenarioError, UnknownNameError
from estimator.price_book.rows import Price, PriceRow
from estimator.price_book.tables import PRICE_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date


TABLE_OF = {
    "training_token": "training_prices",
    "training_hour": "training_prices",
    "minimum_run": "training_prices",
    "validation_billed_share": "training_prices",
    "hosting_hour": "hosting_prices",
    "storage_month": "hosting_prices",
    "storage_gb_month": "hosting_prices",
    "gpu_hour": "gpu_prices",
    "wage_hour": "labour_rates",
    "label_item": "label_prices",
    "platform_item": "label_prices",
    "platform_share": "label_prices",
    "tool_month": "tool_prices",
    "tool_user_month": "tool_prices",
    "exchange_rate": "exchange_rates",
    "min_cacheable_tokens": "caching_rules",
    "cache_ttl_minutes": "caching_rules",
}
"""The table that a price stands in when a request does not name it; all others stand in token_prices."""

MOST_VALUE = 1e15


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


def read_own_prices(
    items: Sequence[Mapping[str, object]], units: Mapping[str, str]
) -> tuple[tuple[Override, ...], tuple[Discount, ...]]:
    """Read the `price_overrides` of a request.

    An item is either a price, `{"offer", "price", "value"}` with the optional `table`, `region`, `variant`,
    `from_quantity` and `note`, or a rule, `{"discount_share", "offers"}` with the optional `prices`.

    Parameters
    ----------
    items : the items of the request
    units : the unit of each price name

    Examples
    --------
    >>> units = {"input_token": "USD/Mtoken"}
    >>> read_own_prices([{"offer": "acme/small", "price": "input_token", "value": 0.4}], units)[0][0].table
    'token_prices'
    >>> read_own_prices([{"discount_share": 0.18, "offers": "acme"}], units)[1][0]
    Discount(offers='acme', share=0.18, prices='*')
    """
    overrides: list[Override] = []
    discounts: list[Discount] = []
    for place, item in enumerate(items):
        try:
            if "discount_share" in item:
                discounts.append(_discount(item))
            else:
                overrides.append(_override(item, units))
        except EstimatorError as refusal:
            raise refusal.below(f"/{place}") from None
    return tuple(overrides), tuple(discounts)


def _discount(item: Mapping[str, object]) -> Discount:
    _only(item, needed=("discount_share", "offers"), optional=("prices",))
    share = _number(item, "discount_share")
    return Discount(_text(item, "offers"), share, _text(item, "prices", "*"))


def _override(item: Mapping[str, object], units: Mapping[str, str]) -> Override:
    _only(
        item,
        needed=("offer", "price", "value"),
        optional=("table", "region", "variant", "from_quantity", "note"),
    )
    price = _text(item, "price")
    if price not in units:
        raise UnknownNameError("price", price, units, "/price")
    table = _text(item, "table", TABLE_OF.get(price, "token_prices"))
    if table not in PRICE_TABLES:
        raise UnknownNameError("price table", table, PRICE_TABLES, "/table")
    return Override(
        table,
        _text(item, "offer"),
        price,
        _number(item, "value"),
        region=_text(item, "region", "us" if table == "labour_rates" else ""),
        variant=_text(item, "variant", "on_demand" if table == "gpu_prices" else ""),
        from_quantity=_number(item, "from_quantity") if "from_quantity" in item else 0.0,
        note=_text(item, "note", ""),
    )


def _only(item: Mapping[str, object], needed: tuple[str, ...], optional: tuple[str, ...]) -> None:
    for name in item:
        if name not in needed + optional:
            raise UnknownNameError("field of an own price", name, needed + optional, f"/{name}")
    for name in needed:
        if name not in item:
            raise ScenarioError(f"An own price lacks {name!r}. It needs {', '.join(needed)}.", f"/{name}")


def _text(item: Mapping[str, object], name: str, default: str | None = None) -> str:
    value = item.get(name, default)
    if not isinstance(value, str):
        raise ScenarioError(f"{name} is text, got {value!r}.", f"/{name}")
    return value


def _number(item: Mapping[str, object], name: str) -> float:
    value = item[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value < MOST_VALUE:
        raise ScenarioError(f"{name} is a number from 0 to below {MOST_VALUE:g}, got {value!r}.", f"/{name}")
    return float(value)


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
