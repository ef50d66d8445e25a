"""Quality curves: parameters are found again, targets are reached, approaches meet where they should."""

from typing import Any

import numpy as np
import orjson
import pytest
from scipy.optimize import curve_fit

from estimator import computation
from estimator.answer import answer
from estimator.errors import ScenarioError
from estimator.estimate import estimate
from estimator.price_book import Library
from estimator.quality import (
    best_hours,
    examples_for,
    fit_curve,
    fitted_at_chance,
    hours_for,
    prompting_quality,
    tuning_quality,
    usd_per_success,
)
from estimator.web.schemas.scenario import read_scenario

EXAMPLES = np.array([50.0, 100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0])
HOURS = np.array([2.0, 5.0, 10.0, 20.0, 40.0, 80.0])


def points(x: np.ndarray, q: np.ndarray) -> tuple[tuple[float, float], ...]:
    return tuple(zip(x.tolist(), q.tolist(), strict=True))


def test_exact_pilots_give_the_curve_back() -> None:
    fit = fit_curve("power", points(EXAMPLES, tuning_quality(EXAMPLES, 0.92, 1.4, 0.45)))
    assert (fit.plateau, fit.gap, fit.rate) == pytest.approx((0.92, 1.4, 0.45), rel=1e-4)
    fit = fit_curve("exponential", points(HOURS, prompting_quality(HOURS, 0.55, 0.83, 18.0)))
    assert (fit.plateau, fit.plateau - fit.gap, 1.0 / fit.rate) == pytest.approx((0.83, 0.55, 18.0), rel=1e-5)


def test_a_fit_agrees_with_scipys() -> None:
    noisy = tuning_quality(EXAMPLES, 0.92, 1.4, 0.45) + np.random.default_rng(4).normal(0.0, 0.006, len(EXAMPLES))
    fit = fit_curve("power", points(EXAMPLES, noisy))
    scipy, covariance = curve_fit(lambda d, q, a, b: q - a * d**-b, EXAMPLES, noisy, p0=(0.9, 1.0, 0.5))
    assert (fit.plateau, fit.gap, fit.rate) == pytest.approx(tuple(scipy), rel=1e-3)
    width = fit.plateau_interval[1] - fit.plateau_interval[0]
    assert width == pytest.approx(2 * 2.132 * np.sqrt(covariance[0, 0]), rel=1e-2)  # Student's t at 95 %, 4 degrees


@pytest.mark.parametrize("shape", ["power", "exponential"])
def test_intervals_hold_the_truth_as_often_as_they_claim(shape: str) -> None:
    generator, held = np.random.default_rng(9), []
    for _ in range(120):
        if shape == "power":
            x, exact, truth = EXAMPLES, tuning_quality(EXAMPLES, 0.85, 1.4, 0.45), (0.85, 1.4, 0.45)
        else:
            x, exact, truth = HOURS, prompting_quality(HOURS, 0.55, 0.83, 18.0), (0.83, 0.28, 1 / 18.0)
        fit = fit_curve(shape, points(x, exact + generator.normal(0.0, 0.006, len(x))))
        ends = (fit.plateau_interval, fit.gap_interval, fit.rate_interval)
        held += [low <= value <= high for (low, high), value in zip(ends, truth, strict=True)]
    assert np.mean(held) >= 0.85


def test_as_many_pilots_as_parameters_leave_no_interval() -> None:
    fit = fit_curve("power", points(EXAMPLES[:3], tuning_quality(EXAMPLES[:3], 0.9, 1.0, 0.5)))
    assert fit.plateau == pytest.approx(0.9, abs=1e-4)
    assert fit.plateau_interval is None


