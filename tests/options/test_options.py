"""The search against brute force: every candidate, options and exclusions alike, as an estimate of its own."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from estimator.answer import answer
from estimator.errors import EstimatorError, ScenarioError, UnknownNameError
from estimator.estimate import estimate
from estimator.hardware.catalogue import base_models
from estimator.options import Found, Offering, Option, search_options, write_options
from estimator.options.search import pareto
from estimator.price_book import Library
from estimator.web.schemas.scenario import read_scenario

DOCUMENT: dict[str, Any] = {
    "horizon_months": 12,
    "annual_discount_rate": 0.1,
    "baseline": "prompt",
    "cost_of_failure_usd": 0.02,
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
            "success_rate": 0.9,
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
RATES = {"Llama-3.1-8B": 0.94, "anthropic/claude-sonnet-4-5": 0.95, "Llama-3.1-8B, prompted": 0.7}
WIDE = Offering(gpus=("H100-SXM", "L4", "T4", "A100-80GB-SXM"), success_rates=RATES)
"""All API models, all tuning services, all base models; four of the GPUs."""
SAMPLED = 200
POLICY = {"provider", "region", "not_verified"}
"""Reasons of the search itself: an estimate that names the model computes it."""


@pytest.fixture(scope="module")
def found(library: Library) -> Found:
    return search_options(read_scenario(DOCUMENT), library, WIDE)


def candidates(name: str, kind: str) -> Iterator[dict[str, Any]]:
    """Write by hand what a candidate is: the template with other names in it, one for each size of a replica."""
    prompt, tuned = (copy.deepcopy(DOCUMENT["approaches"][each]) for each in ("prompt", "tuned"))
    prompt.pop("success_rate")
    what, _, where = name.rpartition(", ")
    if kind == "prompted":
        prompt["serving"]["model"] = what
        prompt["success_rate"] = 0.9 if what == "openai/gpt-4.1" else RATES.get(what)
        yield prompt
        return
    if kind == "managed_tuning":
        service, _, tier = where.removeprefix("tuned at ").partition(" (")
        shared = {"service": service, "base_model": what, "tier": tier.removesuffix(")") or None}
        tuned["training"] = {"kind": "managed", **shared}
        tuned["serving"] = {"kind": "endpoint", **shared}
        yield tuned
        return
    method, _, gpu = where.partition(" on ")
    for size in (1, 2, 4, 8):
        serving = {"kind": "gpus", "base_model": what, "gpu": gpu, "gpus_per_replica": size}
        if kind == "gpus":
            training = {"kind": "gpus", "base_model": what, "gpu": gpu, "method": method}
            yield {**tuned, "success_rate": RATES.get(what), "training": training, "serving": serving}
        else:
            yield {**prompt, "success_rate": RATES.get(f"{what}, prompted"), "serving": serving}


def alone(approach: dict[str, Any], library: Library, **changes: Any) -> dict[str, Any]:
    document = {**copy.deepcopy(DOCUMENT), **changes}
    document["approaches"] = {"prompt": document["approaches"]["prompt"], "option": approach}
    return answer(estimate(read_scenario(document), library, frozenset()))


def outcome(name: str, kind: str, library: Library, **changes: Any) -> tuple[float | None, list[str]]:
    """Return the total of a candidate by single estimates, or what stands against it; the smallest replica counts."""
    obstacles: list[str] = []
    for approach in candidates(name, kind):
        try:
            one = alone(approach, library, **changes)
        except EstimatorError as error:
            obstacles = [type(error).__name__]
            continue
        advice = one["recommendation"]["feasibility"]["option"]
        return one["approaches"]["option"]["total_usd"], [each["code"] for each in advice["obstacles"]]
    return None, obstacles


def sample(found: Found) -> list[tuple[str, str, str | None]]:
    """Draw candidates of every kind and of every reason."""
    groups: dict[tuple[str, str | None], list[str]] = {}
    for option in found.options:
        groups.setdefault((option.kind, None), []).append(option.name)
    for each in found.excluded:
        if each.reason not in POLICY and (" on " in each.name or ", " in each.name):
            groups.setdefault((each.kind, each.reason), []).append(each.name)
    share = SAMPLED // len(groups) + 1
    random = np.random.default_rng(7)
    return [
        (name, kind, reason)
        for (kind, reason), names in sorted(groups.items(), key=str)
        for name in random.permutation(names)[: max(share, SAMPLED - 8 * share if reason is None else 0)].tolist()
    ]


@pytest.mark.slow
def test_ranking_and_exclusions_are_those_of_single_estimates(found: Found, library: Library) -> None:
    drawn = sample(found)
    assert len(drawn) >= SAMPLED
    assert {kind for _, kind, _ in drawn} == {"prompted", "prompted_on_gpus", "managed_tuning", "gpus"}
    place = {(option.name, option.kind): at for at, option in enumerate(found.options)}
    totals = {}
    for name, kind, reason in drawn:
        total, obstacles = outcome(name, kind, library)
        if reason is None:
            assert obstacles == [], name
            assert found.options[place[name, kind]].total_usd == pytest.approx(total, rel=1e-9), name
            totals[name, kind] = total
        else:
            assert obstacles, (name, reason)
            if total is not None:
                assert reason in obstacles, (name, reason)
    by_search = sorted(totals, key=place.__getitem__)
    assert by_search == sorted(totals, key=lambda each: (round(totals[each], 6), each[0]))


def test_no_candidate_is_lost(found: Found, library: Library) -> None:
    everything = [(each.name, each.kind) for each in (*found.options, *found.excluded)]
    assert len(set(everything)) == len(everything)
    known = set(everything)
    book = library.book()
    assert {(f"{model}, prompted", "prompted") for model in book.offers("token_prices")} <= known
    machines = {(model, gpu) for model in base_models() for gpu in WIDE.gpus or ()}
    assert {(f"{model}, prompted on {gpu}", "prompted_on_gpus") for model, gpu in machines} <= known
    assert {
        (f"{model}, {way} on {gpu}", "gpus") for model, gpu in machines for way in ("lora", "qlora", "full")
    } <= known
    services = {re.sub(r"(, tuned at [^(]+) \(.*\)$", r"\1", name) for name, kind in known if kind == "managed_tuning"}
    offers = (offer.partition("/") for offer in book.offers("training_prices"))
    assert services == {f"{model}, tuned at {service}" for service, _, model in offers}


@pytest.mark.slow
def test_every_option_can_be_posted_as_an_approach(found: Found, library: Library) -> None:
    some = found.options[:: max(len(found.options) // 60, 1)]
    assert {option.kind for option in some} >= {"prompted", "prompted_on_gpus", "gpus"}
    for option in (*some, *[each for each in found.options if each.kind == "managed_tuning"][:10]):
        one = alone(json.loads(json.dumps(option.document)), library)
        posted = one["approaches"]["option"]
        assert option.total_usd == pytest.approx(posted["total_usd"], rel=1e-9), option.name
        assert option.upfront_usd == pytest.approx(posted["upfront_usd"], rel=1e-9)
        assert option.lead_time_months == pytest.approx(posted["lead_time_months"], rel=1e-9)
        assert option.success_rate == posted["success_rate"]
        assert one["recommendation"]["feasibility"]["option"]["obstacles"] == [], option.name


def test_a_measured_rate_counts_its_failures(library: Library) -> None:
    some = Offering(models=("openai/gpt-4.1-mini",), services=(), base_models=())
    unknown = search_options(read_scenario(DOCUMENT), library, some).options[0]
    measured = Offering(models=some.models, services=(), base_models=(), success_rates={"gpt-4.1-mini": 0.8})
    known = search_options(read_scenario(DOCUMENT), library, measured).options[0]
    growth, discount = 1.02 ** np.arange(12), 1.1 ** (-np.arange(1, 13) / 12)
    assert known.total_usd - unknown.total_usd == pytest.approx(0.2 * 0.02 * 200000 * (growth * discount).sum())


def test_the_template_knows_the_rate_of_its_own_model_alone(library: Library) -> None:
    asked = Offering(models=("openai/gpt-4.1", "openai/gpt-4.1-mini"), services=(), base_models=())
    rates = {each.name: each.success_rate for each in search_options(read_scenario(DOCUMENT), library, asked).options}
    assert rates == {"openai/gpt-4.1, prompted": 0.9, "openai/gpt-4.1-mini, prompted": None}


def test_unknown_quality_is_not_hidden(found: Found) -> None:
    assert [each.code for each in found.warnings] == ["quality_unknown"]


def limited(library: Library, **changes: Any) -> Found:
    measured = {"gpt-4.1": 0.92, "gpt-4.1-mini": 0.85, "Llama-3.1-8B": 0.9, "Llama-3.1-8B, prompted": 0.6}
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
    assert len(everything.options) == 4
    assert everything.warnings == ()
    by_quality = limited(library, target_success_rate=0.9)
    assert {option.name for option in by_quality.options} == {
        "openai/gpt-4.1, prompted",
        "Llama-3.1-8B, lora on H100-SXM",
    }
    assert [each.reason for each in by_quality.excluded] == ["quality", "quality"]
    by_start = limited(library, constraints={"latest_start_months": 0.5})
    assert [(each.kind, each.reason) for each in by_start.excluded] == [("gpus", "start")]
    by_provider = limited(library, constraints={"providers": ["openai"]})
    assert {each.reason for each in by_provider.excluded} == {"no_price"}
    nothing_upfront = limited(library, constraints={"most_upfront_usd": 1})
    assert nothing_upfront.options == ()
    assert {each.reason for each in nothing_upfront.excluded} == {"budget"}
    cheap = limited(library, constraints={"most_total_usd": 20000})
    assert all(option.total_usd <= 20000 for option in cheap.options)
    assert len(cheap.options) + len(cheap.excluded) == 4


@pytest.mark.parametrize(
    "limits",
    [{"constraints": {"most_upfront_usd": 4000, "latest_start_months": 0.6}}, {"target_success_rate": 0.9}],
)
def test_limits_exclude_what_single_estimates_call_infeasible(library: Library, limits: dict[str, Any]) -> None:
    for each in limited(library, **limits).excluded:
        assert each.document is not None
        (advice,) = [alone(each.document, library, **limits)["recommendation"]["feasibility"]["option"]]
        assert each.reason in [obstacle["code"] for obstacle in advice["obstacles"]]


def test_own_gpus_cost_no_rent(library: Library) -> None:
    rented = next(each for each in limited(library).options if each.kind == "gpus")
    own = next(each for each in limited(library, constraints={"own_gpus": ["H100-SXM"]}).options if each.kind == "gpus")
    assert own.provider == "own"
    assert own.total_usd < rented.total_usd


def test_regions_keep_what_names_one_of_them(library: Library) -> None:
    document = {**DOCUMENT, "constraints": {"regions": ["eu-west-2", "data-zone"]}}
    asked = Offering(gpus=("H100-SXM", "A10G"), base_models=("Llama-3.1-8B",))
    found = search_options(read_scenario(document), library, asked)
    assert found.options
    book = library.book()
    for option in found.options:
        if option.kind == "prompted":
            assert option.document["serving"]["variant"] in ("eu-west-2", "data-zone")
        elif option.kind == "managed_tuning":
            assert option.document["serving"]["tier"] == "data-zone"
        else:
            hourly = option.document["serving"]["usd_per_gpu_hour"]
            here = {float(row.value or 0) for row in book.rows("gpu_prices", region="eu-west-2")}
            assert hourly in here
        assert option.total_usd == pytest.approx(
            alone(option.document, library)["approaches"]["option"]["total_usd"], rel=1e-9
        )
    out = {each.name: each for each in found.excluded}
    assert out["openai/gpt-4.1, prompted"].reason == "region"
    assert "names no region" in out["openai/gpt-4.1, prompted"].detail


def test_an_overflow_is_an_exclusion(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Offering(models=("openai/gpt-4.1", "openai/gpt-4.1-mini", "anthropic/claude-opus-4-5"), services=())
    before = search_options(read_scenario(DOCUMENT), library, asked)
    largest = before.options[len(before.options) // 2].total_usd
    monkeypatch.setattr("estimator.computation.LARGEST_USD", largest)
    found = search_options(read_scenario(DOCUMENT), library, asked)
    assert found.options == tuple(each for each in before.options if each.total_usd < largest)
    out = [each for each in found.excluded if each not in before.excluded]
    assert {(each.name, each.kind) for each in out} == {
        (each.name, each.kind) for each in before.options if each.total_usd >= largest
    }
    assert all("exceeds what a number can hold" in each.detail for each in out)


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
        search_options(read_scenario(document), library, WIDE)


@pytest.mark.parametrize(
    ("field", "name"), [("services", "opnai"), ("base_models", "Llama-3.1-8"), ("methods", "lor"), ("gpus", "H100")]
)
def test_names_that_no_table_has_are_refused_at_their_place(library: Library, field: str, name: str) -> None:
    with pytest.raises(UnknownNameError) as refusal:
        search_options(read_scenario(DOCUMENT), library, Offering(**{field: (name,)}))
    assert refusal.value.pointer == f"/{field}/0"


def test_an_approach_that_is_named_option_stays(library: Library) -> None:
    document = copy.deepcopy(DOCUMENT)
    document["approaches"]["option"] = document["approaches"].pop("prompt")
    document["baseline"] = "option"
    asked = Offering(models=("openai/gpt-4.1",), services=(), base_models=())
    renamed, plain = (search_options(read_scenario(each), library, asked) for each in (document, DOCUMENT))
    assert [each.total_usd for each in renamed.options] == [each.total_usd for each in plain.options]


def test_written_options_are_plain_json(found: Found) -> None:
    written = write_options(found, 5)
    assert len(written["options"]) == 5
    assert written["options_found"] == len(found.options)
    json.dumps(written, allow_nan=False)
