"""Find the offer that a model's name means: which provider, when the name does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from estimator.errors import UnknownNameError

if TYPE_CHECKING:
    from estimator.price_book.prices_on_day import PricesOnDay

RESELLERS = ("openrouter", "quicksilverpro", "huggingface", "github-copilot", "cursor")
"""Providers that pass requests on: never chosen for a model id that names no provider."""

MAKERS = {
    "anthropic": ("claude",),
    "openai": ("gpt", "o1", "o3", "o4", "chatgpt", "davinci", "babbage", "text-embedding", "ft:"),
    "google": ("gemini", "gemma"),
    "mistral": ("mistral", "ministral", "codestral", "magistral", "devstral", "pixtral", "open-mi"),
    "x-ai": ("grok",),
    "deepseek": ("deepseek",),
    "cohere": ("command", "embed", "rerank"),
    "moonshotai": ("kimi", "moonshot"),
    "zai": ("glm",),
    "minimax": ("minimax",),
    "perplexity": ("sonar",),
    "meta": ("muse",),
    "aws": ("amazon.", "nova"),
}
"""Who makes the models whose names begin so: their own price is meant when no provider is named."""


def is_sold_by_its_maker(offer: str) -> bool:
    """Tell whether a model is offered by who made it.

    Examples
    --------
    >>> is_sold_by_its_maker("anthropic/claude-sonnet-5-5"), is_sold_by_its_maker("azure/claude-sonnet-5-5")
    (True, False)
    """
    seller, _, model = offer.lower().partition("/")
    return model.startswith(MAKERS.get(seller, ("/",)))


def find_model(book: PricesOnDay, model: str) -> str:
    """Return the offer in token_prices that a name means.

    The exact name comes first, then the same in any case; a model id without its provider is that of the only
    provider that sells it, resellers aside, or that of its maker.
    """
    places = book.history.places("token_prices")
    if model in places or model in book.own_offers("token_prices"):
        return model
    lowered = model.lower()
    known = book.history.lower_names
    if lowered in known:
        return known[lowered]
    offers = [
        offer
        for offer in book.history.bare_names.get(lowered, ())
        if not offer.startswith(RESELLERS) and book.current("token_prices", offer)
    ]
    if len(offers) == 1:
        return offers[0]
    for maker, beginnings in MAKERS.items():
        if lowered.startswith(beginnings) and f"{maker}/{lowered}" in known:
            return known[f"{maker}/{lowered}"]
    raise UnknownNameError("model", model, offers or sorted(places, key=is_sold_by_its_maker, reverse=True))
