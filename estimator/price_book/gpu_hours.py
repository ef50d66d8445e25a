"""Choose the offer of a GPU-hour that is meant when provider or region are left open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from estimator.errors import PriceNotFoundError, UnknownNameError
from estimator.price_book.levels import may_be_default

if TYPE_CHECKING:
    from estimator.price_book.prices_on_day import PricesOnDay
    from estimator.price_book.rows import Price


def gpu_of(offer: str) -> str:
    """Return the GPU of an offer.

    Examples
    --------
    >>> gpu_of("acme/H100-SXM:2")
    'H100-SXM'
    """
    return offer.rpartition("/")[2].partition(":")[0]


def find_gpu_hour(book: PricesOnDay, gpu: str, provider: str | None, commitment: str, region: str | None) -> Price:
    """Return the price of one GPU for one hour [USD/GPU-hour].

    An own price, of the request or of an overlay, comes before every table. Of each provider the offer for the
    fewest GPUs counts, the cheapest of those. Without a provider the answer is the lower median over the providers
    whose offer may serve as a default (levels.py): a price that somebody asks, not an average that nobody does.
    """
    names = set(book.history.places("gpu_prices"))
    names |= book.own_offers("gpu_prices")
    gpus = {gpu_of(name).lower(): gpu_of(name) for name in names}
    if gpu.lower() not in gpus:
        advice = "State usd_per_gpu_hour where it is known."
        raise UnknownNameError("price of an hour of the GPU", gpu, gpus.values(), advice=advice)
    providers = {name.partition("/")[0] for name in names}
    if provider is not None and provider not in providers:
        raise UnknownNameError("GPU provider", provider, sorted(providers))
    candidates = [
        price
        for name in sorted(names)
        if gpu_of(name).lower() == gpu.lower() and (provider is None or name.partition("/")[0] == provider)
        for key, price in book.current("gpu_prices", name).items()
        if key[2] == commitment and (region is None or key[1] == region)
    ]
    if provider is None:
        own = [price for price in candidates if price.row.origin in {"request", "overlay"}]
        candidates = own or [price for price in candidates if may_be_default(price.row.verification)]
    if not candidates:
        where = f" of {provider}" if provider else ""
        sold = {
            (name.partition("/")[0], key[2], key[1])
            for name in names
            if gpu_of(name).lower() == gpu.lower()
            for key in book.current("gpu_prices", name)
        }
        offers = sorted(f"{seller} ({kind}{', ' + place if place else ''})" for seller, kind, place in sold)
        sellers = sorted({seller for seller, kind, _ in sold if kind == commitment and seller != provider})
        raise PriceNotFoundError(
            f"No {commitment} price{where} for {gpu} on {book.on} that may be taken. "
            f"Offers with one: {', '.join(offers) or 'none'}. "
            + (f"Name the provider ({', '.join(sellers)}), or state" if sellers else "State")
            + " usd_per_gpu_hour."
        )
    one_each: dict[str, Price] = {}
    for price in sorted(candidates, key=lambda price: (price.row.from_quantity, float(price), price.row.offer)):
        one_each.setdefault(price.row.offer.partition("/")[0], price)
    ordered = sorted(one_each.values(), key=lambda price: (float(price), price.row.offer))
    return ordered[(len(ordered) - 1) // 2]
