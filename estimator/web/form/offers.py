"""Models, GPUs and services found by a part of their names, each with its price, the day it was seen, and its end.

Numbers are written in English and days as 2026-11-20; the page writes both as its reader does.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from estimator.errors import EstimatorError, PriceNotFoundError, nearest_names
from estimator.hardware.catalogue import base_model_row, base_models, gpu_row, gpus
from estimator.price_book import PriceBook
from estimator.price_book.gpu_hours import gpu_of
from estimator.price_book.model_names import MAKERS, is_sold_by_its_maker
from estimator.price_book.rows import Lifecycle, Price
from estimator.price_book.tuning import ALIASES

MOST = 10
DATES = re.compile(r"-(?:20\d\d-\d\d-\d\d|\d\d-20\d\d|\d{4,})")
VERSION = re.compile(r"(?<!\d)(\d{1,2})(?:[.-](\d{1,2})(?![\dbx]))?(?![\dbx])")


def find_offers(book: PriceBook, what: str, words: str, of: str = "") -> list[dict[str, str]]:
    """Find a few names of one sort that hold every word, the best first.

    What was typed in full stands first, those that begin with the first word before the others, what its maker sells
    before what is sold on, newer versions before older ones, and last what has ended, takes no jobs or has no price.

    Parameters
    ----------
    what : "model", "base_model", "tuned_model", "gpu", "service" or "provider"; nothing is found for another sort
    words : what was typed
    of : the service, where base models that can be tuned there are looked for
    """
    return _told(book, what, _matching(book, what, words, of)[:MOST], of)


def suggest(book: PriceBook, what: str, words: str, of: str = "") -> list[dict[str, str]]:
    """Find a few names, and say last how many more there are; what was typed stands as the name of that entry."""
    matching = _matching(book, what, words, of)
    found, more = _told(book, what, matching[:MOST], of), len(matching) - MOST
    if more > 0 and found[0]["name"] != words:
        found.append({"name": words, "note": f"… and {more:,} more: type more of the name"})
    return found


def _told(book: PriceBook, what: str, names: Iterable[str], of: str) -> list[dict[str, str]]:
    return [{"name": name, "note": describe(book, what, name, of)} for name in names]


def _matching(book: PriceBook, what: str, words: str, of: str) -> list[str]:
    """Return every name that holds every word, the best first; the nearest ones where there is none."""
    if what not in NAMES:
        return []
    parts = words.lower().split()
    matching = [name for name in dict.fromkeys(NAMES[what](book, of)) if all(part in name.lower() for part in parts)]
    first = parts[0] if parts else ""

    def turn(name: str) -> tuple[Any, ...]:
        return (
            name.lower() != words.strip().lower(),
            cannot_be_had(book, what, name, of),
            not _begins(name, first),
            not is_sold_by_its_maker(name),
            _version(name) if what == "model" else (),
            len(name),
            name,
        )

    return sorted(matching, key=turn) or _nearest(NAMES[what](book, of), words)


def _nearest(names: Iterable[str], words: str) -> list[str]:
    """Return what a misspelt name may mean, what its maker sells first."""
    known = sorted(dict.fromkeys(names), key=is_sold_by_its_maker, reverse=True)
    return list(nearest_names(words.strip(), known, MOST))


def _version(name: str) -> tuple[int, int]:
    """Read the version out of the name of a model, so that newer ones sort first; days and sizes are no version.

    Examples
    --------
    >>> _version("anthropic/claude-sonnet-5-5"), _version("meta/llama-3-70b"), _version("openai/gpt-4o-2024-05-13")
    ((-5, -5), (-3, 0), (-4, 0))
    """
    found = VERSION.search(DATES.sub("", name.rpartition("/")[2]))
    if not found:
        return (0, 0)
    return (-int(found[1]), -int(found[2] or 0))


def cannot_be_had(book: PriceBook, what: str, name: str, of: str = "") -> bool:
    """Tell whether a name is of little use on the day of the book: it has ended, takes no jobs, or has no price."""
    if what == "model":
        return _is_over(book, book.lifecycle(name))
    if what == "tuned_model":
        return not _can_be_tuned(book, _service(of), name)
    if what == "service":
        return not _open_models(book, name)
    return what == "gpu" and _gpu_hour(book, name) is None


def _is_over(book: PriceBook, lifecycle: Lifecycle | None) -> bool:
    return bool(lifecycle and lifecycle.shutdown_on and lifecycle.shutdown_on <= book.on)


def _can_be_tuned(book: PriceBook, service: str, model: str) -> bool:
    """Tell whether a tuning job can be started on the day of the book by those who tuned there before."""
    lifecycle = book.lifecycle(f"{service}/{model}", "tuning")
    last = lifecycle.new_jobs_until if lifecycle else None
    return not _is_over(book, lifecycle) and (last is None or last >= book.on)


def _open_models(book: PriceBook, of: str) -> list[str]:
    return [model for model in _tuned_models(book, of) if _can_be_tuned(book, _service(of), model)]


def _gpu_hour(book: PriceBook, gpu: str) -> Price | None:
    """Return the price of an hour of a GPU; None where nothing offers it, which is the quicker answer."""
    if gpu not in {gpu_of(place) for place in book.history.places("gpu_prices")}:
        return None
    try:
        return book.gpu_hour(gpu)
    except EstimatorError:
        return None


def _begins(name: str, first: str) -> bool:
    lowered = name.lower()
    return lowered.startswith(first) or lowered.rpartition("/")[2].startswith(first)


def _service(of: str) -> str:
    return ALIASES.get(of.lower(), of.lower())


def _tuned_models(book: PriceBook, of: str) -> Iterable[str]:
    service = _service(of)
    split = (name.partition("/") for name in book.history.places("training_prices"))
    return (model for seller, _, model in split if not service or seller == service)


NAMES: dict[str, Callable[[PriceBook, str], Iterable[str]]] = {
    "model": lambda book, _: book.history.places("token_prices"),
    "base_model": lambda _book, _of: base_models(),
    "gpu": lambda _book, _of: gpus(),
    "service": lambda book, _: (name.partition("/")[0] for name in book.history.places("training_prices")),
    "tuned_model": _tuned_models,
    "provider": lambda book, _: (name.partition("/")[0] for name in book.history.places("gpu_prices")),
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
    except PriceNotFoundError:
        return f"no price known on {book.on}"
    except EstimatorError:
        return ""


def _describe_model(book: PriceBook, name: str, _: str) -> str:
    offer = book.token_offer(name)
    tier = offer.tiers[0]
    return _joined(_tokens(tier.input, tier.output), _seen(tier.input), _end(book, offer.lifecycle))


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
    return _joined(*told, _seen(train), _end(book, offer.lifecycle))


def _describe_gpu(book: PriceBook, name: str, _: str) -> str:
    row = gpu_row(name)
    hour = _gpu_hour(book, row["id"])
    if hour is None:
        sellers = {place.partition("/")[0] for place in book.history.places("gpu_prices") if gpu_of(place) == row["id"]}
        why = f"no price without a provider on {book.on}: {', '.join(sorted(sellers))}" if sellers else ""
        return _joined(f"{row['memory_gb']} GB", why or f"no price known on {book.on}: it has to be stated")
    return _joined(f"{row['memory_gb']} GB", f"{_usd(hour)} an hour at {hour.row.offer.partition('/')[0]}", _seen(hour))


def _describe_service(book: PriceBook, name: str, _: str) -> str:
    prices = []
    models, still = set(_tuned_models(book, name)), _open_models(book, name)
    for model in still:
        try:
            prices.append(book.tuning_offer(name, model).training_usd_per_mtok)
        except EstimatorError:
            continue
    least = min((each for each in prices if each is not None), default=None)
    told = f"training from {_usd(least)} a million tokens" if least is not None else ""
    ended = len(models) - len(still)
    counted = _counted(len(still), "model") if still else "no model any longer"
    counted += f", {ended} more no longer" if still and ended else ""
    return _joined(counted, told, _seen(least), _closed_since(book, book.lifecycle(f"{_service(name)}/", "tuning")))


def _describe_provider(book: PriceBook, name: str, _: str) -> str:
    sold = {gpu_of(place) for place in book.history.places("gpu_prices") if place.partition("/")[0] == name}
    prices = []
    for gpu in sold:
        try:
            prices.append(book.gpu_hour(gpu, name))
        except PriceNotFoundError:
            continue
    least = min(prices, default=None)
    if least is None:
        raise PriceNotFoundError(f"No price of {name} for an hour of a GPU on {book.on}. State it in the request.")
    return _joined(_counted(len(prices), "GPU"), f"from {_usd(least)} an hour", _seen(least))


def _describe_base(_book: PriceBook, name: str, _of: str) -> str:
    row = base_model_row(name)
    return _joined(f"{row['params_b']} billion parameters", f"as of {row['as_of']}")


DESCRIBED: dict[str, Callable[[PriceBook, str, str], str]] = {
    "model": _describe_model,
    "tuned_model": _describe_tuned,
    "gpu": _describe_gpu,
    "base_model": _describe_base,
    "service": _describe_service,
    "provider": _describe_provider,
}


def _tokens(asked: Price | None, answered: Price | None) -> str:
    if asked is None or answered is None:
        return ""
    return f"{_usd(asked)} in, {_usd(answered)} out a million tokens"


def _usd(price: Any) -> str:
    return f"USD {float(price):,.6g}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _seen(price: Price | None) -> str:
    day = None if price is None else price.row.checked_on or price.row.recorded_on
    return f"seen on {day}" if day else ""


def _end(book: PriceBook, lifecycle: Lifecycle | None) -> str:
    if lifecycle is None:
        return ""
    ending = lifecycle.shutdown_on
    if ending and ending <= book.on:
        instead = f"; its seller names {lifecycle.replacement} instead" if lifecycle.replacement else ""
        return f"ended on {ending}{instead}"
    last = lifecycle.new_jobs_until
    shut = _closed_since(book, lifecycle)
    closing = f"no new tuning {'since' if last < book.on else 'after'} {last}" if last else ""
    return _joined(shut, closing, f"ends on {ending}" if ending else "")


def _closed_since(book: PriceBook, lifecycle: Lifecycle | None) -> str:
    rows = lifecycle.rows if lifecycle else ()
    days = [each.day for each in rows if each.event == "closed_to_new_customers" and each.day <= book.on]
    return f"closed to new customers since {min(days)}" if days else ""


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
