"""What else turns the choice: an approach that begins or ceases to do what is asked. All figures by hand."""

import json
from dataclasses import replace
from typing import Any

import pytest

from estimator.answer import answer
from estimator.estimate import estimate
from estimator.presets import presets
from estimator.price_book import Library
from estimator.recommendation import Flip, flips
from estimator.scenario import Constraints, LumpSum, Scenario, Staged, Workload
from estimator.scenario.pointer import with_values
from estimator.web.schemas.scenario import read_scenario

TRAFFIC = "/workload/requests_per_month"
# over a year with 1,000 requests a month: A 100, B 200, C 600
PLANS = {
    "A": LumpSum(upfront_usd=100.0, success_rate=0.8),
    "B": LumpSum(upfront_usd=200.0, success_rate=0.9),
    "C": LumpSum(usd_per_request=0.05, success_rate=0.95),
}


def asked(**changes: Any) -> Scenario:
    load = Workload(requests_per_month=1000.0, input_tokens=1.0, output_tokens=1.0)
    return replace(Scenario(workload=load, approaches=PLANS, baseline="C"), **changes)


def turns(scenario: Scenario, library: Library) -> dict[str, Flip]:
    found = estimate(scenario, library, frozenset({"flips"}))
    return {flip.pointer: flip for flip in found.recommendation.flips}


def advice(scenario: Scenario, library: Library) -> dict[str, Any]:
    found: dict[str, Any] = answer(estimate(scenario, library, frozenset()))
    return found


def test_a_higher_target_leaves_the_recommended_one_behind(library: Library) -> None:
    """B is the cheapest that reaches 0.85; above 0.9 only C does, at 0.8 and below A does too."""
    found = turns(asked(target_success_rate=0.85), library)
    target = found["/target_success_rate"]
    # the nearest: 0.8 is 5.9 % below, 0.9 is 5.9 % above, and log(0.9 / 0.85) < log(0.85 / 0.8)
    assert (target.kind, target.obstacle, target.to) == ("infeasible", "quality", "C")
    assert target.at == pytest.approx(0.9, abs=1e-6)
    own = found["/approaches/B/success_rate"]
    assert (own.kind, own.to) == ("infeasible", "C")
    assert own.at == pytest.approx(0.85, abs=1e-6)
    other = found["/approaches/A/success_rate"]
    assert (other.kind, other.obstacle, other.to) == ("feasible", "quality", "A")
    assert other.at == pytest.approx(0.85, abs=1e-6)
    cost = found["/approaches/B/upfront_usd"]
    assert (cost.kind, cost.obstacle, cost.to) == ("cost", None, "C")
    assert cost.at == pytest.approx(600.0, rel=1e-6)


def test_a_budget_turns_the_choice_both_ways(library: Library) -> None:
    """A fits 150 up front; below 100 only C does, which costs nothing in advance."""
    limited = asked(constraints=Constraints(most_upfront_usd=150.0), approaches={n: PLANS[n] for n in "BC"})
    budget = turns(limited, library)["/constraints/most_upfront_usd"]
    assert (budget.kind, budget.obstacle, budget.to) == ("feasible", "budget", "B")
    assert budget.at == pytest.approx(200.0, rel=1e-6)
    budget = turns(replace(limited, approaches=PLANS), library)["/constraints/most_upfront_usd"]
    assert (budget.kind, budget.to) == ("infeasible", "C")
    assert budget.at == pytest.approx(100.0, rel=1e-6)


def test_where_nobody_is_left_the_turn_names_none(library: Library) -> None:
    """Only C reaches 0.94: at a success rate below it, or with more than 600 to pay of 700, nobody does."""
    scenario = asked(target_success_rate=0.94, constraints=Constraints(most_total_usd=700.0))
    found = turns(scenario, library)
    for pointer, at in (("/approaches/C/success_rate", 0.94), (TRAFFIC, 1000 * 700 / 600)):
        assert (found[pointer].kind, found[pointer].to) == ("infeasible", None)
        assert found[pointer].at == pytest.approx(at, rel=1e-6)
    assert found[TRAFFIC].obstacle == "budget"
    beyond = advice(with_values(scenario, {TRAFFIC: found[TRAFFIC].at * 1.001}), library)["recommendation"]
    assert beyond["approach"] is None
    # 0.95 is nearer than 0.9, at which B begins to reach it
    assert (found["/target_success_rate"].at, found["/target_success_rate"].to) == (pytest.approx(0.95), None)


