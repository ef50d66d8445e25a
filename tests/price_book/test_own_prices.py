"""Overlay folders, prices of a request and discounts win, and say so."""

from dataclasses import replace

import pytest

from estimator.errors import ScenarioError, UnknownNameError
from estimator.price_book import Discount, Library, Override, Price, PriceFactor
from estimator.price_book.tables import TableError
from tests.price_book.conftest import line

OUTPUT = line(price="output_token", value="8")


def own(**cells: str) -> str:
    return line(**({"source": "", "verification": "", "recorded_on": ""} | cells))


@pytest.fixture
def folder(write):
    return write(line(), OUTPUT, line(offer="other/large", value="4"), line(offer="other/large", price="output_token"))


def test_an_overlay_wins_and_later_ones_win_over_earlier_ones(folder, write):
    first = write(own(value="1.8"), folder="first")
    second = write(own(value="1.7"), folder="second")
    shipped = Library(shipped=folder).book().token_offer("acme/small").tiers[0]
    assert (shipped.input, shipped.input.row.origin) == (2.0, "table")
    overlaid = Library([first], shipped=folder).book().token_offer("acme/small").tiers[0]
    assert (overlaid.input, overlaid.input.row.origin, overlaid.input.row.verification) == (1.8, "overlay", "own")
    assert (overlaid.output, overlaid.output.row.origin) == (8.0, "table")
    assert Library([first, second], shipped=folder).book().token_offer("acme/small").tiers[0].input == 1.7
    assert Library([first], shipped=folder).book().version != Library(shipped=folder).book().version


def test_an_overlay_may_bring_offers_of_its_own(folder, write):
    mine = write(own(offer="house/model"), own(offer="house/model", price="output_token", value="3"), folder="mine")
    assert Library([mine], shipped=folder).book().token_offer("house/model").tiers[0].output == 3.0


def test_an_overlay_with_a_table_nobody_knows_is_refused(folder, write):
    mine = write(own(), table="token_price", folder="mine")
    with pytest.raises(UnknownNameError, match="token_prices"):
        Library([mine], shipped=folder)
    with pytest.raises(ScenarioError, match="does not exist"):
        Library([mine / "absent"], shipped=folder)


def test_an_overlay_that_is_no_utf_8_is_refused_with_its_line(folder, write):
    mine = write(own(), folder="mine")
    table = mine / "token_prices.csv"
    table.write_bytes(table.read_bytes() + b"acme/\xff,input_token\n")
    with pytest.raises(TableError, match=r"token_prices\.csv, line 3.*UTF-8"):
        Library([mine], shipped=folder)


def test_a_price_of_the_request_wins_over_all(folder, write):
    book = Library([write(own(value="1.8"), folder="mine")], shipped=folder).book()
    overrides = [Override("token_prices", "acme/small", "input_token", 1.1)]
    found = book.with_overrides(overrides).token_offer("acme/small").tiers[0].input
    assert (found, found.row.origin, found.row.source) == (1.1, "request", "request")
    assert book.token_offer("acme/small").tiers[0].input == 1.8, "the book itself is as it was"


def test_a_discount_comes_off_the_table_price_and_is_told(folder):
    book = Library(shipped=folder).book()
    rules = [Discount("acme", 0.18)]
    tier = book.with_overrides(discounts=rules).token_offer("acme/small").tiers[0]
    assert float(tier.input) == pytest.approx(2.0 * 0.82)
    assert tier.input.row.origin == "discount"
    assert "18 % off" in tier.input.row.note
    assert book.with_overrides(discounts=rules).token_offer("other/large").tiers[0].input == 4.0


def test_two_rules_on_one_price_name_the_list_price_of_the_table(folder):
    rules = [Discount("acme", 0.1), PriceFactor("acme/*", 1.5)]
    found = Library(shipped=folder).book().with_overrides(discounts=rules).token_offer("acme/small").tiers[0].input
    assert float(found) == pytest.approx(2.0 * 0.9 * 1.5)
    assert found.row.note.endswith("times 1.5 by the rule for acme/*, list price 2")


def test_a_discount_does_not_touch_a_price_of_the_request(folder):
    book = Library(shipped=folder).book()
    overrides = [Override("token_prices", "acme/small", "input_token", 1.0)]
    found = book.with_overrides(overrides, [Discount("acme/*", 0.5)]).token_offer("acme/small").tiers[0]
    assert (found.input, found.output) == (1.0, 4.0)


