"""Turn away quotes that are known mistakes of price lists, offer by offer."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from estimator.price_book.rules import broken_rules
from pricing.importing.quotes import Quote, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable


def refuse_unsound(quotes: Iterable[Quote], refused: list[Refusal]) -> list[Quote]:
    """Return the quotes that break no rule; the others are added to `refused` with the rule they break."""
    by_offer: dict[tuple[str, str], list[Quote]] = defaultdict(list)
    for quote in quotes:
        by_offer[quote.table, quote.offer].append(quote)
    kept: list[Quote] = []
    for those in by_offer.values():
        reasons = {id(broken.row): broken.reason for broken in broken_rules(those)}
        for quote in those:
            if id(quote) in reasons:
                refused.append(Refusal(quote.offer, quote.price, reasons[id(quote)]))
            else:
                kept.append(quote)
    return kept
