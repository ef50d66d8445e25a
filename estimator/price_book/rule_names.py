"""Refuse the rules of a request that name what no table has: a misspelt rule would change nothing without a word."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from estimator.errors import UnknownNameError
from estimator.price_book.own_prices import Override, is_pattern

if TYPE_CHECKING:
    from estimator.price_book.history import PriceHistory
    from estimator.price_book.own_prices import Rule

MAY_BRING_OFFERS = frozenset({"token_prices", "gpu_prices", "exchange_rates"})
"""Tables whose look-ups find an offer that only the request has; in the others its name must be known."""
TUNING = ("training_prices", "hosting_prices")
"""Tables that are looked up together: a service may stand in one of them alone."""


def refuse_unknown(rule: Rule, history: PriceHistory) -> None:
    """Raise if a rule can never change a price.

    Raises
    ------
    UnknownNameError : no table, price, provider or offer is called so
    """
    if isinstance(rule, Override):
        _refuse_own_price(rule, history)
        return
    money = [price for price, unit in history.units.items() if unit.startswith("USD")]
    if not any(fnmatchcase(price, rule.prices) for price in money):
        raise UnknownNameError("price in money", rule.prices, money, f"{rule.pointer}/prices")
    provider = rule.offers.partition("/")[0]
    if not is_pattern(provider) and provider not in history.sellers:
        raise UnknownNameError("provider", provider, history.sellers, f"{rule.pointer}/offers")
    sold = history.sellers.get(provider) or [name for names in history.sellers.values() for name in names]
    if rule.offers not in history.sellers and not any(fnmatchcase(offer, rule.offers) for offer in sold):
        raise UnknownNameError("offer", rule.offers, sold, f"{rule.pointer}/offers")


def _refuse_own_price(rule: Override, history: PriceHistory) -> None:
    if rule.table not in history.tables:
        raise UnknownNameError("price table", rule.table, history.tables, f"{rule.pointer}/table")
    if rule.price not in history.units:
        raise UnknownNameError("price", rule.price, history.units, f"{rule.pointer}/price")
    known = [offer for table in (TUNING if rule.table in TUNING else (rule.table,)) for offer in history.places(table)]
    if rule.table not in MAY_BRING_OFFERS and rule.offer not in known:
        raise UnknownNameError(f"offer of {rule.table}", rule.offer, known, f"{rule.pointer}/offer")