def test_pilots_that_do_not_rise_tell_of_their_mean_alone() -> None:
    # mean .785, standard deviation .012910, of the mean .006455; Student's t at 95 %, 3 degrees of freedom: 2.3534
    falling = ((2.0, 0.80), (5.0, 0.79), (10.0, 0.78), (20.0, 0.77))
    for shape in ("power", "exponential"):
        fit = fit_curve(shape, falling)
        assert (fit.plateau, fit.gap) == (pytest.approx(0.785), 0.0)
        assert fit.plateau_interval == pytest.approx((0.785 - 2.3534 * 0.006455, 0.785 + 2.3534 * 0.006455), abs=1e-6)
        assert (fit.gap_interval, fit.rate_interval) == (None, None)
        for x in (1.0, 50.0):
            assert fitted_at_chance(shape, fit, x, 0.95) == pytest.approx(fit.plateau_interval[1])
    assert fit_curve("power", falling, plateau=0.7).covariance is None


def test_a_stated_plateau_needs_fewer_pilots() -> None:
    fit = fit_curve("power", points(EXAMPLES[:2], tuning_quality(EXAMPLES[:2], 0.9, 1.0, 0.5)), plateau=0.9)
    assert (fit.plateau, fit.rate) == pytest.approx((0.9, 0.5), rel=1e-4)
    with pytest.raises(ScenarioError, match="measure more"):
        fit_curve("power", points(EXAMPLES[:2], EXAMPLES[:2] / 1e4))


def test_a_plateau_is_never_above_one() -> None:
    assert fit_curve("power", ((10.0, 0.5), (100.0, 0.75), (1000.0, 1.0))).plateau == 1.0


def test_inverses_undo_the_curves() -> None:
    target = np.array([0.6, 0.7, 0.8])
    assert tuning_quality(examples_for(target, 0.9, 1.4, 0.45), 0.9, 1.4, 0.45) == pytest.approx(target)
    assert prompting_quality(hours_for(target, 0.5, 0.85, 18.0), 0.5, 0.85, 18.0) == pytest.approx(target)


def test_best_hours_are_where_the_gain_of_an_hour_is_its_price() -> None:
    worth, wage = 50_000.0, 90.0
    hours = np.linspace(0.0, 300.0, 300_001)
    net = worth * prompting_quality(hours, 0.5, 0.85, 18.0) - wage * hours
    assert best_hours(0.5, 0.85, 18.0, worth, wage) == pytest.approx(hours[np.argmax(net)], abs=0.01)
    assert best_hours(0.5, 0.85, 18.0, 100.0, wage) == 0.0


def test_the_price_of_a_success() -> None:
    assert usd_per_success(0.0084, 0.84) == pytest.approx(0.01)


def question(**changes: Any) -> dict[str, Any]:
    """Prompt: 85 USD/h for hours; tuning: labels at 0.3111 USD, one run without a price of its own."""
    document = {
        "horizon_months": 12,
        "target_success_rate": 0.8,
        "workload": {"requests_per_month": 10000, "input_tokens": 100, "output_tokens": 10},
        "labelling": {"seconds_per_label": 40, "overlap_share": 0, "audit_share": 0, "reject_rate": 0},
        "rates": {
            "annotator_usd_per_hour": 28,
            "domain_expert_usd_per_hour": 85,
            "prompt_engineer_usd_per_hour": 85,
            "ml_engineer_usd_per_hour": 110,
        },
        "approaches": {
            "prompt": {
                "kind": "prompt_engineering",
                "prompt_tokens": 1000,
                "effort_hours": 20,
                "quality": {"start": 0.6, "plateau": 0.85, "tau_hours": 20},
                "serving": {"kind": "api", "prices": {"input_usd_per_mtok": 1, "output_usd_per_mtok": 1}},
            },
            "tuned": {
                "kind": "fine_tuning",
                "train_examples": 400,
                "planned_runs": 1,
                "run_failure_rate": 0,
                "lead_time_months": 0,
                "quality": {"plateau": 0.95, "gap": 2.0, "exponent": 0.5},
                "training": {"kind": "managed", "prices": {"training_usd_per_mtok": 0}},
                "serving": {"kind": "api", "prices": {"input_usd_per_mtok": 1, "output_usd_per_mtok": 1}},
            },
        },
    }
    for pointer, value in changes.items():
        here: Any = document
        *path, last = pointer.split("__")
        for token in path:
            here = here[token]
        here[last] = value
    return document


