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

    from estimator.price_book.token_ladder import Key


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
    region, variant : exactly so; None for the general region and standard variant of a token price, the on-demand
        price of a GPU, every row of that price elsewhere
    from_quantity : one tier; None for every tier and every hour of the day
    note : a remark, shown with the price
    """

    table: str
    offer: str
    price: str
    value: float
    region: str | None = None
    variant: str | None = None
    from_quantity: float | None = None
    note: str = ""

    def keys(self, held: Iterable[Key]) -> list[Key]:
        """Return which of the prices that an offer has it replaces, or the one that it adds."""
        region = ONE_REGION.get(self.table) if self.region is None else self.region
        variant = ONE_VARIANT.get(self.table) if self.variant is None else self.variant
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
        if self.price not in units:
            raise UnknownNameError("price", self.price, units)
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
                )
            )
            for key in self.keys(held)
        }


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
        return (
            row.origin != "request"
            and row.unit != "1"
            and fnmatchcase(row.offer, pattern)
            and fnmatchcase(row.price, self.prices)
        )


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
        region=_text(item, "region") if "region" in item else None,
        variant=_text(item, "variant") if "variant" in item else None,
        from_quantity=_number(item, "from_quantity") if "from_quantity" in item else None,
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
