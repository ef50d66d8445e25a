"""Own prices of a request as inputs: what may be varied in them, and how a price of the book is named by a pointer."""

from collections.abc import Mapping, Sequence
from typing import Any

from estimator.scenario.inputs import Input

OWN_PRICE_INPUTS = {
    "factor": Input(
        "number", "Factor on the prices that match, 1.2 = 20 % dearer.", "1", low=0.0, low_open=True, high=1000.0
    ),
    "value": Input("number", "The price, in the unit of the price book.", low=-1e15, high=1e15),
}
"""What may be a range, and be varied, in an entry of price_overrides."""

Rule = Mapping[str, Any]


def named_price(tokens: Sequence[str]) -> tuple[str, str] | None:
    """Read ["price_overrides", offer, price]: the factor on one price of the book, 1 unless it is stated.

    Examples
    --------
    >>> named_price(["price_overrides", "acme/small", "input_token"]), named_price(["price_overrides", "0", "factor"])
    (('acme/small', 'input_token'), None)
    """
    if len(tokens) != 3 or tokens[0] != "price_overrides" or tokens[1].isdigit():
        return None
    return tokens[1], tokens[2]


def factor_place(rules: Sequence[Rule], offer: str, price: str) -> int | None:
    """Find the rule that states a factor for exactly this offer and price."""
    for place, rule in enumerate(rules):
        if "factor" in rule and (rule["offers"], rule.get("prices", "*")) == (offer, price):
            return place
    return None


def with_factor(rules: Sequence[Rule], offer: str, price: str, factor: Any) -> tuple[Rule, ...]:
    """State a factor for one offer and price, in the place of the one that stands there."""
    place = factor_place(rules, offer, price)
    mine = {"offers": offer, "prices": price, "factor": factor}
    if place is None:
        return (*rules, mine)
    return (*rules[:place], mine, *rules[place + 1 :])
