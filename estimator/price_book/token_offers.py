"""Gather what a model costs by the token: tiers, batch, hours of the day, caching."""

from __future__ import annotations

from typing import TYPE_CHECKING

from estimator.errors import UnknownNameError
from estimator.price_book.rows import TokenOffer, covers
from estimator.price_book.token_ladder import mean_over_day, tiers

if TYPE_CHECKING:
    from estimator.price_book.prices_on_day import PricesOnDay
    from estimator.price_book.rows import Price

TIERED_TABLE = "token_prices"


def find_token_offer(book: PricesOnDay, offer: str, variant: str) -> TokenOffer:
    """Return what an offer costs by the token, in one of its variants and regions.

    Raises
    ------
    PriceNotFoundError, UnknownNameError : no price of it, or no such variant or region
    """
    prices = book.current(TIERED_TABLE, offer)
    regions = {key[1] for key in prices}
    variants = {key[2] for key in prices}
    kind, _, region = variant.partition("@")
    if kind and not region and kind not in variants and kind in regions:
        kind, region = "", kind
    if (kind and kind not in variants) or (region and region not in regions):
        if not prices:
            raise book.missing(offer, "input_token", TIERED_TABLE, variant=variant)
        raise UnknownNameError(f"price variant of {offer}", variant, sorted((variants | regions) - {""}))
    standard = tiers(prices, region, kind)
    if not standard or standard[0].input is None or standard[0].output is None:
        lacking = "output_token" if standard and standard[0].input is not None else "input_token"
        raise book.missing(offer, lacking, TIERED_TABLE, variant=variant)
    hours = sorted({key[4] for key in prices if key[4] and key[1:3] == (region, kind)})
    by_hours = {span: tiers(prices, region, kind, span) for span in hours}
    rules = _caching_rules(book, offer)
    return TokenOffer(
        offer=offer,
        tiers=standard,
        batch_tiers=() if kind == "batch" else tiers(prices, region, "batch"),
        request_fee=prices.get(("request", region, kind, 0.0, "")) or prices.get(("request", region, "", 0.0, "")),
        min_cacheable_tokens=rules.get("min_cacheable_tokens"),
        cache_ttl_minutes=rules.get("cache_ttl_minutes"),
        lifecycle=book.lifecycle(offer),
        variant=variant,
        time_of_day_tiers=tuple(by_hours.items()),
        day_tiers=mean_over_day(standard, by_hours),
    )


def _caching_rules(book: PricesOnDay, offer: str) -> dict[str, Price]:
    rules: dict[str, Price] = {}
    for pattern in book.history.caching_patterns:
        if covers(pattern, offer):
            rules |= {key[0]: price for key, price in book.current("caching_rules", pattern).items()}
    return rules
