"""Arrange the token prices of one offer into tiers, variants and hours of the day."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from estimator.price_book.rows import Price, TokenTier

if TYPE_CHECKING:
    from collections.abc import Mapping
from dataclasses import replace

Key: TypeAlias = tuple[str, str, str, float, str]
"""price, region, variant, from_quantity, hours_utc"""

FIELDS = {
    "input_token": "input",
    "cached_input_token": "cached_input",
    "cache_write_token": "cache_write",
    "cache_write_1h_token": "cache_write_1h",
    "output_token": "output",
    "reasoning_token": "reasoning",
}
"""The prices of a request by the token, and where they stand in a tier."""

Ladder: TypeAlias = dict[float, Price]


def ladders(prices: Mapping[Key, Price], region: str, variant: str, hours: str) -> dict[str, Ladder]:
    """Collect, for each token price, its steps in ascending order of the request's length."""
    found: dict[str, Ladder] = defaultdict(dict)
    for (price, its_region, its_variant, from_quantity, its_hours), value in sorted(prices.items()):
        if price in FIELDS and (its_region, its_variant, its_hours) == (region, variant, hours):
            found[price][from_quantity] = value
    return found


def tiers(prices: Mapping[Key, Price], region: str = "", variant: str = "", hours: str = "") -> tuple[TokenTier, ...]:
    """Build the tiers of one variant: a price that the variant does not name is the standard one.

    Returns () if the variant names no price of its own.
    """
    own = ladders(prices, region, variant, hours)
    if not own:
        return ()
    standard = ladders(prices, region, "", "") if variant or hours else {}
    merged = {**standard, **own}
    starts = sorted({0.0} | {start for ladder in merged.values() for start in ladder})
    return tuple(
        TokenTier(start, **{FIELDS[name]: _step(ladder, start) for name, ladder in merged.items()}) for start in starts
    )


def _step(ladder: Ladder, start: float) -> Price | None:
    reached = [from_quantity for from_quantity in ladder if from_quantity <= start]
    return ladder[max(reached)] if reached else None


def hours_of(span: str) -> float:
    """Count the hours of a span of the day, over midnight too.

    Examples
    --------
    >>> hours_of("00:30-16:30"), hours_of("22:00-06:00")
    (16.0, 8.0)
    """
    start, end = (int(part[:2]) + int(part[3:]) / 60.0 for part in span.split("-"))
    return (end - start) % 24.0 or 24.0


def mean_over_day(rest: tuple[TokenTier, ...], spans: Mapping[str, tuple[TokenTier, ...]]) -> tuple[TokenTier, ...]:
    """Average the prices over the hours of the day, for traffic that comes evenly around the clock.

    A tier that the special hours do not have takes part with its price of the rest of the day.
    """
    if not spans:
        return rest
    shares = {span: hours_of(span) / 24.0 for span in spans}
    remaining = 1.0 - sum(shares.values())
    averaged = []
    for tier in rest:
        means: dict[str, Price] = {}
        for field in FIELDS.values():
            price = getattr(tier, field)
            if price is None:
                continue
            parts = [(remaining, price)]
            for span, others in spans.items():
                special = getattr(_tier_at(others, tier.from_tokens), field)
                parts.append((shares[span], price if special is None else special))
            value = sum(share * each for share, each in parts)
            note = f"mean over the day, {', '.join(spans)} UTC apart"
            means[field] = Price(replace(price.row, value=value, note=note, parts=tuple(parts)))
        averaged.append(TokenTier(tier.from_tokens, **means))
    return tuple(averaged)


def _tier_at(ladder: tuple[TokenTier, ...], start: float) -> TokenTier:
    return [tier for tier in ladder if tier.from_tokens <= start][-1]
