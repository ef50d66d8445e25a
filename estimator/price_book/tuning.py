"""Find the row of a managed-tuning service that a base model, a method and a deployment tier mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from estimator.errors import PriceNotFoundError, UnknownNameError
from estimator.price_book.rows import TokenOffer, TuningOffer
from estimator.price_book.token_ladder import Key, tiers

if TYPE_CHECKING:
    from estimator.price_book.prices_on_day import PricesOnDay
    from estimator.price_book.rows import Price

ALIASES = {
    "tinker": "thinking-machines",
    "vertex": "google-vertex",
    "vertex-ai": "google-vertex",
    "bedrock": "aws-bedrock",
    "azure-ai-foundry": "azure",
}
"""Other names of the services."""

METHODS = {
    None: ("sft", "sft-lora", "lora", "sft-full", "full", "rft", "own-container"),
    "sft": ("sft", "sft-lora", "lora"),
    "lora": ("lora", "sft-lora", "sft"),
    "qlora": ("lora", "sft-lora", "sft"),
    "full": ("full", "sft-full"),
    "dpo": ("dpo", "dpo-lora"),
}
"""Which methods of the table are meant, best first."""

TIERS = ("", "standard", "global")
"""Which deployment tier is meant when none is named, best first."""

_SIZE_CLASS = re.compile(r"^(?:up to (?P<only>[\d.]+)B|(?P<low>[\d.]+)B-(?P<high>[\d.]+)B)$")
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")


def in_size_class(name: str, params_b: float) -> bool:
    """Say whether a model of so many billion parameters falls into a size class.

    Examples
    --------
    >>> in_size_class("up to 16B", 8.03), in_size_class("17B-69B", 8.03), in_size_class("gpt-4.1", 8.03)
    (True, False, False)
    """
    match = _SIZE_CLASS.match(name)
    if match is None:
        return False
    low = float(match["low"] or 0.0)
    return low - 1.0 < params_b <= float(match["only"] or match["high"])


def _base_model(names: list[str], asked: str, params_b: float | None) -> str | None:
    """Find a base model by its name, by its name without the date, or by its size."""
    lowered = asked.lower()
    for spelled in (str.lower, lambda name: name.lower().rpartition("/")[2], lambda name: _DATED.sub("", name.lower())):
        found = [name for name in names if spelled(name) == lowered]
        if found:
            return found[0]
    short = lowered.rpartition("/")[2]
    found = [name for name in names if name.lower().rpartition("/")[2] == short]
    if found:
        return found[0]
    if params_b is None:
        return None
    classes = [name for name in names if in_size_class(name, params_b)]
    return min(classes, key=_upper_bound_b, default=None)


def _upper_bound_b(name: str) -> float:
    match = _SIZE_CLASS.match(name)
    return float(match["only"] or match["high"]) if match else float("inf")


def _choose(field: str, offer: str, offered: set[str], wanted: tuple[str, ...], asked: str | None) -> str:
    if asked is not None and asked in offered:
        return asked
    for name in wanted:
        if name in offered:
            return name
    if asked is None and offered:
        return min(offered)
    raise UnknownNameError(f"{field} of {offer}", asked or "", sorted(offered), f"/{field}")


def find_tuning(
    book: PricesOnDay, service: str, base_model: str, method: str | None, tier: str | None, params_b: float | None
) -> TuningOffer:
    """Collect the training, hosting and tuned-token prices of one offer into one answer."""
    name = ALIASES.get(service.lower(), service.lower())
    offers = {
        offer.partition("/")[2]: offer
        for table in ("training_prices", "hosting_prices")
        for offer in book.history.places(table)
        if offer.partition("/")[0] == name
    }
    if not offers:
        services = {offer.partition("/")[0] for offer in book.history.places("training_prices")}
        raise UnknownNameError("tuning service", service, sorted(services | ALIASES.keys()), "/service")
    found = _base_model(list(offers), base_model, params_b)
    if found is None:
        names = offers.keys() | {_DATED.sub("", known) for known in offers}
        raise UnknownNameError(f"base model of {name}", base_model, names, "/base_model")
    offer = offers[found]
    prices: dict[Key, Price] = {
        **book.current("training_prices", offer),
        **book.current("hosting_prices", offer),
    }
    if not prices:
        raise PriceNotFoundError(
            f"No price for tuning {found!r} at {name} on {book.on} as known by {book.known_by}. "
            "State it under /prices of the training, or ask for another day.",
            "/service",
        )
    variant = _choose("method", offer, {key[2] for key in prices}, METHODS.get(method, (method or "",)), method)
    of_method = {key: price for key, price in prices.items() if key[2] == variant}
    region = _choose("tier", offer, {key[1] for key in of_method}, TIERS if tier is None else (tier,), tier)

    def one(price: str) -> Price | None:
        return of_method.get((price, region, variant, 0.0, ""))

    ladder = tiers({(key[0], key[1], "", *key[3:]): value for key, value in of_method.items()}, region)
    batch_of = {key: price for key, price in prices.items() if key[2] == f"{variant}+batch"}
    batch = tiers({(key[0], key[1], "", *key[3:]): value for key, value in batch_of.items()}, region)
    lifecycle = book.lifecycle(offer, "tuning")
    validation = one("validation_billed_share")
    usable = ladder and ladder[0].input is not None and ladder[0].output is not None
    return TuningOffer(
        offer=offer,
        method=variant,
        tier=region,
        training_usd_per_mtok=one("training_token"),
        training_usd_per_hour=one("training_hour"),
        minimum_usd_per_run=one("minimum_run"),
        hosting_usd_per_hour=one("hosting_hour"),
        storage_usd_per_month=one("storage_month"),
        tokens=TokenOffer(offer, ladder, batch, lifecycle=lifecycle, day_tiers=ladder) if usable else None,
        lifecycle=lifecycle,
        bills_validation_tokens=None if validation is None else validation > 0,
        warning=next((price.row.note for price in of_method.values() if price.row.note), ""),
    )
