"""The search against brute force: every option as an estimate of its own."""

import copy
import json
from typing import Any

import pytest

from estimator.answer import answer
from estimator.errors import EstimatorError, ScenarioError
from estimator.estimate import estimate
from estimator.options import Found, Offering, Option, search_options, write_options
from estimator.options.search import pareto
from estimator.price_book import Library
from estimator.web.schemas.scenario import read_scenario

DOCUMENT: dict[str, Any] = {
    "horizon_months": 12,
    "annual_discount_rate": 0.1,
    "baseline": "prompt",
    "workload": {
        "requests_per_month": 200000,
        "monthly_growth": 0.02,
        "input_tokens": 350,
        "output_tokens": 120,
        "batch_share": 0.2,
    },
    "labelling": {"seconds_per_label": 90, "test_examples": 300},
    "approaches": {
        "prompt": {
            "kind": "prompt_engineering",
            "prompt_tokens": 1850,
            "effort_hours": 45,
            "serving": {"kind": "api", "model": "openai/gpt-4.1", "prompt_caching": "auto"},
        },
        "tuned": {
            "kind": "fine_tuning",
            "train_examples": 1200,
            "tokens_per_example": 570,
            "engineering_hours": 40,
            "prompt_tokens": 100,
            "training": {"kind": "gpus", "base_model": "Llama-3.1-8B", "gpu": "H100-SXM"},
            "serving": {"kind": "gpus", "base_model": "Llama-3.1-8B", "gpu": "H100-SXM"},
        },
    },
}
SOME = Offering(
    models=("openai/gpt-4.1", "openai/gpt-4.1-mini", "anthropic/claude-sonnet-4-5", "nobody/no-model"),
    base_models=("Llama-3.1-8B", "Llama-3.1-70B", "Qwen2.5-0.5B"),
    gpus=("H100-SXM", "L4", "T4"),
)


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


@pytest.fixture(scope="module")
def found(library: Library) -> Found:
    return search_options(read_scenario(DOCUMENT), library, SOME)


def alone(approach: dict[str, Any], library: Library) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    document["approaches"] = {"prompt": document["approaches"]["prompt"], "option": approach}
    return answer(estimate(read_scenario(document), library, frozenset()))


def test_every_option_costs_what_its_own_estimate_says(found: Found, library: Library) -> None:
    assert {option.kind for option in found.options} == {"prompted", "managed_tuning", "gpus"}
    for option in found.options:
        one = alone(option.document, library)["approaches"]["option"]
        assert option.total_usd == pytest.approx(one["total_usd"], rel=1e-9), option.name
        assert option.upfront_usd == pytest.approx(one["upfront_usd"], rel=1e-9)
        assert option.lead_time_months == pytest.approx(one["lead_time_months"], rel=1e-9)
    totals = [option.total_usd for option in found.options]
    assert totals == sorted(totals)


def test_what_is_excluded_for_memory_cannot_run_alone_either(found: Found, library: Library) -> None:
    out = [each for each in found.excluded if each.reason == "memory"]
    assert out
    kept = {option.name for option in found.options}
    for each in out:
        model, _, rest = each.name.partition(", ")
        method, _, gpu = rest.partition(" on ")
        assert each.name not in kept
        approach = copy.deepcopy(DOCUMENT["approaches"]["tuned"])
        approach["training"] |= {"base_model": model, "gpu": gpu, "method": method}
        approach["serving"] |= {"base_model": model, "gpu": gpu, "gpus_per_replica": 8}
        try:
            advice = alone(approach, library)["recommendation"]["feasibility"]["option"]
        except EstimatorError:
            continue
        assert "memory" in [obstacle["code"] for obstacle in advice["obstacles"]]


def test_what_nobody_sells_is_excluded_with_a_reason(found: Found) -> None:
    reasons = {each.name: each.reason for each in found.excluded}
    assert reasons["nobody/no-model, prompted"] == "no_price"


def test_unknown_quality_is_not_hidden(found: Found) -> None:
    assert [each.code for each in found.warnings] == ["quality_unknown"]


def limited(library: Library, **changes: Any) -> Found:
    measured = {"gpt-4.1": 0.92, "gpt-4.1-mini": 0.85, "Llama-3.1-8B": 0.9}
    offering = Offering(
        models=("openai/gpt-4.1", "openai/gpt-4.1-mini"),
        services=(),
        base_models=("Llama-3.1-8B",),
        gpus=("H100-SXM",),
        methods=("lora",),
        success_rates=measured,
    )
    return search_options(read_scenario({**DOCUMENT, **changes}), library, offering)


def test_limits_exclude_with_the_number_that_fails(library: Library) -> None:
    everything = limited(library)
    assert len(everything.options) == 3
    assert everything.warnings == ()
    by_quality = limited(library, target_success_rate=0.9)
    assert {option.name for option in by_quality.options} == {
        "openai/gpt-4.1, prompted",
        "Llama-3.1-8B, lora on H100-SXM",
    }
    assert [each.reason for each in by_quality.excluded] == ["quality"]
    by_start = limited(library, constraints={"latest_start_months": 0.5})
    assert [(each.kind, each.reason) for each in by_start.excluded] == [("gpus", "start")]
    by_provider = limited(library, constraints={"providers": ["openai"]})
    assert {each.reason for each in by_provider.excluded} == {"no_price"}
    nothing_upfront = limited(library, constraints={"most_upfront_usd": 1})
    assert nothing_upfront.options == ()


def test_own_gpus_cost_no_rent(library: Library) -> None:
    rented = next(each for each in limited(library).options if each.kind == "gpus")
    own = next(each for each in limited(library, constraints={"own_gpus": ["H100-SXM"]}).options if each.kind == "gpus")
    assert own.provider == "own"
    assert own.total_usd < rented.total_usd


def test_the_best_trade_offs_are_those_no_other_beats(library: Library) -> None:
    def option(name: str, total: float, lead: float, rate: float | None) -> Option:
        return Option(name, "prompted", {}, "", total, 0.0, lead, rate)

    options = [
        option("cheap", 1.0, 2.0, 0.8),
        option("fast", 2.0, 0.0, 0.8),
        option("good", 3.0, 2.0, 0.9),
        option("beaten", 4.0, 2.0, 0.85),
        option("unknown", 0.5, 3.0, None),
    ]
    assert [each.name for each in pareto(options)] == ["unknown", "cheap", "fast", "good"]


def test_a_scenario_without_templates_is_refused(library: Library) -> None:
    document = copy.deepcopy(DOCUMENT)
    document["approaches"] = {name: {"kind": "lump_sum"} for name in ("A", "B")}
    document["baseline"] = "A"
    with pytest.raises(ScenarioError, match="template"):
        search_options(read_scenario(document), library, SOME)


def test_written_options_are_plain_json(found: Found) -> None:
    written = write_options(found, 5)
    assert len(written["options"]) == 5
    assert written["options_found"] == len(found.options)
    json.dumps(written, allow_nan=False)