def ask(library: Library, document: dict[str, Any]) -> dict[str, Any]:
    written = answer(estimate(read_scenario(document), library, frozenset()))
    orjson.dumps(written)  # as the service does: plain values only
    return written


def test_the_success_rate_is_read_from_the_curve(library: Library) -> None:
    found = ask(library, question())
    assert found["approaches"]["tuned"]["success_rate"] == pytest.approx(0.95 - 2.0 / 20.0)
    assert found["approaches"]["prompt"]["success_rate"] == pytest.approx(0.6 + 0.25 * (1 - np.exp(-1)))
    stated = ask(library, question(approaches__tuned__success_rate=0.7))
    assert stated["approaches"]["tuned"]["success_rate"] == 0.7


def test_what_the_target_takes(library: Library) -> None:
    # D(0.8) = (2 / 0.15)^2 = 177.8 examples; H(0.8) = -20 ln(1 - 0.2 / 0.25) = 32.19 h
    found = ask(library, question())["quality"]["approaches"]
    assert found["tuned"]["target"]["train_examples"] == pytest.approx(177.78, abs=0.01)
    assert found["prompt"]["target"]["effort_hours"] == pytest.approx(32.189, abs=0.001)
    labels, serving = 178 * 40 / 3600 * 28, 12 * 10000 * 110 / 1e6
    assert found["tuned"]["target"]["total_usd"] == pytest.approx(labels + serving, rel=1e-9)
    effort = 32.18876 * 85
    assert found["prompt"]["target"]["total_usd"] == pytest.approx(effort + 12 * 10000 * 1110 / 1e6, rel=1e-6)


def test_a_target_above_the_plateau_cannot_be_reached(library: Library) -> None:
    target = ask(library, question(target_success_rate=0.9))["quality"]["approaches"]["prompt"]["target"]
    assert target["attainable"] is False
    assert (target["effort_hours"], target["total_usd"], target["reason"]) == (None, None, "plateau_below_target")


def test_where_the_two_meet(library: Library) -> None:
    found = ask(library, question())["quality"]["pairs"][0]
    # tuning equals the plateau of the prompt at (2 / 0.1)^2 examples
    assert found["examples_equal_to_prompt_plateau"] == pytest.approx(400.0)
    # cost of both at the root, by hand: labels + 13.2 against hours + 133.2
    for rate in found["break_even_success_rates"]:
        examples, hours = (2.0 / (0.95 - rate)) ** 2, -20 * np.log(1 - (rate - 0.6) / 0.25)
        labels = np.ceil(examples) * 40 / 3600 * 28
        assert labels + 13.2 == pytest.approx(hours * 85 + 133.2, abs=0.4)


def test_optimal_hours_weigh_failures_against_wages(library: Library) -> None:
    found = ask(library, question(cost_of_failure_usd=0.5))["quality"]["approaches"]["prompt"]["best_hours"]
    worth = 12 * 10000 * 0.5
    assert found["usd_per_hour"] == pytest.approx(85.0)
    assert found["hours"] == pytest.approx(20 * np.log(0.25 * worth / (85 * 20)))
    without = ask(library, question())["quality"]["approaches"]["prompt"]["best_hours"]
    assert (without["hours"], without["reason"]) == (None, "no_cost_of_failure")


def test_the_best_number_of_shots(library: Library) -> None:
    shots = {
        "tokens_per_shot": 200,
        "tokens_without_shots": 300,
        "plateau": 0.9,
        "gap": 0.3,
        "exponent": 1.0,
        "most": 40,
    }
    quality = {"start": 0.6, "plateau": 0.85, "tau_hours": 20, "shots": shots}
    found = ask(library, question(cost_of_failure_usd=0.01, approaches__prompt__quality=quality))
    found = found["quality"]["approaches"]["prompt"]["shots"]
    # per request: 200 k / 1e6 for the tokens + 0.01 * 0.3 / k for failures: least at k = sqrt(0.003 / 0.0002) = 3.87
    assert found["best"] == 4
    assert found["fewest_for_target"] == 3


