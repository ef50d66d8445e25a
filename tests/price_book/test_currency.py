"""Amounts in another currency: by a rate of the request, shown, and never without one."""

import pytest

from estimator.answer import answer
from estimator.errors import PriceNotFoundError
from estimator.estimate import estimate
from estimator.web.schemas.scenario import read_scenario
from tests.shipped import LIBRARY

RATE = {"table": "exchange_rates", "offer": "EUR", "price": "exchange_rate", "value": 0.8}


def question(**changes):
    asked = {
        "horizon_months": 10,
        "workload": {"requests_per_month": 1000, "input_tokens": 1000, "output_tokens": 100},
        "approaches": {
            "stated": {"kind": "lump_sum", "upfront_usd": 100},
            "priced": {
                "kind": "prompt_engineering",
                "prompt_tokens": 0,
                "effort_hours": 10,
                "serving": {"kind": "api", "model": "anthropic/claude-sonnet-5-5"},
            },
        },
    }
    return read_scenario({**asked, **changes})


def test_prices_of_the_book_are_exchanged_and_stated_amounts_are_not():
    dollars = answer(estimate(question(), LIBRARY))
    euros = answer(estimate(question(currency="EUR", price_overrides=[RATE]), LIBRARY))
    priced = [each["approaches"]["priced"]["total_usd"] for each in (dollars, euros)]
    assert priced[1] == pytest.approx(0.8 * priced[0])
    assert euros["approaches"]["stated"]["total_usd"] == dollars["approaches"]["stated"]["total_usd"] == 100


def test_the_rate_and_the_currency_of_every_row_are_shown():
    found = answer(estimate(question(currency="EUR", price_overrides=[RATE]), LIBRARY))
    rate = next(row for row in found["prices_used"] if row["table"] == "exchange_rates")
    assert (rate["offer"], rate["value"], rate["origin"]) == ("EUR", 0.8, "request")
    assert {row["currency"] for row in found["prices_used"] if row["table"] != "exchange_rates"} == {"EUR"}
    assert "other_currency" in {each["code"] for each in found["warnings"]}


def test_own_prices_of_the_request_are_in_its_currency_already():
    own = {"table": "token_prices", "offer": "anthropic/claude-sonnet-5-5", "price": "input_token", "value": 7.0}
    found = answer(estimate(question(currency="EUR", price_overrides=[RATE, own]), LIBRARY))
    row = next(row for row in found["prices_used"] if row["price"] == "input_token")
    assert (row["value"], row["origin"]) == (7.0, "request")


def test_no_rate_is_an_error_that_says_how_to_state_one():
    with pytest.raises(PriceNotFoundError, match="exchange_rates") as refused:
        estimate(question(currency="EUR"), LIBRARY)
    assert refused.value.pointer == "/currency"
