"""The token prices one request is billed at: a row of the tables, or numbers of the caller."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from estimator.errors import PriceNotFoundError
from estimator.price_book import TokenOffer, TokenTier
from estimator.quantities import Quantity, Tokens, UsdPerMillionTokens
from estimator.scenario import Prices

USUAL_TTL_MINUTES = 5.0
USUAL_MIN_CACHEABLE_TOKENS = 1024.0
AsItIs = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class TokenRates:
    """Prices [USD/Mtoken] of one variant, at the length of this request.

    Parameters
    ----------
    input, output, reasoning : price of input, visible output and hidden reasoning tokens
    cached : price of cached input read, None where the provider has none
    write, write_1h : price of writing to the cache for minutes or an hour
    """

    input: UsdPerMillionTokens
    output: UsdPerMillionTokens
    reasoning: UsdPerMillionTokens
    cached: UsdPerMillionTokens | None
    write: UsdPerMillionTokens
    write_1h: UsdPerMillionTokens


@dataclass(frozen=True, slots=True)
class CallPrices:
    """Everything that prices a call.

    Parameters
    ----------
    standard : the prices
    batch : the prices of the batch API, None where there is none
    usd_per_call : fee of a call beside its tokens
    min_cacheable_tokens : shortest prefix that is cached
    ttl_minutes : time to live of a cached prefix
    """

    standard: TokenRates
    batch: TokenRates | None
    usd_per_call: Any
    min_cacheable_tokens: Tokens
    ttl_minutes: Quantity


def stated_prices(prices: Prices, pointer: str) -> CallPrices:
    """Take the caller's prices.

    Raises
    ------
    PriceNotFoundError : the price of input or output is missing
    """
    for name in ("input_usd_per_mtok", "output_usd_per_mtok"):
        if getattr(prices, name) is None:
            raise PriceNotFoundError(
                f"No {name} among the stated prices: tokens cannot be billed. State it, or name a model.",
                f"{pointer}/{name}",
            )
    write = prices.input_usd_per_mtok if prices.cache_write_usd_per_mtok is None else prices.cache_write_usd_per_mtok
    standard = TokenRates(
        input=prices.input_usd_per_mtok,
        output=prices.output_usd_per_mtok,
        reasoning=prices.output_usd_per_mtok,
        cached=prices.cached_input_usd_per_mtok,
        write=write,
        write_1h=write,
    )
    left = 1.0 - prices.batch_discount_share
    batch = TokenRates(
        input=standard.input * left,
        output=standard.output * left,
        reasoning=standard.reasoning * left,
        cached=None if standard.cached is None else standard.cached * left,
        write=standard.write * left,
        write_1h=standard.write_1h * left,
    )
    fee = 0.0 if prices.usd_per_request is None else prices.usd_per_request
    return CallPrices(standard, batch, fee, prices.min_cacheable_tokens, USUAL_TTL_MINUTES)


def offered_prices(
    offer: TokenOffer, request_tokens: Tokens, pointer: str, as_it_is: AsItIs = lambda listed: listed
) -> CallPrices:
    """Take the prices of an offer, at the tier that the length of the request reaches.

    Parameters
    ----------
    as_it_is : returns a price of the book as it is in each cell (Setting.price)

    Raises
    ------
    PriceNotFoundError : the offer has no price for input or output on that day
    """
    minimum, ttl = offer.min_cacheable_tokens, offer.cache_ttl_minutes
    return CallPrices(
        standard=_rates(offer, offer.day_tiers or offer.tiers, request_tokens, pointer, as_it_is),
        batch=_rates(offer, offer.batch_tiers, request_tokens, pointer, as_it_is) if offer.batch_tiers else None,
        usd_per_call=0.0 if offer.request_fee is None else as_it_is(offer.request_fee),
        min_cacheable_tokens=USUAL_MIN_CACHEABLE_TOKENS if minimum is None else as_it_is(minimum),
        ttl_minutes=USUAL_TTL_MINUTES if ttl is None else as_it_is(ttl),
    )


def _rates(
    offer: TokenOffer, tiers: Sequence[TokenTier], request_tokens: Tokens, pointer: str, as_it_is: AsItIs
) -> TokenRates:
    def pick(read: Callable[[TokenTier], Any]) -> Any:
        return _at_length(tiers, request_tokens, lambda tier: as_it_is(read(tier)))

    read_input, read_output = pick(lambda tier: tier.input), pick(lambda tier: tier.output)
    for name, price in (("input", read_input), ("output", read_output)):
        if price is None:
            raise PriceNotFoundError(
                f"No {name} token price for {offer.offer!r} on that day. State prices, or name another model.", pointer
            )
    reasoning = pick(lambda tier: tier.reasoning)
    write = pick(lambda tier: tier.cache_write)
    write_1h = pick(lambda tier: tier.cache_write_1h)
    write = read_input if write is None else write
    return TokenRates(
        input=read_input,
        output=read_output,
        reasoning=read_output if reasoning is None else reasoning,
        cached=pick(lambda tier: tier.cached_input),
        write=write,
        write_1h=write if write_1h is None else write_1h,
    )


def _at_length(tiers: Sequence[TokenTier], request_tokens: Tokens, read: Callable[[TokenTier], Any]) -> Any:
    """Read one price at the tier a request reaches: above `from_tokens`, the whole request takes that tier."""
    if not isinstance(request_tokens, np.ndarray):
        reached = [tier for tier in tiers if tier.from_tokens == 0 or request_tokens > tier.from_tokens]
        return read(reached[-1])
    steps = [read(tier) for tier in tiers]
    if any(step is None for step in steps):
        return steps[0]
    value: Any = steps[0]
    for tier, step in zip(tiers[1:], steps[1:], strict=True):
        value = np.where(request_tokens > tier.from_tokens, step, value)
    return value
