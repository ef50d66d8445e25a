"""Prices of the book that vary from cell to cell: ranges, sweeps and searches over a factor, or over an own price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from estimator.errors import ScenarioError, UnknownNameError
from estimator.price_book import Override, PriceBook, PriceFactor, PriceRow
from estimator.quantities import Quantity


@dataclass(frozen=True, slots=True)
class VariedPrice:
    """A factor on what the book says, on top of what the book was opened with.

    Parameters
    ----------
    rule : which prices: those of the tables that it matches, or the one that the request states
    factor : a number, or a column (cells, 1)
    """

    rule: PriceFactor | Override
    factor: Quantity

    def covers(self, row: PriceRow) -> bool:
        """Say whether this price is varied."""
        return self.rule.covers(row)


def varied_prices(rules: Sequence[Mapping[str, Any]], book: PriceBook) -> tuple[VariedPrice, ...]:
    """Collect the rules that say something else than the book was opened with.

    Raises
    ------
    UnknownNameError : a factor names an offer or a price that no table has
    ScenarioError : an own price of 0 is varied: no factor makes another price of it
    """
    found = []
    for place, rule in enumerate(rules):
        if "factor" in rule:
            each = _factor(rule, book, f"/price_overrides/{place}")
        elif "value" in rule:
            each = _own(rule, book, f"/price_overrides/{place}/value")
        else:
            continue
        if each is not None and np.any(each.factor != 1.0):
            found.append(each)
    return tuple(found)


def _factor(rule: Mapping[str, Any], book: PriceBook, pointer: str) -> VariedPrice | None:
    prices = rule.get("prices", "*")
    _refuse_unknown(rule["offers"], prices, book, pointer)
    opened = book.factor_on(rule["offers"], prices)
    return VariedPrice(PriceFactor(rule["offers"], opened, prices), rule["factor"] / opened)


def _refuse_unknown(offer: str, price: str, book: PriceBook, pointer: str) -> None:
    """Raise if no table has this offer or this price; providers and patterns are let pass."""
    if price not in book.history.units and not _is_pattern(price):
        raise UnknownNameError("price", price, book.history.units, f"{pointer}/prices")
    if "/" not in offer or _is_pattern(offer):
        return
    tables = [table for table in book.history.tables if table != "exchange_rates"]
    if not any(offer in book.history.places(table) or offer in book.own_offers(table) for table in tables):
        known = sorted({each for table in tables for each in book.offers(table)})
        raise UnknownNameError("offer", offer, known, f"{pointer}/offers")


def _is_pattern(name: str) -> bool:
    return any(sign in name for sign in "*?")


def _own(rule: Mapping[str, Any], book: PriceBook, pointer: str) -> VariedPrice | None:
    asked = Override(**{**rule, "value": float(np.ravel(rule["value"])[0])})
    opened = book.own_value(asked)
    if np.all(rule["value"] == opened):
        return None
    if opened == 0.0:
        raise ScenarioError("An own price whose most likely value is 0 cannot be varied.", pointer)
    return VariedPrice(asked, rule["value"] / opened)
