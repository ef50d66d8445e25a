"""One rival for everything that is said of the recommended approach; amounts by hand."""

from dataclasses import replace
from typing import Any

import pytest

from estimator.answer import answer
from estimator.estimate import estimate
from estimator.presets import presets
from estimator.price_book import Library
from estimator.recommendation import Ranking
from estimator.scenario import LumpSum, Scenario, Staged, Workload
from estimator.sensitivity import analyse, write_sensitivity
from estimator.web.report.levers import add_tornado
from estimator.web.report.range_shares import add_range_shares
from estimator.web.report.traffic_curve import answer_with_curve
from estimator.web.schemas.scenario import read_scenario

LOAD = Workload(requests_per_month=1000.0, input_tokens=1.0, output_tokens=1.0)


def sums(baseline: str, **usd: float) -> Scenario:
    """State approaches by what they cost up front; those with "weak" in their name answer too seldom."""
    plans: dict[str, Any] = {
        name: LumpSum(upfront_usd=amount, success_rate=0.5 if "weak" in name else 0.95) for name, amount in usd.items()
    }
    return Scenario(workload=LOAD, approaches=plans, baseline=baseline, target_success_rate=0.9)


def ranked(scenario: Scenario, library: Library) -> Ranking:
    return estimate(scenario, library).recommendation.ranking


@pytest.mark.parametrize(
    ("baseline", "rival", "pair"),
    [
        ("today", "second", ("best", "today")),
        ("best", "second", ("best", "second")),
        ("weak", "second", ("best", "second")),
    ],
)
def test_rejected_ones_are_no_rivals(baseline: str, rival: str, pair: tuple[str, str], library: Library) -> None:
    scenario = sums(baseline, weak=1.0, best=100.0, today=900.0, second=300.0, weaker=150.0)
    found = ranked(scenario, library)
    assert (found.best, found.rival, found.pair) == ("best", rival, pair)
    assert found.rivals == ("second", "today", "weak", "weaker")
    written = answer(estimate(scenario, library))["recommendation"]
    assert written["rival"] == rival
    assert "USD 200 less than second" in written["headline"]
    analysed = write_sensitivity(analyse(scenario, library))
    assert {analysed["candidate"], analysed["baseline"]} == set(pair)


def test_where_only_one_is_feasible_the_cheapest_other_is_its_rival(library: Library) -> None:
    found = ranked(sums("weak", weak=50.0, best=100.0, weaker=20.0), library)
    assert (found.best, found.rival) == ("best", "weaker")
    scenario = sums("weak", weak=50.0, weaker=20.0)
    assert (ranked(scenario, library).rival, ranked(scenario, library).pair) == (None, None)


def test_an_approach_under_a_second_name_is_no_rival(library: Library) -> None:
    scenario = sums("best", best=100.0, second=300.0)
    plans = {**scenario.approaches, "at once": Staged(first="second", then="best", switch_month=0.0)}
    assert ranked(replace(scenario, approaches=plans), library).rivals == ("second",)


def test_the_page_measures_against_the_rival_of_its_headline(library: Library) -> None:
    """At two million requests the staged plan of the first example never switches: it is rejected, though cheap."""
    document = presets()["review-sentiment"].scenario
    document = {**document, "workload": {**document["workload"], "requests_per_month": 2_000_000}}
    estimated, found = answer_with_curve(read_scenario(document), library)
    told = found["recommendation"]
    assert found["recommendation"]["feasibility"]["prompt now, tune later"]["feasible"] is False
    assert f"less than {told['rival']}." in told["headline"]
    assert told["rival"] == "tuned 8B on own replicas"
    add_tornado(estimated, found)
    add_range_shares(estimated, library, found)
    assert (found["levers"]["best"], found["levers"]["rival"]) == ("few-shot prompt", told["rival"])
    assert found["range_shares"]["baseline"] == told["rival"]
    totals = {name: each["total_usd"] for name, each in found["approaches"].items()}
    assert found["levers"]["base"] == totals[told["rival"]] - totals["few-shot prompt"]
    assert found["volume_curve"]["finding"].startswith(told["rival"])
    assert "prompt now" not in found["volume_curve"]["finding"]


def test_the_tornado_against_the_baseline_names_the_next_one(library: Library) -> None:
    """The headline's margin is to the next one, the tornado's to the baseline: both stand there."""
    estimated, found = answer_with_curve(read_scenario(presets()["review-sentiment"].scenario), library)
    add_tornado(estimated, found)
    assert found["levers"]["rival"] == found["scenario"]["baseline"]
    told, totals = found["recommendation"], found["approaches"]
    more = totals[told["rival"]]["total_usd"] - totals[told["approach"]]["total_usd"]
    assert found["levers"]["moved"].endswith(f" The next one in cost, {told['rival']}, costs USD {more:,.0f} more.")
    assert f"USD {more:,.0f} less than {told['rival']}" in told["headline"]
