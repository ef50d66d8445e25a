"""The headline says no more than the numbers carry."""

import json
from typing import Any

import pytest

from estimator.answer import answer
from estimator.estimate import estimate
from estimator.price_book import Library
from estimator.scenario import Constraints, LumpSum, Range, Scenario, Workload


def advised(library: Library, plans: dict[str, LumpSum], **changes: Any) -> dict[str, Any]:
    """Compare sums over a year with 1,000 requests a month."""
    load = Workload(requests_per_month=changes.pop("requests", 1000.0), input_tokens=1.0, output_tokens=1.0)
    written = answer(estimate(Scenario(workload=load, approaches=plans, **changes), library))
    json.dumps(written, allow_nan=False)
    found: dict[str, Any] = written["recommendation"]
    return found


def test_every_cheaper_excluded_one_is_named_or_counted(library: Library) -> None:
    plans = {f"P{n}": LumpSum(upfront_usd=1000.0 * n, success_rate=0.5) for n in range(1, 5)}
    plans["good"] = LumpSum(upfront_usd=9000.0, success_rate=0.95)
    plans["dear"] = LumpSum(upfront_usd=9500.0, success_rate=0.95)
    found = advised(library, plans, target_success_rate=0.9)
    assert found["approach"] == "good"
    assert (
        " Cheaper, but excluded: P1 (its success rate of 50.0% is below the 90.0% asked), "
        "P2 (its success rate of 50.0% is below the 90.0% asked) and 2 others." in found["headline"]
    )
    for name in ("P1", "P2", "P3", "P4"):
        assert found["feasibility"][name]["obstacles"][0]["text"]
    del plans["P3"], plans["P4"]
    assert "others" not in advised(library, plans, target_success_rate=0.9)["headline"]


def test_a_dearer_excluded_one_is_not_called_cheaper(library: Library) -> None:
    plans = {"A": LumpSum(upfront_usd=100.0), "B": LumpSum(upfront_usd=500.0)}
    found = advised(library, plans, constraints=Constraints(most_upfront_usd=200.0))
    assert found["headline"] == "A is the only approach that meets what is asked: USD 100 over 12 months."


@pytest.mark.parametrize(("spread", "words"), [(100.0, "toss-up"), (1.0, "toss-up")])
def test_an_even_chance_is_called_a_toss_up(library: Library, spread: float, words: str) -> None:
    even = Range(dist="uniform", low=1000.0 - spread, high=1000.0 + spread)
    found = advised(library, {"A": LumpSum(upfront_usd=999.999), "B": LumpSum(upfront_usd=even)})
    assert found["probability_best"] == pytest.approx(0.5, abs=0.01)
    assert words in found["headline"]
    assert "at the most likely values" in found["headline"]


def test_a_wide_gap_between_rivals_is_no_toss_up(library: Library) -> None:
    # A is the cheapest in half of the draws, B and C share the other half
    wide = Range(dist="uniform", low=0.0, high=2000.0)
    plans = {"A": LumpSum(upfront_usd=Range(dist="discrete", values=(10.0, 5000.0), probabilities=(0.55, 0.45)))}
    plans |= {"B": LumpSum(upfront_usd=wide), "C": LumpSum(upfront_usd=wide)}
    found = advised(library, plans)
    assert "toss-up" not in found["headline"]


def test_another_that_is_cheaper_more_often_or_on_average_is_named(library: Library) -> None:
    # the mode of A is 100, but its mean is (10 + 4 * 100 + 10000) / 6 = 1735
    skewed = Range(low=10.0, mode=100.0, high=10_000.0)
    found = advised(library, {"A": LumpSum(upfront_usd=skewed), "B": LumpSum(upfront_usd=500.0)})
    assert found["approach"] == "A"
    assert found["probability_best"] < 0.5
    assert "; B is so in " in found["headline"]
    assert "On average over these cases B costs USD 1,23" in found["headline"]
    assert found["expected_regret_usd"] > 1235.0