def test_pilots_that_do_not_suffice_are_refused_with_their_place(library: Library) -> None:
    quality = {"pilots": [{"examples": 100, "success_rate": 0.7}]}
    with pytest.raises(ScenarioError) as refusal:
        ask(library, question(approaches__tuned__quality=quality))
    assert refusal.value.pointer == "/approaches/tuned/quality/pilots"
    with pytest.raises(ScenarioError):
        ask(library, question(approaches__tuned__quality={"gap": 0.3}))


def test_pilots_are_fitted_and_say_so(library: Library) -> None:
    pilots = [{"examples": d, "success_rate": float(tuning_quality(d, 0.95, 2.0, 0.5))} for d in EXAMPLES.tolist()]
    found = ask(library, question(approaches__tuned__quality={"pilots": pilots}))
    curve = found["quality"]["approaches"]["tuned"]
    assert curve["basis"] == "fitted to the pilots"
    assert curve["plateau"] == pytest.approx(0.95, abs=1e-3)
    hours = [{"hours": 0, "success_rate": 0.6}, {"hours": 20, "success_rate": 0.758}]
    curve = ask(library, question(approaches__prompt__quality={"pilots": hours}))["quality"]["approaches"]["prompt"]
    assert curve["basis"] == "fitted to the pilots; tau is an assumption"
    assert curve["tau_hours"] == pytest.approx(25.0)


def hybrid(**changes: Any) -> dict[str, Any]:
    """A answers 80 % well for 0.001 a request, B 95 % for 0.02; escalated requests are answered by both."""
    return {
        "baseline": "B",
        "workload": {"requests_per_month": 1000, "input_tokens": 1, "output_tokens": 1},
        "approaches": {
            "A": {"kind": "lump_sum", "usd_per_request": 0.001, "success_rate": 0.8},
            "B": {"kind": "lump_sum", "usd_per_request": 0.02, "success_rate": 0.95},
            "both": {"kind": "hybrid", "mode": "cascade", "first": "A", "fallback": "B"},
        },
        **changes,
    }


def test_the_best_share_of_escalation(library: Library) -> None:
    # a share e costs 0.02 e more a request and avoids 0.15 e failures: worth it where a failure costs above 0.1333
    for failure, best in ((0.10, 0.0), (0.15, 1.0)):
        found = ask(library, hybrid(cost_of_failure_usd=failure))["quality"]["hybrids"]["both"]
        assert found["cheapest"]["escalated_share"] == best
        assert found["cheapest_for_target"] is None
    # 0.86 = 0.8 + 0.15 e at e = 0.4
    found = ask(library, hybrid(target_success_rate=0.86))["quality"]["hybrids"]["both"]
    assert found["cheapest"]["escalated_share"] == 0.0
    assert found["cheapest_for_target"]["escalated_share"] == pytest.approx(0.4)
    assert found["cheapest_for_target"]["total_usd"] == pytest.approx(12 * 1000 * (0.001 + 0.4 * 0.02))
    out_of_reach = ask(library, hybrid(target_success_rate=0.99))["quality"]["hybrids"]["both"]
    assert (out_of_reach["cheapest_for_target"], out_of_reach["reason"]) == (None, "target_out_of_reach")


def test_the_threshold_of_a_judge_has_a_best_place(library: Library) -> None:
    # straight from 0.8 at no escalation to 0.95 at 0.3, flat beyond: success 0.8 + 0.5 e - e (0.8 + 0.5 e) + 0.95 e
    # = 0.8 + 0.65 e - 0.5 e^2 up to 0.3, 0.95 beyond. A failure of 0.05 pays for 0.02 more a request while
    # 0.65 - e > 0.4, so that 0.25 is the best; without the effect of the threshold a corner is
    thresholds = [{"escalated_share": 0.3, "accepted_success_rate": 0.95}]
    plans = hybrid()["approaches"]
    plans["both"]["thresholds"] = thresholds
    found = ask(library, hybrid(cost_of_failure_usd=0.05, approaches=plans))["quality"]["hybrids"]["both"]
    assert found["basis"] == "measured thresholds"
    assert found["cheapest"]["escalated_share"] == pytest.approx(0.25)
    assert found["cheapest"]["success_rate"] == pytest.approx(0.8 + 0.65 * 0.25 - 0.5 * 0.0625)
    rates = {each["escalated_share"]: each["success_rate"] for each in found["by_escalated_share"]}
    assert rates[0.0] == pytest.approx(0.8)
    assert rates[1.0] == pytest.approx(0.95)
    assert rates[0.5] == pytest.approx(0.95)
    plain = ask(library, hybrid(cost_of_failure_usd=0.05))["quality"]["hybrids"]["both"]
    assert plain["cheapest"]["escalated_share"] == 0.0
    assert plain["basis"] == "what is handed on is like all other requests"


