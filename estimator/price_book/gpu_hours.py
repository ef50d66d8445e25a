"""Choose the offer of a GPU-hour that is meant when provider or region are left open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from estimator.errors import PriceNotFoundError, UnknownNameError
from estimator.price_book.levels import may_be_default

if TYPE_CHECKING:
    from collections.abc import Callable

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


Sellers = tuple[tuple["Price", ...], ...]


def find_gpu_sellers(book: PricesOnDay, gpu: str, provider: str | None, commitment: str, region: str | None) -> Sellers:
    """Return the prices of one GPU for one hour [USD/GPU-hour] among which `hour_meant` chooses, by seller.

    An own price, of the request or of an overlay, comes before every table. Of each provider the offers for the
    fewest GPUs count. Without a provider only offers that may serve as a default (levels.py) do.
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
    fewest: dict[str, list[Price]] = {}
    for price in sorted(candidates, key=lambda price: (price.row.offer.partition("/")[0], price.row.from_quantity)):
        rivals = fewest.setdefault(price.row.offer.partition("/")[0], [price])
        if price is not rivals[0] and price.row.from_quantity == rivals[0].row.from_quantity:
            rivals.append(price)
    return tuple(tuple(rivals) for rivals in fewest.values())


def hour_meant(sellers: Sellers, as_it_is: Callable[[Price], Any] = float) -> Any:
    """Choose the cheapest offer of each seller, and the lower median of them: a price that somebody asks, no average.

    Parameters
    ----------
    as_it_is : returns a price as it is in each cell, a number or a column (cells, 1)

    Returns
    -------
    the price of the book, or a column of what is asked where cells mean different offers
    """
    hours = np.array(np.broadcast_arrays(*(as_it_is(price) for offers in sellers for price in offers)))
    ends = np.cumsum([len(offers) for offers in sellers]).tolist()
    cheapest = np.array(
        [
            end - len(offers) + hours[end - len(offers) : end].argmin(0)
            for offers, end in zip(sellers, ends, strict=True)
        ]
    )
    ranked = np.argsort(np.take_along_axis(hours, cheapest, 0), axis=0, kind="stable")
    place = np.take_along_axis(cheapest, ranked[(len(sellers) - 1) // 2][None], 0)
    if np.ptp(place) == 0:
        return [price for offers in sellers for price in offers][place.flat[0]]
    return np.take_along_axis(hours, place, 0)[0]
