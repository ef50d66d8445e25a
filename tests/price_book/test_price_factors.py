"""Prices of the book that vary: the same as stating other prices, and inputs like all others."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from estimator.answer import answer
from estimator.computation import compute
from estimator.errors import ScenarioError, UnknownNameError
from estimator.estimate import estimate, open_book
from estimator.price_book import Library
from estimator.scenario import ApiServing, LumpSum, PromptEngineering, Range, Scenario, Workload
from estimator.scenario.own_prices import with_factor
from estimator.scenario.pointer import input_at, value_at, with_values
from estimator.sensitivity import analyse

MODEL = "anthropic/claude-sonnet-5-5"
INPUT, OUTPUT = (f"/price_overrides/{MODEL.replace('/', '~1')}/{name}" for name in ("input_token", "output_token"))


def question(**changes: Any) -> Scenario:
    """A named model at 1,000 requests of 1,000 + 1,000 tokens a month, against a sum: straight in each price."""
    return Scenario(
        baseline="named",
        workload=Workload(requests_per_month=1000.0, input_tokens=1000.0, output_tokens=1000.0),
        approaches={
            "named": PromptEngineering(prompt_tokens=0.0, serving=ApiServing(model=MODEL)),
            "sum": LumpSum(upfront_usd=changes.pop("upfront_usd", 1.0)),
        },
        **changes,
    )


def listed(library: Library, name: str) -> float:
    return float(library.book().price(MODEL, name, unit="USD/Mtoken"))


def total(scenario: Scenario, library: Library) -> float:
    return float(compute(scenario, open_book(scenario, library)).curves["named"].total_usd[0])


def test_a_factor_multiplies_every_price_it_matches(library: Library) -> None:
    # 12 months x 1,000 requests x 1,000 tokens are 12 Mtoken of each kind
    by_hand = 12.0 * (1.2 * listed(library, "input_token") + listed(library, "output_token"))
    rules = ({"offers": MODEL, "prices": "input_token", "factor": 1.2},)
    assert total(question(price_overrides=rules), library) == pytest.approx(by_hand)
    everything = ({"offers": "anthropic", "factor": 0.5},)
    assert total(question(price_overrides=everything), library) == pytest.approx(0.5 * total(question(), library))


def test_the_factor_is_shown_with_the_price(library: Library) -> None:
    rules = ({"offers": MODEL, "prices": "input_token", "factor": 1.2},)
    used = answer(estimate(question(price_overrides=rules), library))["prices_used"]
    row = next(each for each in used if each["price"] == "input_token")
    assert row["value"] == pytest.approx(1.2 * listed(library, "input_token"))
    assert "times 1.2 by the rule" in row["note"]


def test_a_price_of_the_book_is_an_input_by_its_name(library: Library) -> None:
    scenario = question()
    assert value_at(scenario, INPUT) == 1.0
    assert input_at(scenario, INPUT).unit == "1"
    columns = with_values(scenario, {INPUT: np.array([[0.5], [1.0], [3.0]])})
    curves = compute(columns, open_book(scenario, library)).curves["named"]
    one_by_one = [
        total(question(price_overrides=with_factor((), MODEL, "input_token", factor)), library)
        for factor in (0.5, 1.0, 3.0)
    ]
    assert np.ravel(curves.total_usd) == pytest.approx(one_by_one)


def test_a_factor_beside_the_one_stated_takes_its_place(library: Library) -> None:
    stated = question(price_overrides=({"offers": MODEL, "prices": "input_token", "factor": 2.0},))
    assert value_at(stated, INPUT) == 2.0
    moved = with_values(stated, {INPUT: 3.0})
    assert len(moved.price_overrides) == 1
    book = open_book(stated, library)
    alone = float(compute(moved, book).curves["named"].total_usd[0])
    assert alone == pytest.approx(12.0 * (3.0 * listed(library, "input_token") + listed(library, "output_token")))


def test_what_is_no_money_is_left_alone(library: Library) -> None:
    # a discount on everything of a provider used to shorten the shortest prefix that is cached
    plain = library.book().token_offer(MODEL)
    for rule in ({"offers": "anthropic", "share": 0.5}, {"offers": "anthropic", "factor": 0.5}):
        offer = open_book(question(price_overrides=(rule,)), library).token_offer(MODEL)
        assert plain.min_cacheable_tokens is not None
        assert offer.min_cacheable_tokens == plain.min_cacheable_tokens
        assert offer.cache_ttl_minutes == plain.cache_ttl_minutes
        assert offer.tiers[0].input == pytest.approx(0.5 * listed(library, "input_token"))


def test_names_that_no_table_has_are_refused(library: Library) -> None:
    for name, rule in (
        ("offers", {"offers": "anthropic/claude-sonet-5-5", "factor": 1.2}),
        ("prices", {"offers": MODEL, "prices": "inputs", "factor": 1.2}),
    ):
        with pytest.raises(UnknownNameError) as refusal:
            total(question(price_overrides=(rule,)), library)
        assert refusal.value.pointer == f"/price_overrides/0/{name}"


def test_a_range_on_a_price_of_the_book_gives_bands(library: Library) -> None:
    # uniform on 0.5..1.5: P10 0.6, P90 1.4 of the output price
    rules = ({"offers": MODEL, "prices": "output_token", "factor": Range(dist="uniform", low=0.5, high=1.5)},)
    found = answer(estimate(question(price_overrides=rules), library))
    json.dumps(found, allow_nan=False)
    bands = found["approaches"]["named"]["bands"]["total_usd"]
    price = 12.0 * listed(library, "output_token")
    rest = 12.0 * listed(library, "input_token")
    assert bands["p10"] == pytest.approx(rest + 0.6 * price, rel=1e-3)
    assert bands["p90"] == pytest.approx(rest + 1.4 * price, rel=1e-3)
    assert found["approaches"]["named"]["total_usd"] == pytest.approx(rest + price)


def test_an_own_price_may_be_a_range(library: Library) -> None:
    own = {
        "table": "token_prices",
        "offer": MODEL,
        "price": "input_token",
        "value": Range(dist="uniform", low=1, high=3),
    }
    found = answer(estimate(question(price_overrides=(own,)), library))
    bands = found["approaches"]["named"]["bands"]["total_usd"]
    rest = 12.0 * listed(library, "output_token")
    assert found["approaches"]["named"]["total_usd"] == pytest.approx(rest + 12.0 * 2.0)
    assert bands["p10"] == pytest.approx(rest + 12.0 * 1.2, rel=1e-3)
    assert bands["p90"] == pytest.approx(rest + 12.0 * 2.8, rel=1e-3)
    nothing = replace(question(), price_overrides=({**own, "value": Range(low=0, mode=0, high=3)},))
    with pytest.raises(ScenarioError, match="cannot be varied"):
        estimate(nothing, library)


def test_prices_of_the_book_stand_in_the_tornado_and_among_the_flips(library: Library) -> None:
    scenario = question(upfront_usd=12.0 * listed(library, "input_token") + 6.0 * listed(library, "output_token"))
    bars = {bar.lever.pointer: bar for bar in analyse(scenario, library).bars}
    for pointer, name in ((INPUT, "input_token"), (OUTPUT, "output_token")):
        assert (bars[pointer].lever.low, bars[pointer].lever.high) == (0.8, 1.2)
        assert bars[pointer].swing_usd == pytest.approx(0.4 * 12.0 * listed(library, name))
    # the sum equals the named model with half its output price
    flips = answer(estimate(scenario, library, frozenset({"flips"})))["recommendation"]["flips"]
    at = {each["pointer"]: each for each in flips}
    assert at[OUTPUT]["factor"] == pytest.approx(0.5, rel=1e-6)
    assert at[OUTPUT]["to"] == "named"


def test_each_own_tier_varies_by_itself(library: Library) -> None:
    # requests of 1,000 tokens pay the tier from 500 on; the tier below is a price of its own
    own = {"table": "token_prices", "offer": MODEL, "price": "input_token"}
    rules = ({**own, "value": 1.0, "from_quantity": 0.0}, {**own, "value": 4.0, "from_quantity": 500.0})
    scenario = question(price_overrides=rules)
    rest = 12.0 * listed(library, "output_token")
    assert total(scenario, library) == pytest.approx(rest + 48.0)
    book = open_book(scenario, library)
    for pointer, values in (("/price_overrides/0/value", [48.0, 48.0]), ("/price_overrides/1/value", [60.0, 72.0])):
        columns = with_values(scenario, {pointer: np.array([[5.0], [6.0]])})
        found = np.broadcast_to(compute(columns, book).curves["named"].total_usd, 2)
        assert found == pytest.approx([rest + value for value in values])