def test_what_is_handed_on_may_be_harder(library: Library) -> None:
    # the judge keeps the easy ones: of the 20 % handed on the fallback answers 70 % well, 0.8 * 0.9 + 0.2 * 0.7
    plans = hybrid()["approaches"]
    plans["both"]["escalated_share"] = 0.2
    plans["both"]["thresholds"] = [{"escalated_share": 0.2, "accepted_success_rate": 0.9, "fallback_success_rate": 0.7}]
    found = ask(library, hybrid(approaches=plans))["approaches"]["both"]
    assert found["success_rate"] == pytest.approx(0.86)


def test_why_there_is_no_best_share(library: Library) -> None:
    found = ask(library, hybrid())["quality"]["hybrids"]["both"]
    assert (found["cheapest"], found["reason"]) == (None, "no_cost_of_failure_and_no_target")
    plans = hybrid()["approaches"]
    plans["both"]["success_rate"] = 0.9
    stated = ask(library, hybrid(approaches=plans, cost_of_failure_usd=1.0))["quality"]["hybrids"]["both"]
    assert (stated["cheapest"], stated["reason"]) == (None, "success_rate_stated")
    plans = hybrid()["approaches"]
    del plans["A"]["success_rate"]
    unknown = ask(library, hybrid(approaches=plans, cost_of_failure_usd=1.0))["quality"]["hybrids"]["both"]
    assert (unknown["cheapest"], unknown["reason"]) == (None, "success_rate_unknown")


def test_the_cost_of_a_failure_at_which_the_order_changes(library: Library) -> None:
    # A saves 0.019 a request and fails 0.15 more often: equal where a failure costs 0.019 / 0.15
    for today in (0.0, 0.3):
        found = ask(library, hybrid(cost_of_failure_usd=today))["quality"]["failure_costs"]
        by_name = {each["candidate"]: each for each in found}
        assert by_name["A"]["cost_of_failure_usd"] == pytest.approx(0.019 / 0.15)
        assert by_name["A"]["reason"] is None
    # A better and cheaper one stays ahead whatever a failure costs; equal rates leave the order alone
    plans = hybrid()["approaches"]
    for rate, reason in ((0.99, "order_never_changes"), (0.95, "success_rates_equal"), (None, "success_rate_unknown")):
        plans["A"]["success_rate"] = rate
        found = ask(library, hybrid(approaches=plans, cost_of_failure_usd=0.2))["quality"]["failure_costs"][0]
        assert (found["cost_of_failure_usd"], found["reason"]) == (None, reason)


def test_a_failure_moves_both_alike_for_a_reason(library: Library) -> None:
    # the rates differ by 0.15: nobody asks anything, or A serves after the horizon and B bridges it
    for changes, reason in (
        ({"workload": {"requests_per_month": 0, "input_tokens": 1, "output_tokens": 1}}, "volume_zero"),
        ({}, "never_serves"),
    ):
        document = hybrid(cost_of_failure_usd=0.2, **changes)
        if not changes:
            document["approaches"]["A"]["lead_time_months"] = 12
        found = {each["candidate"]: each for each in ask(library, document)["quality"]["failure_costs"]}["A"]
        assert (found["cost_of_failure_usd"], found["reason"]) == (None, reason)


