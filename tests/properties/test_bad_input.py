"""Whatever is asked: an answer without NaN, or a refusal that names the field; no other exception, no silent zero."""

import json
import os
from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from estimator.answer import answer
from estimator.errors import EstimatorError
from estimator.estimate import USUAL_SECTIONS, estimate
from estimator.scenario.pointer import tokens_of
from estimator.web.schemas.scenario import read_scenario
from tests.oracle.questions import questions
from tests.properties.test_columns import leaves
from tests.shipped import LIBRARY

EVERYTHING = yaml.safe_load(
    (Path(__file__).parent.parent / "scenarios" / "everything.yaml").read_text(encoding="utf-8")
)
EXTREMES = (0, 1e-12, 1e-300, 1, 600, 1e9, 1e15, -1, 1e308)
OFTEN = settings(
    max_examples=int(os.environ.get("ESTIMATOR_TEST_EXAMPLES", "30")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def asked(question):
    """An answer as JSON, or the refusal."""
    try:
        found = answer(estimate(read_scenario(question), LIBRARY, USUAL_SECTIONS | {"trace"}))
    except EstimatorError as refusal:
        return refusal
    json.dumps(found, allow_nan=False)
    return found


def refused(question, pointer, *words):
    refusal = asked(question)
    assert isinstance(refusal, EstimatorError), "an answer where a refusal is due"
    assert refusal.pointer == pointer
    for word in words:
        assert word in str(refusal), str(refusal)


def put(question, pointer, value):
    changed = deepcopy(question)
    *parents, last = tokens_of(pointer)
    here = changed
    for token in parents:
        here = here[int(token)] if isinstance(here, list) else here[token]
    here[int(last) if isinstance(here, list) else last] = value
    return changed


def pair(first=None, second=None, **top):
    load = {"requests_per_month": 1000, "input_tokens": 100, "output_tokens": 100}
    return {
        "workload": load,
        "approaches": {"A": first or {"kind": "lump_sum"}, "B": second or {"kind": "lump_sum", "upfront_usd": 1}},
        **top,
    }


def tuned(**plan):
    return {
        "kind": "fine_tuning",
        "train_examples": 0,
        "planned_runs": 0,
        "tokens_per_example": 100,
        "lead_time_months": 0,
        "training": {"kind": "managed", "prices": {"training_usd_per_mtok": 1}},
        "serving": {"kind": "api", "prices": {"input_usd_per_mtok": 1, "output_usd_per_mtok": 1}},
        **plan,
    }


def own(**serving):
    return tuned(
        serving={"kind": "gpus", "prefill_tokens_per_second": 1000, "decode_tokens_per_second": 100, **serving}
    )


NUMBERS = [
    pointer for pointer, value in leaves(EVERYTHING) if isinstance(value, int | float) and not isinstance(value, bool)
]


@pytest.mark.parametrize("pointer", NUMBERS)
def test_an_extreme_number_is_answered_or_refused(pointer):
    kept, place = _without_unconcerned(pointer), NUMBERS.index(pointer)
    values = EXTREMES if "ESTIMATOR_TEST_EXAMPLES" in os.environ else {EXTREMES[(place + step) % 9] for step in (0, 4)}
    for value in values:
        result = asked(put(kept, pointer, value))
        if isinstance(result, EstimatorError):
            assert result.pointer.startswith("/"), (value, str(result))
            assert str(result).strip()


def _without_unconcerned(pointer):
    part, name, *_ = [*tokens_of(pointer), ""]
    if part != "approaches":
        small = ("prompt", "managed", "cascade", "best stage", "sums")
    else:
        plan = EVERYTHING["approaches"][name]
        parts = [plan[role] for role in ("first", "then", "fallback") if role in plan]
        small = ("prompt", "sums", name, *parts)
    plans = {each: plan for each, plan in EVERYTHING["approaches"].items() if each in small}
    return {**EVERYTHING, "approaches": plans}


@pytest.mark.property
@given(questions(), st.data())
@OFTEN
def test_random_scenarios_with_extreme_numbers(question, data):
    places = [p for p, value in leaves(question) if isinstance(value, int | float) and not isinstance(value, bool)]
    for _ in range(3):
        question = put(question, data.draw(st.sampled_from(places)), data.draw(st.sampled_from(EXTREMES)))
    asked(question)


@pytest.mark.property
@given(questions(), st.data())
@OFTEN
def test_other_sorts_of_values_are_refused(question, data):
    places = [p for p, value in leaves(question) if not isinstance(value, str)]
    wrong = data.draw(st.sampled_from(["100", True, [], {}, "NaN", {"low": 2, "mode": 1, "high": 3}, [1, 2]]))
    asked(put(question, data.draw(st.sampled_from(places)), wrong))


def test_zero_traffic_has_no_cost_of_a_request():
    found = asked(put(pair({"kind": "lump_sum", "usd_per_request": 1}), "/workload/requests_per_month", 0))
    assert found["approaches"]["A"]["usd_per_request"] is None
    assert found["break_even"][0]["months"]["reason"] in (None, "volume_zero")


@pytest.mark.parametrize("horizon", [0, -1, 601, 1200, 12.5])
def test_horizons_out_of_range_are_refused(horizon):
    refused(pair(horizon_months=horizon), "/horizon_months")


def test_six_hundred_months_are_answered():
    plans = {name: EVERYTHING["approaches"][name] for name in ("prompt", "own GPUs", "best stage", "managed")}
    found = asked({**EVERYTHING, "horizon_months": 600, "approaches": plans})
    assert len(found["approaches"]["prompt"]["cumulative_usd"]) == 601


def test_growth_beyond_every_number_is_refused():
    fast = pair(horizon_months=600)
    fast["workload"]["monthly_growth"] = 10
    refused(fast, "/workload/monthly_growth", "max_requests_per_month")


@pytest.mark.parametrize(
    "value", [{"low": 3, "mode": 2, "high": 1}, {"low": 1, "high": 2}, {"dist": "normal", "mean": 1}, {}, {"lo": 1}]
)
def test_ranges_that_cannot_be_drawn_from_are_refused(value):
    refused(pair({"kind": "lump_sum", "upfront_usd": value}), "/approaches/A/upfront_usd")


@pytest.mark.parametrize(
    ("plans", "pointer", "words"),
    [
        ({"A": {"kind": "staged", "first": "A", "then": "B"}}, "/approaches/A", ("A -> A",)),
        (
            {"A": {"kind": "hybrid", "mode": "router", "first": "A", "fallback": "B"}},
            "/approaches/A",
            ("A -> A",),
        ),
        (
            {
                "A": {"kind": "staged", "first": "B", "then": "C"},
                "C": {"kind": "staged", "first": "A", "then": "B"},
            },
            "/approaches/A",
            ("A -> C -> A",),
        ),
        (
            {
                "A": {"kind": "lump_sum", "lead_time_months": 1, "bridge": "C"},
                "C": {"kind": "lump_sum", "lead_time_months": 1, "bridge": "A"},
            },
            "/approaches/A",
            ("A -> C -> A",),
        ),
        ({"A": {"kind": "lump_sum", "lead_time_months": 1, "bridge": "A"}}, "/approaches/A", ("A -> A",)),
        (
            {"A": {"kind": "staged", "first": "B", "then": "sum"}, "sums": {"kind": "lump_sum"}},
            "/approaches/A/then",
            ("'sum'", "sums"),
        ),
        (
            {"A": {"kind": "hybrid", "mode": "cascade", "first": "Bb", "fallback": "B"}},
            "/approaches/A/first",
            ("'Bb'", "B"),
        ),
        ({"A": {"kind": "lump_sum", "lead_time_months": 1, "bridge": "Z"}}, "/approaches/A/bridge", ("'Z'",)),
        (
            {"A": {"kind": "staged", "first": "B", "then": "B", "switch_month": 13}},
            "/approaches/A/switch_month",
            ("13", "12"),
        ),
        (
            {
                "A": {"kind": "hybrid", "mode": "cascade", "first": "S", "fallback": "B"},
                "S": {"kind": "staged", "first": "B", "then": "B"},
            },
            "/approaches/A/first",
            ("staged",),
        ),
        (
            {"A": {"kind": "hybrid", "mode": "tuned_with_prompt", "first": "B", "fallback": "B"}},
            "/approaches/A/first",
            ("fine_tuning",),
        ),
    ],
)
def test_references_that_lead_nowhere_or_in_a_circle_are_refused(plans, pointer, words):
    refused(pair(approaches={"B": {"kind": "lump_sum"}, **plans}), pointer, *words)


@pytest.mark.parametrize(
    ("plan", "pointer", "words"),
    [
        (tuned(serving={"kind": "api", "model": "gpt-4.1-minni"}), "/approaches/A/serving/model", ("gpt-4.1-mini",)),
        (tuned(serving={"kind": "api"}), "/approaches/A/serving/model", ("prices",)),
        (
            tuned(serving={"kind": "api", "prices": {"input_usd_per_mtok": 1}}),
            "/approaches/A/serving/prices/output_usd_per_mtok",
            (),
        ),
        (
            own(gpu="H100-SMX", usd_per_gpu_hour=1)
            | {"training": {"kind": "gpus", "base_model": "Llama-3.1-8B", "gpu": "H100-SMX"}},
            "/approaches/A/training/gpu",
            ("H100-SXM",),
        ),
        (own(), "/approaches/A/serving/gpu", ("usd_per_gpu_hour",)),
        (
            tuned(serving={"kind": "gpus", "base_model": "Llama-3.1-8BB", "gpu": "H100-SXM"}),
            "/approaches/A/serving/base_model",
            ("Llama-3.1-8B",),
        ),
        (
            tuned(serving={"kind": "endpoint", "service": "opena", "base_model": "gpt-4.1"}),
            "/approaches/A/serving/service",
            ("openai",),
        ),
        (tuned(serving={"kind": "endpoint"}), "/approaches/A/serving/service", ("prices",)),
        (tuned(training={"kind": "managed"}), "/approaches/A/training/service", ("prices",)),
        (tuned(training={"kind": "managed", "prices": {}}), "/approaches/A/training/prices", ()),
        (
            tuned(training={"kind": "managed", "prices": {"usd_per_training_hour": 3}}),
            "/approaches/A/training/hours_per_run",
            (),
        ),
        (
            tuned(serving={"kind": "endpoint", "usd_per_unit_hour": 2, "prices": {}}),
            "/approaches/A/serving/requests_per_hour_per_unit",
            (),
        ),
        (
            tuned(
                serving={
                    "kind": "api",
                    "prompt_caching": {"hit_rate": 0.5},
                    "prices": {"input_usd_per_mtok": 1, "output_usd_per_mtok": 1},
                }
            ),
            "/approaches/A/serving/prompt_caching",
            ("cached_input_usd_per_mtok",),
        ),
        (
            own(autoscaled=True, owned={"usd_per_gpu": 10000, "paid": "upfront"}),
            "/approaches/A/serving/autoscaled",
            ("amortised",),
        ),
        (
            own(prefill_tokens_per_second=None, base_model="Llama-3.3-70B", gpu="H100-SXM", gpus_per_replica=3),
            "/approaches/A/serving/gpus_per_replica",
            ("attention heads", "use gpus_per_replica"),
        ),
        (
            own(prefill_tokens_per_second=None, base_model="Llama-3.3-70B", gpu="H100-SXM"),
            "/approaches/A/serving/gpus_per_replica",
            ("does not fit", "use gpus_per_replica"),
        ),
        (tuned(refres={"every_months": 3}), "/approaches/A/refres", ("refresh",)),
        ({"kind": "fine_tunning"}, "/approaches/A/kind", ("fine_tuning",)),
    ],
)
def test_what_cannot_be_priced_is_refused_by_name(plan, pointer, words):
    refused(pair(plan), pointer, *words)


def test_a_model_that_fits_no_memory_is_refused_or_warned_of():
    big = tuned(
        training={"kind": "gpus", "base_model": "Llama-3.1-405B", "gpu": "T4", "gpus": 1, "usd_per_gpu_hour": 1}
    )
    result = asked(pair(big))
    if not isinstance(result, EstimatorError):
        assert any(warning["code"] == "memory_fit" for warning in result["warnings"])


def test_a_missing_wage_is_looked_up_and_an_unknown_region_is_refused():
    worked = pair(tuned(engineering_hours=10))
    parts = {part["id"]: part for part in asked(worked)["approaches"]["A"]["components"]}
    assert parts["engineering"]["upfront_usd"] > 0
    refused({**worked, "rates": {"region": "atlantis"}}, "/rates/ml_engineer_usd_per_hour", "us")


@pytest.mark.parametrize("labelling", [{"mode": "vendor"}, {"mode": "model_assisted"}])
def test_labels_without_a_price_are_refused(labelling):
    pointer = {"vendor": "/labelling/usd_per_unit", "model_assisted": "/labelling/model_usd_per_example"}
    refused(pair(tuned(train_examples=10), labelling=labelling), pointer[labelling["mode"]])


def test_a_capacity_of_one_needs_a_replica_however_small_the_traffic():
    tiny = pair(own(usd_per_gpu_hour=1, min_replicas=0))
    tiny["workload"]["requests_per_month"] = 1e-12
    assert asked(tiny)["approaches"]["A"]["monthly_usd"][0] == pytest.approx(730)


@pytest.mark.parametrize("seasons", [[1] * 11, [1] * 13, [0] * 12, [-1] + [1] * 11])
def test_seasons_are_twelve_and_not_negative(seasons):
    question = pair()
    question["workload"]["seasonality"] = seasons
    result = asked(question)
    assert isinstance(result, EstimatorError) == (seasons != [0] * 12)
