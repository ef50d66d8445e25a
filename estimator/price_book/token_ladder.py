"""Arrange the token prices of one offer into tiers, variants and hours of the day."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from estimator.price_book.rows import Price, TokenTier

if TYPE_CHECKING:
    from collections.abc import Mapping

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
