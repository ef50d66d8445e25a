"""Prices of the book that vary from cell to cell: ranges, sweeps and searches over a rule of price_overrides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from estimator.approaches.faults import at_cell, refuse_cells
from estimator.price_book import Price, PriceBook, PriceFactor
from estimator.price_book.own_prices import rule_of
from estimator.price_book.prices_on_day import no_rate
from estimator.price_book.rule_names import refuse_unknown
from estimator.quantities import Quantity


@dataclass(frozen=True, slots=True)
class VariedPrices:
    """How the rules of a scenario differ from those that its book was opened with, numbers or columns (cells, 1).

    Parameters
    ----------
    own : numbers that the request states for a price, by the pointer of their rule
    factors : what is multiplied, on top of what the book was opened with
    exchange : the same for what the book has exchanged into another currency; its name, and the factor
    """

    own: Mapping[str, Quantity]
    factors: Sequence[tuple[PriceFactor, Quantity]]
    exchange: tuple[str, Quantity] | None = None

    def price(self, listed: Price) -> Any:
        """Return a price of the book as it is in each cell; the price itself where no rule differs for it."""
        row = listed.row
        if row.parts:
            parts = [(share, part, self.price(part)) for share, part in row.parts]
            same = all(found is part for _, part, found in parts)
            return listed if same else sum(share * found for share, _, found in parts)
        if row.origin == "request":
            return self.own.get(row.pointer, listed)
        found: Any = listed
        for rule, factor in self.factors:
            if rule.covers(row):
                found = found * factor
        if self.exchange is not None and row.currency == self.exchange[0]:
            found = found * self.exchange[1]
        return found


def varied_prices(rules: Sequence[Mapping[str, Any]], book: PriceBook) -> VariedPrices | None:
    """Collect the rules that say something else than the book was opened with, each by its place; None if none does.

    Raises
    ------
    UnknownNameError : a factor that the book was not opened with names an offer or a price that no table has
    ScenarioError, CellsError : an exchange rate is not above 0
    """
    own: dict[str, Quantity] = {}
    factors: list[tuple[PriceFactor, Quantity]] = []
    for place, stated in enumerate(rules):
        pointer = f"/price_overrides/{place}"
        opened: Any = book.rules.get(pointer)
        if "value" in stated and np.any(stated["value"] != opened.value):
            own[pointer] = stated["value"]
        elif "factor" in stated:
            if opened is None:
                opened = rule_of({**stated, "factor": 1.0}, pointer)
                refuse_unknown(opened, book.history)
            if np.any(stated["factor"] != opened.factor):
                factors.append((opened, stated["factor"] / opened.factor))
    if not own and not factors:
        return None
    return VariedPrices(own, factors, _exchange(own, book))


def _exchange(own: Mapping[str, Quantity], book: PriceBook) -> tuple[str, Quantity] | None:
    """Return the currency of the book and by which factor its exchange rate differs; None where it does not."""
    opened = book.exchange
    if opened is None or opened.row.pointer not in own:
        return None
    rate = own[opened.row.pointer]
    refuse_cells(np.greater(rate, 0.0), lambda cell: no_rate(opened, float(at_cell(rate, cell))))
    return opened.row.offer, rate / float(opened)
