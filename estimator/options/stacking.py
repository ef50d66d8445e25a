"""Put many shapes, data sheets or prices into one object whose numbers are columns (candidates, 1)."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

from estimator.approaches.token_rates import CallPrices, TokenRates

Thing = TypeVar("Thing")


def stacked(things: Sequence[Thing]) -> Thing:
    """Stack objects of one dataclass, field by field.

    Examples
    --------
    >>> from estimator.hardware.catalogue import gpu
    >>> stacked([gpu("A100-80GB-SXM"), gpu("H100-SXM")]).bf16_tflops.ravel().tolist()
    [312.0, 989.4]
    """
    made: Any = type(things[0])
    columns: Thing = made(
        **{each.name: column([getattr(thing, each.name) for thing in things]) for each in fields(made)}
    )
    return columns


def column(values: Sequence[Any]) -> Any:
    """Write values as a column: numbers, truths, or words."""
    return np.array(values)[:, None]


def stacked_prices(offers: Sequence[CallPrices]) -> CallPrices:
    """Stack the prices of many offers.

    An offer without a cache is stacked with a cache that saves nothing; one without a batch price pays the standard
    price, as the calculation of a single offer has it.
    """
    return CallPrices(
        standard=_rates([offer.standard for offer in offers]),
        batch=_rates([offer.batch or offer.standard for offer in offers]),
        usd_per_call=column([float(offer.usd_per_call) for offer in offers]),
        min_cacheable_tokens=column([float(offer.min_cacheable_tokens) for offer in offers]),
        ttl_minutes=column([float(offer.ttl_minutes) for offer in offers]),
    )


def _rates(rates: Sequence[TokenRates]) -> TokenRates:
    plain = [each if each.cached is not None else _uncached(each) for each in rates]
    return TokenRates(
        **{each.name: column([float(getattr(one, each.name)) for one in plain]) for each in fields(TokenRates)}
    )


def _uncached(rates: TokenRates) -> TokenRates:
    return TokenRates(
        rates.input, rates.output, rates.reasoning, cached=rates.input, write=rates.input, write_1h=rates.input
    )
