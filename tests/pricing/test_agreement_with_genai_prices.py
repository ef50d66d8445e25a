"""Our price of a request equals genai-prices' own `calc_price`, for every model that it prices by text tokens.

genai-prices computes in decimals from its own data and its own rules of tiers, dates, hours and request contexts; our
tables went through an importer, CSV and our ladders. Models that differ are listed by rule, not by name.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from genai_prices import Usage
from genai_prices.data import providers
from genai_prices.types import ModelInfo, Provider

from estimator.errors import PriceNotFoundError
from estimator.price_book import PriceBook, TokenTier
from pricing.importing.genai_prices import VARIANT_CONTEXTS

pytestmark = [pytest.mark.tables, pytest.mark.slow]

MOMENTS = (
    datetime(2026, 9, 1, 12, 0, tzinfo=UTC),
    datetime(2026, 10, 20, 2, 0, tzinfo=UTC),
    datetime(2027, 1, 15, 8, 0, tzinfo=UTC),
)
OUTPUT_TOKENS = 700
TEXT_KEYS = {"input_mtok", "output_mtok"}


def models() -> Iterator[tuple[Provider, ModelInfo]]:
    for provider in providers:
        for model in provider.models:
            if all(vars(model.get_prices(moment)).keys() >= TEXT_KEYS for moment in MOMENTS):
                yield provider, model


def contexts(model: ModelInfo) -> list[dict[str, str]]:
    named = [dict(variant.when) for variant in model.price_variants or () if set(variant.when) <= set(VARIANT_CONTEXTS)]
    return [{}, *[context for place, context in enumerate(named) if context not in named[:place]]]


def refused_by_rule(model: ModelInfo, moment: datetime, context: dict[str, str]) -> bool:
    """Cached input dearer than input: the sanity rule keeps such a price out of the book."""
    prices = model.get_prices(moment, context)
    plain, cached = (getattr(prices, key) for key in ("input_mtok", "cache_read_mtok"))
    return cached is not None and getattr(cached, "base", cached) > getattr(plain, "base", plain)


def tier_for(tiers: tuple[TokenTier, ...], input_tokens: int) -> TokenTier:
    return [tier for tier in tiers if tier.from_tokens == 0 or input_tokens > tier.from_tokens][-1]


def ours(
    book: PriceBook,
    model: str,
    variant: str,
    moment: datetime,
    input_tokens: int,
    cached_tokens: int,
    written_tokens: int,
) -> float:
    offer = book.token_offer(model, variant)
    tiers = offer.tiers
    for span, others in offer.time_of_day_tiers:
        start, _, end = span.partition("-")
        if start <= f"{moment:%H:%M}" < end:
            tiers = others
    tier = tier_for(tiers, input_tokens)
    cached_price = tier.input if tier.cached_input is None else tier.cached_input
    write_price = tier.input if tier.cache_write is None else tier.cache_write
    plain_tokens = input_tokens - cached_tokens - written_tokens
    return (offer.request_fee or 0.0) + (
        plain_tokens * tier.input
        + cached_tokens * cached_price
        + written_tokens * write_price
        + OUTPUT_TOKENS * tier.output
    ) / 1e6


def sizes(tiers: tuple[TokenTier, ...]) -> list[int]:
    """Below, at and just above each step of the ladder."""
    starts = [int(tier.from_tokens) for tier in tiers if tier.from_tokens]
    return sorted({1, 2_000, *(start + more for start in starts for more in (-1, 0, 1)), 600_000 if starts else 50_000})


def test_every_text_model_costs_what_genai_prices_says(library):
    compared, excepted, differing = 0, set(), []
    for provider, model in models():
        name = f"{provider.id}/{model.id}"
        for moment in MOMENTS:
            book = library.book(on=moment.date())
            for context in contexts(model):
                variant = "+".join(value.replace("/", "-") for _, value in sorted(context.items()))
                if refused_by_rule(model, moment, context):
                    excepted.add(name)
                    continue
                try:
                    tiers = book.token_offer(name, variant).tiers if variant else book.token_offer(name).tiers
                except (PriceNotFoundError, ValueError):
                    assert variant, name
                    standard, special = model.get_prices(moment), model.get_prices(moment, context)
                    assert standard == special, f"{name} has {variant} prices on {moment:%F} that the book lacks"
                    continue
                for input_tokens in sizes(tiers):
                    cached, written = input_tokens // 4, input_tokens // 8
                    usage = Usage(
                        input_tokens=input_tokens,
                        cache_read_tokens=cached,
                        cache_write_tokens=written,
                        output_tokens=OUTPUT_TOKENS,
                    )
                    theirs = model.calc_price(
                        usage, provider, genai_request_timestamp=moment, price_context=context or None
                    )
                    mine = ours(book, name, variant, moment, input_tokens, cached, written)
                    compared += 1
                    if mine != pytest.approx(float(theirs.total_price), rel=1e-9, abs=1e-15):
                        differing.append((name, variant, moment.date(), input_tokens, mine, float(theirs.total_price)))
    assert differing == []
    assert compared > 20_000
    assert len(excepted) <= 3
