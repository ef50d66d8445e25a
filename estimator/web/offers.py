"""Models, GPUs and services found by a part of their names, each with its price, the day it was seen, and its end."""

from collections.abc import Callable, Iterable
from typing import Any

from estimator.errors import EstimatorError, PriceNotFoundError
from estimator.hardware.catalogue import base_model_row, base_models, gpu_row, gpus
from estimator.price_book import PriceBook
from estimator.price_book.model_names import MAKERS
from estimator.price_book.rows import Lifecycle, Price
from estimator.price_book.tuning import ALIASES

MOST = 10


def find_offers(book: PriceBook, what: str, words: str, of: str = "") -> list[dict[str, str]]:
    """Find a few names of one sort that hold every word, those that begin with the first one on top.

    Parameters
    ----------
    what : "model", "base_model", "tuned_model", "gpu", "service" or "provider"; nothing is found for another sort
    words : what was typed
    of : the service, where base models that can be tuned there are looked for
    """
    if what not in NAMES:
        return []
    parts = words.lower().split()
    matching = [name for name in dict.fromkeys(NAMES[what](book, of)) if all(part in name.lower() for part in parts)]
    first = parts[0] if parts else ""
    matching.sort(key=lambda name: (not _begins(name, first), len(name), name))
    return [{"name": name, "note": describe(book, what, name, of)} for name in matching[:MOST]]


def _begins(name: str, first: str) -> bool:
    lowered = name.lower()
    return lowered.startswith(first) or lowered.rpartition("/")[2].startswith(first)


def _tuned_models(book: PriceBook, of: str) -> Iterable[str]:
    service = ALIASES.get(of.lower(), of.lower())
    split = (name.partition("/") for name in book.library.places("training_prices"))
    return (model for seller, _, model in split if not service or seller == service)


NAMES: dict[str, Callable[[PriceBook, str], Iterable[str]]] = {
    "model": lambda book, _: book.library.places("token_prices"),
    "base_model": lambda _book, _of: base_models(),
    "gpu": lambda _book, _of: gpus(),
    "service": lambda book, _: (name.partition("/")[0] for name in book.library.places("training_prices")),
    "tuned_model": _tuned_models,
    "provider": lambda book, _: (name.partition("/")[0] for name in book.library.places("gpu_prices")),
}
"""Every name of one sort."""


def known_names(book: PriceBook) -> dict[str, list[str]]:
    """List the names of every sort; of the thousands of models those that their own maker sells by the token."""
    names = {sort: sorted(set(of_sort(book, ""))) for sort, of_sort in NAMES.items()}
    made = (name for name in names["model"] if name.partition("/")[0] in MAKERS)
    return names | {"model": [name for name in made if _is_priced(book, name)]}


def _is_priced(book: PriceBook, model: str) -> bool:
    try:
        book.token_offer(model)
    except PriceNotFoundError:
        return False
    return True


def describe(book: PriceBook, what: str, name: str, of: str = "") -> str:
    """Say what a name costs, when that was seen, and until when it can be bought; "" where the book says nothing."""
    try:
        return DESCRIBED[what](book, name, of) if name and what in DESCRIBED else ""
    except EstimatorError:
        return ""


def _describe_model(book: PriceBook, name: str, _: str) -> str:
    offer = book.token_offer(name)
    tier = offer.tiers[0]
    return _joined(_tokens(tier.input, tier.output), _seen(tier.input), _end(offer.lifecycle))


def _describe_tuned(book: PriceBook, name: str, of: str) -> str:
    if not of:
        return ""
    offer = book.tuning_offer(of, name)
    train = offer.training_usd_per_mtok
    told = [f"training {_usd(train)} a million tokens" if train is not None else ""]
    if offer.tokens is not None:
        told.append(_tokens(offer.tokens.tiers[0].input, offer.tokens.tiers[0].output))
    if offer.hosting_usd_per_hour is not None:
        told.append(f"hosting {_usd(offer.hosting_usd_per_hour)} an hour")
    return _joined(*told, _seen(train), _end(offer.lifecycle))


def _describe_gpu(book: PriceBook, name: str, _: str) -> str:
    row = gpu_row(name)
    hour = book.gpu_hour(row["id"])
    return _joined(f"{row['memory_gb']} GB", f"{_usd(hour)} an hour", _seen(hour))


def _describe_base(_book: PriceBook, name: str, _of: str) -> str:
    row = base_model_row(name)
    return _joined(f"{row['params_b']} billion parameters", f"as of {row['as_of']}")


DESCRIBED: dict[str, Callable[[PriceBook, str, str], str]] = {
    "model": _describe_model,
    "tuned_model": _describe_tuned,
    "gpu": _describe_gpu,
    "base_model": _describe_base,
}


def _tokens(asked: Price | None, answered: Price | None) -> str:
    if asked is None or answered is None:
        return ""
    return f"{_usd(asked)} in, {_usd(answered)} out a million tokens"


def _usd(price: Any) -> str:
    return f"USD {float(price):,.6g}"


def _seen(price: Price | None) -> str:
    day = None if price is None else price.row.checked_on or price.row.recorded_on
    return f"seen {day:%d %b %Y}" if day else ""


def _end(lifecycle: Lifecycle | None) -> str:
    if lifecycle is None:
        return ""
    closing = f"no new tuning after {lifecycle.new_jobs_until:%d %b %Y}" if lifecycle.new_jobs_until else ""
    ending = f"ends {lifecycle.shutdown_on:%d %b %Y}" if lifecycle.shutdown_on else ""
    return _joined(closing, ending)


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