def test_a_price_of_the_request_stands_for_every_tier_and_every_way_of_tuning(write):
    tuned = {"offer": "acme/big", "price": "training_token", "variant": "sft", "region": "global"}
    folder = write(
        line(), line(value="4", from_quantity="200000"), line(value="1", variant="batch"), OUTPUT, table="token_prices"
    )
    write(line(**tuned), line(**(tuned | {"region": "developer"})), table="training_prices")
    book = Library(shipped=folder).book()
    mine = book.with_overrides(
        [
            Override("token_prices", "acme/small", "input_token", 0.5),
            Override("training_prices", "acme/big", "training_token", 9.0),
        ]
    )
    offer = mine.token_offer("acme/small")
    assert [(tier.from_tokens, tier.input) for tier in offer.tiers] == [(0, 0.5), (200_000, 0.5)]
    assert offer.batch_tiers[0].input == 1.0, "the batch price is another price"
    assert mine.tuning_offer("acme", "big").training_usd_per_mtok == 9
    assert mine.tuning_offer("acme", "big", tier="developer").training_usd_per_mtok == 9
    one_tier = [Override("token_prices", "acme/small", "input_token", 3.0, from_quantity=200_000.0)]
    assert [tier.input for tier in book.with_overrides(one_tier).token_offer("acme/small").tiers] == [2.0, 3.0]


def test_no_own_price_gives_the_same_book(folder):
    book = Library(shipped=folder).book()
    assert book.with_overrides() is book


def test_wages_rates_and_gpus_of_the_request(folder, write):
    wage = {"offer": "annotator", "price": "wage_hour", "unit": "USD/h", "region": "us"}
    write(line(**wage), table="labour_rates")
    book = Library(shipped=folder).book()
    mine = book.with_overrides(
        [
            Override("exchange_rates", "EUR", "exchange_rate", 0.9),
            Override("labour_rates", "annotator", "wage_hour", 30.0),
            Override("gpu_prices", "mine/H100-SXM", "gpu_hour", 1.5),
        ]
    )
    assert mine.exchange_rate("EUR") == 0.9
    assert mine.wage("annotator") == 30.0
    assert mine.gpu_hour("H100-SXM") == 1.5


@pytest.mark.parametrize(
    ("override", "field", "nearest"),
    [
        (Override("token_prices", "acme/small", "input_tokens", 1.0), "price", "input_token"),
        (Override("token_price", "acme/small", "input_token", 1.0), "table", "token_prices"),
        (Override("labour_rates", "anotator", "wage_hour", 1.0), "offer", "annotator"),
        (
            Override("training_prices", "openai/gpt-4.1-minni", "training_token", 1.0),
            "offer",
            "gpt-4.1-mini-2025-04-14",
        ),
        (Override("caching_rules", "anthropc/*", "min_cacheable_tokens", 1.0), "offer", "anthropic/*"),
    ],
)
def test_an_own_price_that_no_look_up_could_find_is_refused_at_once(library, override, field, nearest):
    with pytest.raises(UnknownNameError, match=nearest.replace("*", ".*")) as refusal:
        library.book().with_overrides([replace(override, pointer="/price_overrides/3")])
    assert refusal.value.pointer == f"/price_overrides/3/{field}"


@pytest.mark.parametrize(
    ("offers", "prices", "field", "nearest"),
    [
        ("antropic", "*", "offers", "anthropic"),
        ("antropic/*", "*", "offers", "anthropic"),
        ("anthropic/claude-sonet-5-5", "*", "offers", "anthropic/claude-sonnet-5-5"),
        ("anthropic/claude-sonet-5*", "*", "offers", "anthropic/claude-sonnet-5"),
        ("claude*", "*", "offers", "claude"),
        ("anotator", "*", "offers", "annotator"),
        ("anthropic", "input_tokn", "prices", "input_token"),
        ("anthropic", "inputs_*", "prices", "input_token"),
        ("anthropic", "min_cacheable_tokens", "prices", "token"),
    ],
)
@pytest.mark.parametrize("rule", [Discount, PriceFactor])
def test_a_misspelt_rule_is_refused_with_the_nearest_names(library, rule, offers, prices, field, nearest):
    with pytest.raises(UnknownNameError, match=nearest) as refusal:
        library.book().with_overrides(discounts=[rule(offers, 0.5, prices, "/price_overrides/7")])
    assert refusal.value.pointer == f"/price_overrides/7/{field}"


@pytest.mark.parametrize("offers", ["anthropic", "anthropic/*", "*", "*/H100-SXM*", "annotator", "openai/gpt-4.?"])
def test_providers_patterns_and_roles_pass(library, offers):
    assert library.book().with_overrides(discounts=[Discount(offers, 0.5)]).rules


def test_a_discount_is_a_share():
    with pytest.raises(ScenarioError, match=r"write 18 % as 0\.18"):
        Discount("acme", 18.0)


def test_a_price_is_an_immutable_number():
    price = Library().book().token_offer("openai/gpt-4.1").tiers[0].input
    assert isinstance(price, float)
    assert type(price * 2) is float
    with pytest.raises(AttributeError, match="immutable"):
        price.row = None
    import copy
    import pickle

    assert copy.deepcopy(price).row == price.row
    assert pickle.loads(pickle.dumps(price)).row == price.row  # noqa: S301 - our own bytes, made on this line
    assert isinstance(price, Price)