def test_pilots_that_do_not_rise_say_so(library: Library) -> None:
    hours = [{"hours": h, "success_rate": q} for h, q in ((2, 0.80), (5, 0.79), (10, 0.78), (20, 0.77))]
    examples = [{"examples": 100 * each["hours"], "success_rate": each["success_rate"]} for each in hours]
    document = question(approaches__prompt__quality={"pilots": hours}, approaches__tuned__quality={"pilots": examples})
    found = ask(library, document)
    for name, rate in (("prompt", "tau_hours"), ("tuned", "exponent")):
        curve = found["quality"]["approaches"][name]
        assert (curve["plateau"], curve[rate]) == (pytest.approx(0.785), None)
        assert (curve["intervals"][rate], curve["intervals_reason"]) == (None, "pilots_do_not_rise")
        low, high = curve["intervals"]["plateau"]
        assert low < 0.785 < high
    stated = question(approaches__prompt__quality={"pilots": hours, "tau_hours": 12})
    assert ask(library, stated)["quality"]["approaches"]["prompt"]["tau_hours"] == pytest.approx(12)


def test_what_a_failure_costs_enters_no_outline(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of a failure is met when a bill is closed: finding where the order changes outlines nothing anew."""
    outlined: list[str] = []
    plainly = computation.outline_lump_sum

    def counted(*asked: Any) -> Any:
        outlined.append(asked[-1])
        return plainly(*asked)

    monkeypatch.setattr(computation, "outline_lump_sum", counted)
    plans = hybrid()["approaches"]
    del plans["both"]
    document = hybrid(approaches=plans)
    assert ask(library, document)["quality"]["failure_costs"][0]["cost_of_failure_usd"] == pytest.approx(0.019 / 0.15)
    assert sorted(outlined) == ["/approaches/A", "/approaches/B"]


def test_what_is_missing_says_why(library: Library) -> None:
    document = question()
    del document["target_success_rate"]
    found = ask(library, document)["quality"]
    prompt, tuned = found["approaches"]["prompt"], found["approaches"]["tuned"]
    assert (tuned["target"], tuned["target_reason"]) == (None, "no_target")
    assert (prompt["target"], prompt["target_reason"]) == (None, "no_target")
    assert (prompt["shots"], prompt["shots_reason"]) == (None, "no_curve_over_shots")
    assert (tuned["intervals"], tuned["intervals_reason"]) == (None, "parameters_stated")
    assert found["pairs_reason"] is None
    del document["approaches"]["prompt"]["quality"]
    alone = ask(library, document)["quality"]
    assert (alone["pairs"], alone["pairs_reason"]) == ([], "needs_a_tuned_and_a_prompted_curve")
    pilots = [{"examples": d, "success_rate": float(tuning_quality(d, 0.95, 2.0, 0.5))} for d in (100, 400, 900)]
    more = [*pilots, {"examples": 1600, "success_rate": 0.91}]
    fitted = ask(library, question(approaches__tuned__quality={"pilots": more}))["quality"]["approaches"]["tuned"]
    assert fitted["intervals_reason"] is None
    assert fitted["intervals"]["plateau"][0] <= fitted["plateau"] <= fitted["intervals"]["plateau"][1]
    hours = [{"hours": h, "success_rate": q} for h, q in ((0, 0.6), (5, 0.66), (15, 0.73), (30, 0.78), (60, 0.8))]
    effort = ask(library, question(approaches__prompt__quality={"pilots": hours}))["quality"]["approaches"]["prompt"]
    for name in ("start", "plateau", "tau_hours"):
        assert effort["intervals"][name][0] < effort[name] < effort["intervals"][name][1]
    few = ask(library, question(approaches__tuned__quality={"pilots": pilots}))["quality"]["approaches"]["tuned"]
    assert few["intervals_reason"] == "as_many_pilots_as_parameters"
    low = ask(library, question(approaches__tuned__quality={"plateau": 0.8, "gap": 2.0, "exponent": 0.5}))
    pair = low["quality"]["pairs"][0]
    assert pair["examples_equal_to_prompt_plateau"] is None
    assert pair["examples_equal_reason"] == "plateau_below_that_of_the_prompt"