def staged(scenario: Scenario, switch_month: int | None = None) -> Scenario:
    plan = Staged(first="C", then="B", switch_month=switch_month)
    return replace(scenario, approaches={"plan": plan, **scenario.approaches})


def test_a_plan_that_switches_best_at_once_is_neither_winner_nor_runner_up(library: Library) -> None:
    """B pays itself back in month 4: every month with C before it is lost. The plan costs 200 too, and comes first."""
    scenario = staged(asked(approaches={name: PLANS[name] for name in "BC"}))
    found = advice(scenario, library)
    assert found["approaches"]["plan"]["switch_month"] == 0
    assert found["approaches"]["plan"]["total_usd"] == 200.0
    told = found["recommendation"]
    assert told["approach"] == "B"
    assert "B costs least over 12 months: USD 200, USD 400 less than C." in told["headline"]
    assert [each["code"] for each in told["feasibility"]["plan"]["obstacles"]] == ["switches_at_once"]
    assert "switches_at_once" in [each["code"] for each in found["warnings"]]


@pytest.mark.parametrize("month", [0, 12])
def test_a_plan_stated_to_be_another_is_not_named_beside_it(month: int, library: Library) -> None:
    """Stated months are kept as stated: feasible, but no choice of its own beside the approach that it is."""
    free = {"B": replace(PLANS["B"], upfront_usd=0.0, monthly_fixed_usd=10.0), "C": PLANS["C"]}
    told = advice(staged(asked(approaches=free), month), library)["recommendation"]
    assert not told["feasibility"]["plan"]["obstacles"]
    assert "plan" not in told["headline"]
    assert told["approach"] == "B"


def test_a_plan_stated_to_be_one_that_cannot_start_in_time_stands_for_itself(library: Library) -> None:
    late = {"B": replace(PLANS["B"], lead_time_months=2.0), "C": PLANS["C"]}
    limited = replace(staged(asked(approaches=late), 0), constraints=Constraints(latest_start_months=1.0))
    assert "plan" in advice(limited, library)["recommendation"]["headline"]


def test_a_plan_turns_where_its_switch_comes_down_to_now(library: Library) -> None:
    """With growth the plan waits; with more traffic from the start tuning at once is the plan, under its own name."""
    document = asked(
        workload=Workload(requests_per_month=100.0, monthly_growth=0.5, input_tokens=1.0, output_tokens=1.0),
        approaches={"B": LumpSum(monthly_fixed_usd=10.0), "C": PLANS["C"]},
    )
    found = turns(staged(document), library)[TRAFFIC]
    # C costs 0.05 a request, B 10 a month: from 200 requests in the first month on the switch is best at once
    assert (found.kind, found.obstacle, found.to) == ("infeasible", "switches_at_once", "B")
    assert found.at == pytest.approx(200.0, rel=1e-6)


def test_set_ups_that_are_refused_are_told_apart_in_every_block(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten times the GPUs of a replica are refused, far behind the dated sums; the size of a block changes nothing."""
    document = json.loads(json.dumps(presets()["review-sentiment"].scenario))
    plans = document["approaches"]
    dated = {"kind": "lump_sum", "events": [{"month": 1 + place % 24, "usd": 4000 + place} for place in range(140)]}
    document |= {"approaches": {"dated": dated, **plans}, "baseline": "dated"}
    scenario = read_scenario(document)
    monkeypatch.setattr(flips, "BLOCK_CELLS", 2**24)
    at_once = turns(scenario, library)
    monkeypatch.setattr(flips, "BLOCK_CELLS", 1)
    assert turns(scenario, library) == at_once
    assert at_once
