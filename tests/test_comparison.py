"""Two estimates side by side."""

from datetime import date

import pytest

from estimator.comparison import compare
from estimator.estimate import estimate
from estimator.web.schemas.scenario import read_scenario
from tests.shipped import LIBRARY


def question(**changes):
    asked = {
        "horizon_months": 10,
        "workload": {"requests_per_month": 1000, "input_tokens": 1000, "output_tokens": 0},
        "approaches": {
            "lump": {"kind": "lump_sum", "upfront_usd": 100, "monthly_fixed_usd": 10},
            "prompt": {
                "kind": "prompt_engineering",
                "prompt_tokens": 0,
                "serving": {"kind": "api", "prices": {"input_usd_per_mtok": 3, "output_usd_per_mtok": 15}},
            },
        },
    }
    return read_scenario({**asked, **changes})


def test_a_changed_input_is_named_and_its_effect_on_every_approach_is_shown():
    left = estimate(question(), LIBRARY)
    right = estimate(question(workload={"requests_per_month": 2000, "input_tokens": 1000, "output_tokens": 0}), LIBRARY)
    found = compare(left, right)
    assert found["inputs"] == [{"pointer": "/workload/requests_per_month", "left": 1000.0, "right": 2000.0}]
    # 1,000 requests of 1,000 tokens at 3 USD per million are 3 USD a month: 30 USD over ten months, then 60
    assert found["approaches"]["prompt"]["total_usd"] == {
        "left": 30.0,
        "right": 60.0,
        "change": 30.0,
        "change_share": 1.0,
    }
    assert found["approaches"]["lump"]["total_usd"]["change"] == 0.0
    assert found["recommendation"] == {"left": "prompt", "right": "prompt", "changed": False}


def test_an_approach_on_one_side_only_has_no_change():
    left = estimate(question(), LIBRARY)
    third = {"kind": "lump_sum", "upfront_usd": 5}
    plans = {"lump": {"kind": "lump_sum"}, "third": third}
    found = compare(left, estimate(question(approaches=plans), LIBRARY))
    assert found["approaches"]["third"]["total_usd"] == {
        "left": None,
        "right": 5.0,
        "change": None,
        "change_share": None,
    }
    assert found["recommendation"]["changed"]
    pair = next(each for each in found["break_even"] if each["candidate"] == "third")
    assert pair["left"] is None


@pytest.mark.tables
def test_two_days_of_one_price_book_show_the_prices_that_moved():
    plans = {
        "a": {"kind": "lump_sum"},
        "b": {
            "kind": "prompt_engineering",
            "prompt_tokens": 100,
            "serving": {"kind": "api", "model": "avian/deepseek/deepseek-v4-flash"},
        },
    }
    days = date(2026, 10, 1), date(2026, 11, 20)
    found = compare(*(estimate(question(approaches=plans, price_book=day.isoformat()), LIBRARY) for day in days))
    assert found["inputs"] == []
    moved = {row["price"]: (row["left"], row["right"]) for row in found["prices"]}
    assert moved == {"input_token": (0.0805, 0.14), "output_token": (0.161, 0.28)}  # the dated rows of 2026-10-18
