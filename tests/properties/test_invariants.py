"""What must hold whatever is asked: section 13 of the model, on random scenarios of all kinds."""

import itertools
import json
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from estimator.answer import answer
from estimator.components.hosting import replicas
from estimator.components.tokens import cached_prompt_usd, prompt_usd
from estimator.components.training import compute_gpu_hours
from estimator.errors import EstimatorError
from estimator.estimate import USUAL_SECTIONS, estimate
from estimator.hardware.flops import flops_per_token
from estimator.web.schemas.scenario import read_scenario
from tests.oracle.questions import decimals, lump_sum, questions
from tests.shipped import LIBRARY

pytestmark = pytest.mark.property
ALL = USUAL_SECTIONS | {"trace", "monthly_components"}
OFTEN = settings(
    max_examples=int(os.environ.get("ESTIMATOR_TEST_EXAMPLES", "20")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
MIRRORED = {
    "once": "lost",
    "lost": "once",
    "never": "immediate",
    "immediate": "never",
    "tie": "tie",
    "multiple": "multiple",
}
TURNED = {"down": "up", "up": "down"}


def answered(question, sections=("volume", "assumptions", "prices")):
    return answer(estimate(read_scenario(question), LIBRARY, frozenset(sections)))


def changed(node, rule):
    """Rewrite every field of a document: rule(name, value) gives the new value."""
    if isinstance(node, dict):
        return {name: changed(rule(name, value), rule) for name, value in node.items()}
    return [changed(each, rule) for each in node] if isinstance(node, list) else node


def without_refunds(question):
    return changed(question, lambda name, value: abs(value) if name == "usd" else value)


@given(questions())
@OFTEN
def test_answer_is_plain_json_and_repeats_byte_for_byte(question):
    first = json.dumps(answered(question, ALL), allow_nan=False)
    assert json.dumps(answered(question, ALL), allow_nan=False) == first


@given(questions())
@OFTEN
def test_the_scenario_of_an_answer_gives_the_same_answer(question):
    found = answered(question)
    again = answered(found["scenario"])
    assert again == found


@given(questions().map(without_refunds))
@OFTEN
def test_cost_starts_at_the_upfront_and_never_falls(question):
    for approach in answered(question)["approaches"].values():
        curve = approach["cumulative_usd"]
        assert curve[0] == approach["upfront_usd"]
        slack = 1e-12 * max(abs(value) for value in curve)
        assert all(later >= sooner - slack for sooner, later in itertools.pairwise(curve))


@given(questions())
@OFTEN
def test_components_sum_to_totals(question):
    for approach in answered(question, {"monthly_components"})["approaches"].values():
        parts = approach["components"]
        scale = sum(abs(part["upfront_usd"]) + abs(part["recurring_usd"]) for part in parts)
        for name in ("upfront_usd", "total_usd"):
            total = sum(part[name] for part in parts)
            assert total == pytest.approx(approach[name], rel=1e-9, abs=1e-9 * scale)
        months = np.sum([part["monthly_usd"] for part in parts], axis=0)
        assert months == pytest.approx(approach["monthly_usd"], rel=1e-9, abs=1e-9 * scale)
        assert len({part["id"] for part in parts}) == len(parts)


@given(questions())
@OFTEN
def test_zero_traffic_divides_by_nothing(question):
    silent = {**question, "workload": {**question["workload"], "requests_per_month": 0}}
    for approach in answered(silent)["approaches"].values():
        assert approach["usd_per_request"] is None
        assert approach["usd_per_success"] is None


@given(questions(), st.sampled_from([0.5, 2.0, 4.0]))
@OFTEN
def test_all_money_scaled_scales_all_costs_and_moves_no_break_even(question, factor):
    dearer = changed(question, lambda name, value: value * factor if is_money(name, value) else value)
    found, scaled = answered(question), answered(dearer)
    for name, approach in found["approaches"].items():
        other = scaled["approaches"][name]
        assert other["cumulative_usd"] == [value * factor for value in approach["cumulative_usd"]]
    assert [pair["months"] for pair in scaled["break_even"]] == [pair["months"] for pair in found["break_even"]]


def is_money(name, value):
    return isinstance(value, int | float) and (name == "usd" or "_usd" in name or name.startswith("usd_"))


@given(questions())
@OFTEN
def test_swapping_the_two_sides_mirrors_every_crossing(question):
    names = list(question["approaches"])
    found = answered({**question, "baseline": names[0]}, ())
    turned = answered({**question, "baseline": names[1]}, ())
    bridged = any("bridge" not in plan for plan in question["approaches"].values() if plan.get("lead_time_months"))
    assume(not bridged)
    mine = pair_of(found, names[1], names[0])["months"]
    theirs = pair_of(turned, names[0], names[1])["months"]
    assert theirs["status"] == MIRRORED[mine["status"]]
    assert len(mine["crossings"]) == len(theirs["crossings"])
    for here, there in zip(mine["crossings"], theirs["crossings"], strict=True):
        assert there["direction"] == TURNED[here["direction"]]
        assert there["kind"] == here["kind"]
        assert there["month"] == pytest.approx(here["month"], abs=1e-9)


def pair_of(found, candidate, baseline):
    return next(p for p in found["break_even"] if (p["candidate"], p["baseline"]) == (candidate, baseline))


@given(questions())
@OFTEN
def test_the_difference_is_zero_at_a_crossing_and_changes_sign_at_a_jump(question):
    found = answered(question, ())
    for pair in found["break_even"]:
        mine, other = (found["approaches"][pair[side]] for side in ("candidate", "baseline"))
        scale = max(map(abs, (*mine["cumulative_usd"], *other["cumulative_usd"])))
        for crossing in pair["months"]["crossings"]:
            month = crossing["month"]
            if crossing["kind"] == "linear":
                assert abs(at(mine, month) - at(other, month)) <= 1e-6 * scale
            else:
                before = before_jump(mine, int(month)) - before_jump(other, int(month))
                after = mine["cumulative_usd"][int(month)] - other["cumulative_usd"][int(month)]
                assert before * after <= 1e-9 * scale**2
                assert (after < before) == (crossing["direction"] == "down")


def before_jump(approach, month):
    jumps = {jump["month"]: jump["before_usd"] for jump in approach["jumps"]}
    return jumps.get(month, approach["cumulative_usd"][month])


def at(approach, month):
    whole = min(int(month), len(approach["cumulative_usd"]) - 2)
    start, end = approach["cumulative_usd"][whole], before_jump(approach, whole + 1)
    return start + (end - start) * (month - whole)


@given(
    st.integers(1, 60),
    decimals(100, 20000),
    decimals(0, 500),
    decimals(0, 0.02, 4),
    decimals(-0.1, 0.1),
    st.integers(0, 1_000_000),
)
@OFTEN
def test_a_higher_discount_rate_never_brings_an_investment_back_earlier(horizon, dear, saved, unit, growth, volume):
    months = []
    for discount_rate in (0, 0.05, 0.2, 0.6):
        question = {
            "horizon_months": horizon,
            "annual_discount_rate": discount_rate,
            "baseline": "B",
            "workload": {"requests_per_month": volume, "monthly_growth": growth, "input_tokens": 1, "output_tokens": 1},
            "approaches": {
                "A": {"kind": "lump_sum", "upfront_usd": dear},
                "B": {"kind": "lump_sum", "monthly_fixed_usd": saved, "usd_per_request": unit},
            },
        }
        first = pair_of(answered(question, ()), "A", "B")["months"]["first"]
        months.append(np.inf if first is None else first)
    assert all(later >= sooner - 1e-9 for sooner, later in itertools.pairwise(months))


@given(questions(), st.integers(1, 24))
@OFTEN
def test_a_longer_horizon_leaves_the_first_break_even_where_it_was(question, more):
    plans = question["approaches"].values()
    assume(all(plan["kind"] != "staged" for plan in plans))
    assume(all("owned" not in plan.get("serving", {}) for plan in plans))
    longer = {**question, "horizon_months": question["horizon_months"] + more}
    later = {(p["candidate"], p["baseline"]): p["months"] for p in answered(longer, ())["break_even"]}
    for pair in answered(question, ())["break_even"]:
        first = pair["months"]["first"]
        if first is not None and pair["months"]["crossings"]:
            assert later[pair["candidate"], pair["baseline"]]["first"] == pytest.approx(first, abs=1e-6)


@given(questions())
@OFTEN
def test_degenerate_ranges_give_the_number(question):
    def spread(name, value):
        ranged = name in ("effort_hours", "upfront_usd", "input_usd_per_mtok", "seconds_per_label", "input_tokens")
        return {"low": value, "mode": value, "high": value} if ranged else value

    found, uncertain = answered(question, ()), answered(changed(question, spread), ())
    assert uncertain["break_even"] == found["break_even"]
    totals = {name: approach["total_usd"] for name, approach in found["approaches"].items()}
    assert {name: approach["total_usd"] for name, approach in uncertain["approaches"].items()} == totals


@given(questions())
@OFTEN
def test_the_difference_is_zero_or_jumps_at_a_break_even_traffic(question):
    found = answered(question)
    for pair in found["break_even"][:2]:
        roots = pair["requests_per_month"]
        for crossing in roots["crossings"][:3]:
            value = crossing["requests_per_month"]
            near = [value * (1 - 1e-6), value, value * (1 + 1e-6)]
            gaps = [gap(question, pair, traffic) for traffic in near]
            scale = max(scale for _, scale in gaps)
            usd = [usd for usd, _ in gaps]
            assert abs(usd[1]) <= 1e-6 * scale or usd[0] * usd[2] <= 1e-12 * scale**2, (crossing, usd)


def gap(question, pair, traffic):
    asked = {**question, "workload": {**question["workload"], "requests_per_month": traffic}}
    found = answered(asked, ())["approaches"]
    mine, other = found[pair["candidate"]]["total_usd"], found[pair["baseline"]]["total_usd"]
    return mine - other, max(abs(mine), abs(other), 1e-9)


TOKENS = {"input_usd_per_mtok": 3, "cached_input_usd_per_mtok": 0.3, "output_usd_per_mtok": 15}


def prompted(serving, **load):
    return {
        "horizon_months": 3,
        "workload": {"requests_per_month": 1000, "input_tokens": 300, "output_tokens": 100, **load},
        "approaches": {
            "A": {"kind": "prompt_engineering", "prompt_tokens": 2000, "serving": {"kind": "api", **serving}},
            "B": {"kind": "lump_sum"},
        },
    }


def total_of(question, name="A"):
    return answered(question, ())["approaches"][name]["total_usd"]


def test_no_hits_and_no_write_fee_equal_no_caching():
    plain = total_of(prompted({"prices": TOKENS}))
    assert total_of(prompted({"prices": TOKENS, "prompt_caching": {"hit_rate": 0}})) == pytest.approx(plain, rel=1e-12)


def test_only_hits_pay_the_read_price():
    hit = total_of(prompted({"prices": TOKENS, "prompt_caching": {"hit_rate": 1}}))
    assert hit == pytest.approx(3 * 1000 * (2000 * 0.3 + 300 * 3 + 100 * 15) / 1e6, rel=1e-12)


@pytest.mark.parametrize(("share", "discount"), [(0, 0.5), (0.7, 0)])
def test_no_batch_or_no_discount_changes_nothing(share, discount):
    plain = total_of(prompted({"prices": TOKENS}))
    batched = prompted({"prices": {**TOKENS, "batch_discount_share": discount}}, batch_share=share)
    assert total_of(batched) == pytest.approx(plain, rel=1e-12)


@given(decimals(0, 0.02, 4), decimals(0, 0.02, 4), st.sampled_from([0, 1]), decimals(0, 500))
@OFTEN
def test_cascades_that_escalate_nothing_or_everything(first, fallback, share, fixed):
    question = {
        "horizon_months": 2,
        "workload": {"requests_per_month": 1000, "input_tokens": 1, "output_tokens": 1},
        "approaches": {
            "A": {"kind": "lump_sum", "usd_per_request": first},
            "B": {"kind": "lump_sum", "usd_per_request": fallback},
            "C": {
                "kind": "hybrid",
                "mode": "cascade",
                "first": "A",
                "fallback": "B",
                "escalated_share": share,
                "monthly_fixed_usd": fixed,
            },
        },
    }
    assert total_of(question, "C") == pytest.approx(2 * (1000 * (first + share * fallback) + fixed), rel=1e-12)


@given(st.floats(1e6, 1e12), st.floats(0, 1e6))
@OFTEN
def test_lora_takes_two_thirds_of_the_compute_and_the_adapters(params, adapters):
    part = flops_per_token("lora", params, adapters) / flops_per_token("full", params)
    assert part == pytest.approx(2 / 3 + adapters / params, rel=1e-12)


@given(st.floats(1e3, 1e12), st.floats(0.01, 1.0), st.floats(1e12, 1e15), st.floats(1.1, 10.0))
@OFTEN
def test_gpu_hours_fall_with_utilisation_and_peak(tokens, mfu, peak, factor):
    hours = compute_gpu_hours(tokens, 1e10, 1.0, peak, mfu)
    assert compute_gpu_hours(tokens, 1e10, 1.0, peak * factor, mfu) * factor == pytest.approx(hours, rel=1e-12)
    assert compute_gpu_hours(tokens, 1e10, 1.0, peak, mfu / factor) == pytest.approx(hours * factor, rel=1e-12)


@example([0.0, 5e-324], 2.0, 0)
@given(st.lists(st.floats(0, 1e9), min_size=2, max_size=20), st.floats(1.0, 1e7), st.integers(0, 20))
@OFTEN
def test_replicas_rise_in_steps_and_never_fall_below_the_minimum(traffic, capacity, least):
    needed = replicas(np.sort(np.array(traffic)), capacity, float(least))
    assert (np.diff(needed) >= 0).all()
    assert (needed >= least).all()
    assert (needed == np.floor(needed)).all()
    assert (needed * capacity >= np.sort(np.array(traffic)) * (1 - 1e-8)).all()


@given(decimals(0, 10000, 0), decimals(0, 10, 1), decimals(0, 10, 1))
@OFTEN
def test_cached_prompt_lies_between_reading_and_writing(tokens, read, write):
    for hit_rate in (0.0, 0.3, 1.0):
        usd = cached_prompt_usd(tokens, hit_rate, read, write)
        low, high = sorted((prompt_usd(tokens, read), prompt_usd(tokens, write)))
        assert low - 1e-12 <= usd <= high + 1e-12


@given(st.integers(0, 5000), st.integers(0, 5000))
@OFTEN
def test_enough_labels_at_hand_cost_nothing(needed, more):
    question = tuning(train_examples=needed, existing_examples=needed + more)
    parts = {part["id"]: part for part in answered(question, ())["approaches"]["A"]["components"]}
    assert parts["labelling"]["total_usd"] == 0


def test_rejecting_every_label_is_refused():
    with pytest.raises(EstimatorError) as refused:
        read_scenario({**tuning(), "labelling": {"reject_rate": 1}})
    assert "reject_rate" in str(refused.value.objections[0].pointer)


def tuning(**plan):
    return {
        "workload": {"requests_per_month": 10, "input_tokens": 1, "output_tokens": 1},
        "rates": {"annotator_usd_per_hour": 30},
        "approaches": {
            "A": {
                "kind": "fine_tuning",
                "lead_time_months": 0,
                "training": {"kind": "managed", "prices": {"training_usd_per_mtok": 1}},
                "serving": {"kind": "api", "prices": TOKENS},
                **plan,
            },
            "B": {"kind": "lump_sum"},
        },
    }


@given(questions(plain=lump_sum, combined=False))
@OFTEN
def test_status_follows_from_the_crossings(question):
    for pair in answered(question, ())["break_even"]:
        months = pair["months"]
        turns = [crossing["direction"] for crossing in months["crossings"]]
        assert all(here != there for here, there in itertools.pairwise(turns)), "directions alternate"
        if months["status"] in ("tie", "immediate", "never"):
            assert not turns
        assert (months["first"] is None) == (months["status"] in ("tie", "never"))
        assert (months["reason"] is None) == (months["status"] != "never")
