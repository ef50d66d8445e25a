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
from estimator.sweeps import Axis, sweep

MODEL = "anthropic/claude-sonnet-5-5"
INPUT, OUTPUT = (f"/price_overrides/{MODEL.replace('/', '~1')}/{name}" for name in ("input_token", "output_token"))

OWN_OUTPUT = {"table": "token_prices", "offer": MODEL, "price": "output_token"}


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
    from_nothing = replace(question(), price_overrides=({**own, "value": Range(dist="uniform", low=-1, high=1)},))
    found = answer(estimate(from_nothing, library))
    assert found["approaches"]["named"]["total_usd"] == pytest.approx(rest)
    assert found["approaches"]["named"]["bands"]["total_usd"]["p90"] == pytest.approx(rest + 12.0 * 0.8, rel=1e-3)


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


@pytest.mark.parametrize(
    ("rules", "usd_per_mtok"),
    [
        # 12 Mtoken of each kind at 2 and 10 dollars, by the tables of that day
        ([{"offers": "anthropic", "factor": 1.1}, {"offers": "anthropic", "factor": 1.5}], (2 * 1.65, 10 * 1.65)),
        ([{"offers": "anthropic", "factor": 1.1}, {"offers": "anthropic/*", "factor": 1.5}], (2 * 1.65, 10 * 1.65)),
        ([{**OWN_OUTPUT, "value": 20.0}, {**OWN_OUTPUT, "value": 40.0}], (2, 40)),
        ([{**OWN_OUTPUT, "value": 40.0}, {**OWN_OUTPUT, "value": 20.0}], (2, 20)),
        ([{**OWN_OUTPUT, "value": 40.0}, {"offers": "anthropic", "factor": 2.0}], (4, 40)),
    ],
)
def test_rules_that_meet_count_once_each_and_the_last_own_price_wins(
    library: Library, rules: list[dict[str, Any]], usd_per_mtok: tuple[float, float]
) -> None:
    found = estimate(question(price_overrides=tuple(rules)), library)
    assert found.computed.curves["named"].total_usd[0] == pytest.approx(12.0 * sum(usd_per_mtok))
    used = {each["price"]: each["value"] for each in answer(found)["prices_used"]}
    assert used == pytest.approx({"input_token": usd_per_mtok[0], "output_token": usd_per_mtok[1]})


def test_a_rule_that_another_one_replaces_varies_nothing(library: Library) -> None:
    # requests of 1,000 tokens pay the tier from 500 on, which the second rule states for itself
    rules = ({**OWN_OUTPUT, "value": 1.0}, {**OWN_OUTPUT, "value": 4.0, "from_quantity": 500.0})
    rows = [
        row["total_usd"]["named"]
        for block in sweep(question(price_overrides=rules), library, [Axis("/price_overrides/0/value", (1.0, 2.0))])
        for row in block.rows()
    ]
    assert rows == pytest.approx([12.0 * (2.0 + 4.0)] * 2)


def test_each_of_two_alike_rules_is_varied_by_its_place(library: Library) -> None:
    rules = tuple({"offers": "anthropic", "factor": factor} for factor in (1.1, 1.5))
    for place, other in ((0, 1.5), (1, 1.1)):
        axis = Axis(f"/price_overrides/{place}/factor", (1.0, 3.0))
        rows = [row for block in sweep(question(price_overrides=rules), library, [axis]) for row in block.rows()]
        found = [row["total_usd"]["named"] for row in rows]
        assert found == pytest.approx([12.0 * 12.0 * other * factor for factor in (1.0, 3.0)])


def test_an_exchange_rate_that_is_a_range_gives_bands(library: Library) -> None:
    # uniform on 0.5..1.5: every price of the book times P10 0.6 and P90 1.4; an own price is in euros already
    rate = {"table": "exchange_rates", "offer": "EUR", "price": "exchange_rate"}
    rules = ({**rate, "value": Range(dist="uniform", low=0.5, high=1.5)}, {**OWN_OUTPUT, "value": 7.0})
    found = answer(estimate(question(price_overrides=rules, currency="EUR"), library))["approaches"]["named"]
    assert found["total_usd"] == pytest.approx(12.0 * (2.0 + 7.0))
    bands = found["bands"]["total_usd"]
    assert (bands["p10"], bands["p90"]) == pytest.approx((12.0 * (1.2 + 7.0), 12.0 * (2.8 + 7.0)), rel=1e-3)


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_an_exchange_rate_that_is_none_is_refused_alone_and_in_a_row(library: Library, value: float) -> None:
    rate = {"table": "exchange_rates", "offer": "EUR", "price": "exchange_rate"}
    with pytest.raises(ScenarioError, match="above 0") as refusal:
        estimate(question(price_overrides=({**rate, "value": value},), currency="EUR"), library)
    assert refusal.value.pointer == "/price_overrides/0/value"
    scenario = question(price_overrides=({**rate, "value": 0.9},), currency="EUR")
    (block,) = sweep(scenario, library, [Axis("/price_overrides/0/value", (0.9, value))])
    rows = list(block.rows())
    assert rows[0]["total_usd"]["named"] == pytest.approx(0.9 * 12.0 * 12.0)
    assert rows[1]["error"] == {"pointer": refusal.value.pointer, "detail": refusal.value.message}


def test_a_wage_that_a_rule_moves_is_a_lever_by_its_factor(library: Library) -> None:
    """In its own field it would be cut off from the exchange rate, whose bar and flip would be missing."""
    rate = {"table": "exchange_rates", "offer": "EUR", "price": "exchange_rate", "value": 0.9}
    scenario = question(price_overrides=(rate,), currency="EUR")
    named = replace(scenario.approaches["named"], effort_hours=10.0)
    scenario = replace(scenario, approaches={**scenario.approaches, "named": named})
    swings = {bar.lever.pointer: bar.swing_usd for bar in analyse(scenario, library).bars}
    hour = float(library.book().wage("prompt_engineer"))
    assert swings["/price_overrides/prompt_engineer/wage_hour"] == pytest.approx(0.4 * 10.0 * 0.9 * hour)
    assert swings["/price_overrides/0/value"] == pytest.approx(0.4 * 0.9 * (10.0 * hour + 12.0 * 12.0))
    assert "/rates/prompt_engineer_usd_per_hour" not in swings
