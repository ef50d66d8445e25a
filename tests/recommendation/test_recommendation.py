"""Recommendations: feasible, tied to numbers, with what would change them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from estimator.answer import answer
from estimator.computation import compute
from estimator.estimate import estimate
from estimator.presets import presets
from estimator.price_book import Library
from estimator.scenario import Constraints, LumpSum, Range, Scenario, Staged, Workload
from estimator.scenario.inputs import Input
from estimator.scenario.pointer import input_at, with_values
from estimator.web.schemas.scenario import read_scenario

FLIPS = frozenset({"flips", "volume"})


def sums(**changes: Any) -> Scenario:
    """A: 6,000 up front and nothing more. B: 0.05 a request, 12,000 in a year. C: 20,000 up front."""
    parts: dict[str, dict[str, Any]] = {
        "A": {"upfront_usd": 6000.0},
        "B": {"usd_per_request": 0.05},
        "C": {"upfront_usd": 20_000.0},
    }
    rest = {}
    for name, value in changes.items():
        if name[:2] in ("A_", "B_", "C_"):
            parts[name[0]][name[2:]] = value
        else:
            rest[name] = value
    return Scenario(
        baseline="B",
        workload=Workload(requests_per_month=20_000.0, input_tokens=1.0, output_tokens=1.0),
        approaches={name: LumpSum(**fields) for name, fields in parts.items()},
        **rest,
    )


def advised(scenario: Scenario, library: Library, include: frozenset[str] | None = FLIPS) -> dict[str, Any]:
    written = answer(estimate(scenario, library, include))
    json.dumps(written, allow_nan=False)
    return written


def test_the_cheapest_is_recommended_with_its_numbers(library: Library) -> None:
    found = advised(sums(), library)
    advice = found["recommendation"]
    assert advice["approach"] == "A"
    assert "USD 6,000" in advice["headline"]
    assert "USD 6,000 less than B" in advice["headline"]
    volume = next(each for each in advice["reasons"] if each["criterion"] == "volume")
    assert volume["favours"] == "A"
    assert volume["evidence"]["break_even_requests_per_month"] == pytest.approx(10_000.0)
    assert "after 6 months" in volume["text"]


def test_flips_are_the_nearest_crossings(library: Library) -> None:
    # A = 6000, B = 12 * 0.05 * 20000 = 12000: traffic or price halved, or A's sum doubled, changes the order
    flips = {each["pointer"]: each for each in advised(sums(), library)["recommendation"]["flips"]}
    assert flips["/workload/requests_per_month"]["factor"] == pytest.approx(0.5, rel=1e-6)
    assert flips["/approaches/B/usd_per_request"]["at"] == pytest.approx(0.025, rel=1e-6)
    assert flips["/approaches/A/upfront_usd"]["at"] == pytest.approx(12_000.0, rel=1e-6)
    assert flips["/approaches/A/upfront_usd"]["to"] == "B"
    assert flips["/approaches/C/upfront_usd"]["factor"] == pytest.approx(0.3, rel=1e-6)
    assert flips["/approaches/C/upfront_usd"]["to"] == "C"


def test_beyond_a_flip_the_recommendation_is_another(library: Library) -> None:
    scenario = sums()
    for flip in advised(scenario, library)["recommendation"]["flips"]:
        for factor, expected in ((1.001, flip["to"]), (0.999, "A")):
            outwards = factor if flip["factor"] > 1 else 1.0 / factor
            moved = with_values(scenario, {flip["pointer"]: flip["at"] * outwards})
            assert advised(moved, library)["recommendation"]["approach"] == expected


def test_without_asking_no_flips_are_searched(library: Library) -> None:
    assert advised(sums(), library, frozenset())["recommendation"]["flips"] == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (
            {"target_success_rate": 0.9, "A_success_rate": 0.8, "B_success_rate": 0.95, "C_success_rate": 0.95},
            "quality",
        ),
        ({"target_success_rate": 0.9, "B_success_rate": 0.95, "C_success_rate": 0.95}, "quality_unknown"),
        ({"constraints": Constraints(most_upfront_usd=5000.0)}, "budget"),
        ({"constraints": Constraints(latest_start_months=1.0), "A_lead_time_months": 2.0}, "start"),
    ],
)
def test_what_cannot_do_what_is_asked_is_not_recommended(changes: dict[str, Any], code: str, library: Library) -> None:
    advice = advised(sums(**changes), library)["recommendation"]
    assert advice["approach"] == "B"
    assert [each["code"] for each in advice["feasibility"]["A"]["obstacles"]] == [code]
    assert "A would be cheaper, but" in advice["headline"]


def test_a_staged_plan_that_never_switches_is_called_so_and_not_recommended(library: Library) -> None:
    """The dear one costs 0.10 a request where B costs 0.05: every month after a switch is dearer."""
    plans = dict(sums().approaches) | {"dear": LumpSum(usd_per_request=0.1), "plan": Staged(first="B", then="dear")}
    found = advised(replace(sums(), approaches=plans), library)
    assert found["approaches"]["plan"]["switch_month"] == 12
    assert found["approaches"]["plan"]["total_usd"] == found["approaches"]["B"]["total_usd"]
    warning = next(each for each in found["warnings"] if each["code"] == "never_switches")
    assert warning["pointer"] == "/approaches/plan/switch_month"
    assert [each["code"] for each in found["recommendation"]["feasibility"]["plan"]["obstacles"]] == ["never_switches"]
    plans["plan"] = Staged(first="B", then="dear", switch_month=12)
    stated = advised(replace(sums(), approaches=plans), library)
    assert not stated["recommendation"]["feasibility"]["plan"]["obstacles"]


def test_where_nothing_is_feasible_nothing_is_recommended(library: Library) -> None:
    advice = advised(sums(constraints=Constraints(most_total_usd=100.0)), library)["recommendation"]
    assert advice["approach"] is None
    assert advice["headline"].startswith("No approach meets what is asked.")
    assert advice["flips"] == []


def test_equal_costs_are_called_equal(library: Library) -> None:
    assert "cost the same" in advised(sums(A_upfront_usd=12_000.0), library)["recommendation"]["headline"]


def test_unknown_and_unequal_quality_is_never_ranked_without_a_warning(library: Library) -> None:
    unknown = advised(sums(), library)
    assert [each["code"] for each in unknown["warnings"]] == ["quality_unknown"]
    assert "cost alone" in unknown["recommendation"]["headline"]
    unequal = advised(sums(A_success_rate=0.8, B_success_rate=0.9, C_success_rate=0.9), library)
    assert [each["code"] for each in unequal["warnings"]] == ["quality_unequal"]
    equal = advised(sums(A_success_rate=0.9, B_success_rate=0.9, C_success_rate=0.9), library)
    assert equal["warnings"] == []


def test_how_sure_it_is(library: Library) -> None:
    # B costs 12 * 20000 * p with p uniform on 0.01..0.06: above 6000 where p > 0.025, 70 % of the range
    scenario = sums(B_usd_per_request=Range(dist="uniform", low=0.01, high=0.06))
    advice = advised(scenario, library, None)["recommendation"]
    assert advice["probability_best"] == pytest.approx(0.7, abs=0.005)
    # regret of A: the mean of 6000 - 240000 p below 0.025 is 3600 (1 - ...) / 2, times 30 %
    assert advice["expected_regret_usd"] == pytest.approx(0.3 * 3600.0 / 2.0, rel=0.02)
    assert "70%" in advice["headline"]


DOCUMENT: dict[str, Any] = {
    "horizon_months": 12,
    "baseline": "prompt",
    "requirement_changes_per_month": 0.5,
    "tasks": 3,
    "target_success_rate": 0.8,
    "workload": {"requests_per_month": 100000, "input_tokens": 350, "output_tokens": 120},
    "labelling": {"seconds_per_label": 90},
    "rates": {
        "annotator_usd_per_hour": 28,
        "domain_expert_usd_per_hour": 85,
        "prompt_engineer_usd_per_hour": 85,
        "ml_engineer_usd_per_hour": 110,
    },
    "approaches": {
        "prompt": {
            "kind": "prompt_engineering",
            "prompt_tokens": 1850,
            "effort_hours": 45,
            "requirement_change": {"hours": 2},
            "quality": {"start": 0.6, "plateau": 0.85, "tau_hours": 20},
            "serving": {"kind": "api", "prices": {"input_usd_per_mtok": 3, "output_usd_per_mtok": 15}},
        },
        "tuned": {
            "kind": "fine_tuning",
            "train_examples": 1200,
            "tokens_per_example": 570,
            "engineering_hours": 40,
            "lead_time_months": 2,
            "requirement_change": {"hours": 10, "label_share": 0.1},
            "quality": {"plateau": 0.95, "gap": 2.0, "exponent": 0.5},
            "training": {"kind": "managed", "prices": {"training_usd_per_mtok": 5}},
            "serving": {"kind": "api", "prices": {"input_usd_per_mtok": 0.8, "output_usd_per_mtok": 3.2}},
        },
    },
}


def test_every_criterion_is_tied_to_a_number_that_holds(library: Library) -> None:
    scenario = read_scenario(DOCUMENT)
    found = advised(scenario, library)
    reasons = {each["criterion"]: each for each in found["recommendation"]["reasons"]}
    assert set(reasons) == {
        "cost",
        "volume",
        "data",
        "plateau",
        "effort",
        "change",
        "versatility",
        "skills and budget",
        "speed to market",
    }
    assert reasons["data"]["evidence"]["labels_needed"] == 1200.0
    assert reasons["data"]["evidence"]["examples_equal_to_prompt_plateau"] == pytest.approx(400.0)
    assert reasons["speed to market"]["favours"] == "prompt"
    # at the indifference hours both cost the same up front
    hours = reasons["effort"]["evidence"]["indifference_hours"]
    moved = advised(with_values(scenario, {"/approaches/prompt/effort_hours": hours}), library)["approaches"]
    assert moved["prompt"]["upfront_usd"] == pytest.approx(moved["tuned"]["upfront_usd"], rel=1e-9)
    # at the parity rate both cost the same over the horizon
    rate = reasons["change"]["evidence"]["parity_changes_per_month"]
    moved = advised(with_values(scenario, {"/requirement_changes_per_month": rate}), library)["approaches"]
    assert moved["prompt"]["total_usd"] == pytest.approx(moved["tuned"]["total_usd"], rel=1e-9)


def test_a_model_that_ends_within_the_horizon_needs_a_planned_move(library: Library) -> None:
    document = json.loads(json.dumps(DOCUMENT))
    document["start_date"] = "2026-01-01"
    document["approaches"]["tuned"]["model_life"] = {"ends_on": "2026-07-01"}
    planned = advised(read_scenario(document), library)["recommendation"]
    assert planned["feasibility"]["tuned"]["feasible"]
    assert any(each["criterion"] == "availability" for each in planned["reasons"])


def test_a_whole_input_flips_at_a_whole_number(library: Library) -> None:
    # B keeps n endpoints at 1 USD/h, 8,760 n a year, against 30,000 for A: cheaper with one, dearer from four on
    served = {"kind": "endpoint", "prices": {"hosting_usd_per_hour": 1}, "endpoints": 1}
    document = {
        "workload": {"requests_per_month": 10, "input_tokens": 1, "output_tokens": 1},
        "approaches": {
            "A": {"kind": "lump_sum", "upfront_usd": 30000},
            "B": {"kind": "prompt_engineering", "prompt_tokens": 1, "serving": served},
        },
    }
    flips = {each["pointer"]: each for each in advised(read_scenario(document), library)["recommendation"]["flips"]}
    assert flips["/approaches/B/serving/endpoints"]["at"] == 4.0


def test_values_that_cannot_be_computed_are_not_searched(library: Library) -> None:
    # the switch cannot come after month 12: the search stops there, and the other inputs are searched all the same
    scenario = sums()
    plans = {**scenario.approaches, "ST": Staged(first="B", then="A", switch_month=9)}
    flips = advised(replace(scenario, approaches=plans), library)["recommendation"]["flips"]
    assert {each["pointer"] for each in flips} >= {"/workload/requests_per_month", "/approaches/A/upfront_usd"}


SCENARIOS = {name: preset.scenario for name, preset in presets().items()} | {
    "everything": yaml.safe_load(Path("tests/scenarios/everything.yaml").read_text("utf-8"))
}


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_flips_are_sensible_and_turn_the_order(name: str, library: Library) -> None:
    estimated = estimate(read_scenario(SCENARIOS[name]), library, frozenset({"flips"}))
    scenario, best = estimated.computed.setting.scenario, estimated.recommendation.approach
    assert best is not None
    assert estimated.recommendation.flips
    for flip in estimated.recommendation.flips:
        declared = input_at(scenario, flip.pointer)
        assert declared.objection(flip.at) is None
        assert 1.0 / declared.reach <= flip.factor * (1 + 1e-9)
        assert flip.factor <= declared.reach * (1 + 1e-9)
        if declared.stepped:
            assert flip.at == int(flip.at) >= 1
        if declared.unit == "month":
            assert flip.at <= scenario.horizon_months
        if flip.kind != "cost":  # at the value named a single estimate recommends the other one, or none
            there = estimate(with_values(scenario, {flip.pointer: _kept(declared, flip.at)}), library, frozenset())
            assert there.recommendation.approach == flip.to
            continue
        # at the value named the other approach is cheaper, or as good as equal
        moved = compute(with_values(scenario, {flip.pointer: np.array([[flip.at], [flip.at]])}), estimated.book)
        mine, other = (float(np.ravel(moved.curves[each].total_usd)[0]) for each in (best, flip.to))
        assert other <= mine * (1 + 1e-6)


def _kept(declared: Input, value: float) -> float | int:
    return int(value) if declared.kind == "whole" else value


def test_calls_are_counted_from_one(library: Library) -> None:
    # two calls today: with one the order changes, and a search between would name a part of a call
    served = {"kind": "api", "prices": {"input_usd_per_mtok": 1, "output_usd_per_mtok": 1}}
    document = {
        "workload": {"requests_per_month": 1e6, "input_tokens": 500, "output_tokens": 500, "calls_per_request": 2},
        "approaches": {
            "A": {"kind": "lump_sum", "upfront_usd": 16_000},
            "B": {"kind": "prompt_engineering", "prompt_tokens": 0, "serving": served},
        },
    }
    # B costs 12,000 a call and year: 24,000 today, 12,000 with one, equal to A at 1.33 calls
    flips = {each["pointer"]: each for each in advised(read_scenario(document), library)["recommendation"]["flips"]}
    assert flips["/workload/calls_per_request"]["at"] == 1.0
    assert flips["/workload/requests_per_month"]["at"] == pytest.approx(1e6 * 2 / 3, rel=1e-6)


def test_the_headline_says_how_often_the_target_is_reached(library: Library) -> None:
    # 0.9 - 20 / n reaches 0.8 from 200 examples on; whole examples: of the draws in 150..251 those from 199.5 on,
    # (251 - 199.5) / 101 = 51 %
    document = {
        "target_success_rate": 0.8,
        "horizon_months": 12,
        "workload": {"requests_per_month": 10_000, "input_tokens": 100, "output_tokens": 10},
        "approaches": {
            "tuned": {
                "kind": "fine_tuning",
                "train_examples": {"low": 150, "high": 251, "mode": 205, "dist": "uniform"},
                "quality": {"plateau": 0.9, "gap": 20.0, "exponent": 1.0},
                "training": {"kind": "managed", "prices": {"training_usd_per_mtok": 5}},
                "serving": {"kind": "api", "prices": {"input_usd_per_mtok": 1, "output_usd_per_mtok": 4}},
            },
            "prompt": {"kind": "lump_sum", "usd_per_request": 0.05, "success_rate": 0.85},
        },
    }
    advice = advised(read_scenario(document), library, frozenset({"bands"}))["recommendation"]
    assert advice["approach"] == "tuned"
    assert advice["headline"].count("reaches the target success rate in") == 1
    assert "in 51% of the drawn cases" in advice["headline"]
