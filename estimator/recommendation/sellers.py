"""Who sells what an approach uses, and where: what limits on providers and regions are held against."""

from collections.abc import Iterator, Sequence
from typing import Any

from estimator.computation import Computation
from estimator.price_book import PriceRow
from estimator.scenario import (
    ApiServing,
    FineTuning,
    GpuServing,
    GpuTraining,
    Hybrid,
    LumpSum,
    PromptEngineering,
    Staged,
)

SOLD = frozenset({"token_prices", "training_prices", "hosting_prices", "gpu_prices"})
"""Tables whose offers name a provider or a service first."""


def forbidden_provider(computed: Computation, name: str, allowed: Sequence[str]) -> str | None:
    """Say which provider of an approach is not among those allowed, None where all are; no list allows all.

    A provider is one whose price was read, or one that the approach names beside a price of its own.
    """
    if not allowed:
        return None
    found = dict.fromkeys([*(_provider(row) for row in rows_of(computed, name)), *_named(computed, name)])
    others = [provider for provider in found if provider not in allowed]
    return f"{' and '.join(others)} is not among the providers allowed" if others else None


def forbidden_region(computed: Computation, name: str, allowed: Sequence[str]) -> str | None:
    """Say which offer of an approach is sold in none of the regions allowed, None where all are; no list allows all."""
    if not allowed:
        return None
    regions: dict[str, set[str]] = {}
    for row in rows_of(computed, name):
        regions.setdefault(row.offer, set()).update({row.region} - {""})
    for offer, sold in regions.items():
        if not sold:
            return f"the price of {offer} names no region: nobody can say where it runs"
        if not sold & set(allowed):
            return f"{offer} is paid for in {', '.join(sorted(sold))}: none of the regions allowed"
    return None


def unnamed(computed: Computation, name: str) -> bool:
    """Tell whether an approach pays somebody whom it does not name: nobody can say that limits are kept."""
    if any(isinstance(plan, LumpSum) for _, plan in _plans(computed, name)):
        return True
    return any(_own_price(part) and _name_of(part) is None for part in _bought(computed, name))


def rows_of(computed: Computation, name: str) -> list[PriceRow]:
    """List the rows of the price book by which an approach, with all its parts, pays providers."""
    prices = [price for plan in dict(_plans(computed, name)) for price in computed.outlines[plan].prices]
    return [price.row for price in prices if price.row.table in SOLD]


def _provider(row: PriceRow) -> str:
    return row.offer.partition("/")[0]


def _named(computed: Computation, name: str) -> list[str]:
    return [found for part in _bought(computed, name) if (found := _name_of(part)) is not None]


def _plans(computed: Computation, name: str) -> Iterator[tuple[str, Any]]:
    """Walk through an approach and those it combines."""
    plan = computed.setting.scenario.approaches[name]
    parts = (plan.first, plan.then) if isinstance(plan, Staged) else ()
    parts = (plan.first, plan.fallback) if isinstance(plan, Hybrid) else parts
    for part in parts:
        yield from _plans(computed, part)
    if not isinstance(plan, Staged):
        yield name, plan


def _bought(computed: Computation, name: str) -> Iterator[Any]:
    """Walk through what each part of an approach buys: training and serving, but no GPUs at hand."""
    limits = computed.setting.scenario.constraints
    at_hand = () if limits is None else limits.own_gpus
    for _, plan in _plans(computed, name):
        for field in ("training", "serving") if isinstance(plan, PromptEngineering | FineTuning) else ():
            bought = getattr(plan, field, None)
            if bought is not None and not (isinstance(bought, GpuTraining | GpuServing) and bought.gpu in at_hand):
                yield bought


def _name_of(part: Any) -> str | None:
    """Return the provider that training or serving names by itself, None where it names none."""
    if isinstance(part, GpuTraining | GpuServing):
        return None if part.owned is not None else part.provider
    service: str | None = None if isinstance(part, ApiServing) else part.service
    return service


def _own_price(part: Any) -> bool:
    """Tell whether training or serving is paid at a price of the caller's own."""
    if isinstance(part, GpuTraining | GpuServing):
        return part.usd_per_gpu_hour is not None and part.owned is None
    return part.prices is not None