def test_how_sure_counts_feasible_ones_only(library: Library) -> None:
    # C is always the cheapest and excluded; between A and B the chance is 70 %
    plans = {
        "A": LumpSum(upfront_usd=700.0, success_rate=0.9),
        "B": LumpSum(upfront_usd=Range(dist="uniform", low=400.0, high=1400.0), success_rate=0.9),
        "C": LumpSum(upfront_usd=1.0, success_rate=0.1),
    }
    found = advised(library, plans, target_success_rate=0.8)
    assert found["probability_best"] == pytest.approx(0.7, abs=0.002)
    # the mean of 700 - B below 700 is 150, with a chance of 30 %
    assert found["expected_regret_usd"] == pytest.approx(45.0, rel=0.01)


def test_a_tie_names_all_that_tie(library: Library) -> None:
    plans = {name: LumpSum(upfront_usd=100.0) for name in ("A", "B", "C")} | {"D": LumpSum(upfront_usd=101.0)}
    found = advised(library, plans)
    assert found["headline"].startswith("A, B and C cost the same over 12 months: USD 100.")
    volume = next(each for each in found["reasons"] if each["criterion"] == "volume")
    assert volume["favours"] is None


def test_what_prints_as_nothing_is_no_saving(library: Library) -> None:
    found = advised(library, {"A": LumpSum(upfront_usd=100.0), "B": LumpSum(upfront_usd=100.001)})
    assert "less than" not in found["headline"]


@pytest.mark.parametrize("changes", [{"requests": 0.0}, {"horizon_months": 1}, {"requests": 0.0, "horizon_months": 1}])
def test_the_least_of_scenarios_has_plain_words(library: Library, changes: dict[str, Any]) -> None:
    found = advised(library, {"free": LumpSum(), "paid": LumpSum(usd_per_request=0.1, upfront_usd=5.0)}, **changes)
    assert found["approach"] == "free"
    assert "USD 0.00" in found["headline"]
    assert "1 months" not in json.dumps(found)
    assert "nan" not in json.dumps(found).lower()


def test_unknown_and_differing_success_is_said(library: Library) -> None:
    unknown = advised(library, {"A": LumpSum(upfront_usd=1.0, success_rate=0.9), "B": LumpSum(upfront_usd=2.0)})
    assert "not known for all" in unknown["headline"]
    differing = advised(
        library, {"A": LumpSum(upfront_usd=1.0, success_rate=0.8), "B": LumpSum(upfront_usd=2.0, success_rate=0.9)}
    )
    assert "Their success rates differ" in differing["headline"]


def test_consistency_is_argued_only_where_it_was_measured(library: Library) -> None:
    def reasons(one: float | None, other: float | None) -> list[dict[str, Any]]:
        plans = {
            "A": LumpSum(upfront_usd=1.0, success_rate_spread=one),
            "B": LumpSum(upfront_usd=2.0, success_rate_spread=other),
        }
        return [each for each in advised(library, plans)["reasons"] if each["criterion"] == "consistency"]

    assert reasons(None, None) == []
    both = reasons(0.04, 0.01)[0]
    assert both["favours"] == "B"
    assert both["evidence"] == {"success_rate_spread": {"A": 0.04, "B": 0.01}}
    assert "A varies by 4.0 points; B varies by 1.0 points" in both["text"]
    one = reasons(0.04, None)[0]
    assert one["favours"] is None
    assert "how far B does is not stated" in one["text"]
    assert reasons(0.02, 0.02)[0]["favours"] is None


def test_those_that_cost_the_same_are_each_named_with_their_share_of_the_draws(library: Library) -> None:
    """B is 100 for certain, A is uniform around it: each is below the other in half of the draws; C never is."""
    plans = {
        "A": LumpSum(upfront_usd=Range(dist="uniform", low=50.0, high=150.0)),
        "B": LumpSum(upfront_usd=100.0),
        "C": LumpSum(upfront_usd=500.0),
    }
    words = advised(library, plans)["headline"]
    assert "A and B cost the same over 12 months" in words
    assert "One of them is the cheapest in 100% of " in words
    assert "drawn cases: A in 50% and B in 50%." in words
    assert "It is the cheapest" not in words
