"""One rule of price_overrides, one figure: in an estimate, a row of a sweep, a draw, a bar of the tornado, a flip.

Expected values are those of an estimate of its own, whose book is opened with the value itself, so that nothing is
varied there; what own prices and factors come to is worked by hand in `test_price_factors.py`.
"""

from typing import Any

import numpy as np
import pytest

from estimator.computation import compute, looked_up
from estimator.errors import ScenarioError
from estimator.estimate import estimate, open_book
from estimator.price_book import Library
from estimator.scenario.pointer import at_base, with_values
from estimator.sensitivity.tornado import levers_of, tornado
from estimator.sweeps import Axis, sweep
from estimator.uncertainty import uncertain_inputs
from estimator.uncertainty.assessment import run_draws
from estimator.uncertainty.draws import draw
from estimator.web.schemas.scenario import read_scenario

CLAUDE = "anthropic/claude-sonnet-5-5"
EVERY_PRICE: dict[str, Any] = {
    "horizon_months": 6,
    "workload": {"requests_per_month": 40_000, "input_tokens": 800, "output_tokens": 300, "batch_share": 0.3},
    "labelling": {"seconds_per_label": 60, "guideline_hours": 5, "test_examples": 100},
    "approaches": {
        "prompted": {
            "kind": "prompt_engineering",
            "prompt_tokens": 3000,
            "effort_hours": 30,
            "serving": {"kind": "api", "model": CLAUDE, "prompt_caching": {"hit_rate": 0.5}},
        },
        "paid by the call": {
            "kind": "prompt_engineering",
            "prompt_tokens": 500,
            "serving": {"kind": "api", "model": "perplexity/sonar"},
        },
        "dear by day": {
            "kind": "prompt_engineering",
            "prompt_tokens": 500,
            "serving": {"kind": "api", "model": "deepseek/deepseek-v4-pro"},
        },
        "timed cache": {
            "kind": "prompt_engineering",
            "prompt_tokens": 3000,
            "serving": {"kind": "api", "model": CLAUDE, "prompt_caching": "auto"},
        },
        "managed": {
            "kind": "fine_tuning",
            "train_examples": 500,
            "tokens_per_example": 1000,
            "curation_hours": 10,
            "engineering_hours": 20,
            "lead_time_months": 0,
            "training": {"kind": "managed", "service": "azure", "base_model": "gpt-4.1-mini"},
            "serving": {"kind": "endpoint", "service": "azure", "base_model": "gpt-4.1-mini"},
        },
        "by the hour": {
            "kind": "fine_tuning",
            "train_examples": 500,
            "tokens_per_example": 1000,
            "lead_time_months": 0,
            "training": {"kind": "managed", "service": "azure", "base_model": "o4-mini", "hours_per_run": 2},
            "serving": {"kind": "endpoint", "service": "aws-bedrock", "base_model": "amazon-titan-text-lite"},
        },
        "at least": {
            "kind": "fine_tuning",
            "train_examples": 10,
            "tokens_per_example": 100,
            "lead_time_months": 0,
            "training": {"kind": "managed", "service": "together", "base_model": "17B-69B"},
            "serving": {"kind": "api", "model": CLAUDE},
        },
        "rented": {
            "kind": "fine_tuning",
            "train_examples": 500,
            "tokens_per_example": 1000,
            "lead_time_months": 0,
            "training": {"kind": "gpus", "base_model": "Llama-3.1-8B", "gpu": "A100-80GB-SXM", "gpus": 1},
            "serving": {"kind": "gpus", "base_model": "Llama-3.1-8B", "gpu": "H100-SXM"},
        },
    },
}
EURO = {"table": "exchange_rates", "offer": "EUR", "price": "exchange_rate", "value": 0.9}


def factor(offers: str, prices: str = "*") -> dict[str, Any]:
    return {"offers": offers, "prices": prices, "factor": 1.0}


def own(table: str, offer: str, price: str, **more: Any) -> dict[str, Any]:
    return {"table": table, "offer": offer, "price": price, "value": 1.0, **more}


RULES: dict[str, tuple[dict[str, Any], tuple[float, ...], str]] = {
    # what is stated, three values, an approach that pays it
    "tokens of a provider": (factor("anthropic"), (0.5, 1.0, 3.0), "prompted"),
    "batch tokens": (own("token_prices", CLAUDE, "output_token", variant="batch"), (0.0, 5.0, 20.0), "prompted"),
    "tokens read from the cache": (own("token_prices", CLAUDE, "cached_input_token"), (0.0, 0.1, 1.0), "prompted"),
    "fee of a request": (factor("perplexity", "request"), (0.5, 1.0, 3.0), "paid by the call"),
    "own fee of a request": (own("token_prices", "perplexity/sonar", "request"), (0.0, 0.01, 0.02), "paid by the call"),
    "tokens by the hour of the day": (factor("deepseek/*", "*_token"), (0.5, 1.0, 3.0), "dear by day"),
    "an own price for the rest of the day": (
        own("token_prices", "deepseek/deepseek-v4-pro", "input_token", from_quantity=700),
        (0.0, 1.0, 9.0),
        "dear by day",
    ),
    "wages": (factor("prompt_engineer"), (0.5, 1.0, 3.0), "prompted"),
    "own wages": (own("labour_rates", "annotator", "wage_hour"), (5.0, 20.0, 80.0), "managed"),
    "managed training": (factor("azure", "training_token"), (0.5, 1.0, 30.0), "managed"),
    "training by the hour": (factor("azure", "training_hour"), (0.5, 1.0, 3.0), "by the hour"),
    "the least of a run": (factor("together", "minimum_run"), (0.5, 1.0, 30.0), "at least"),
    "endpoint by the hour": (own("hosting_prices", "azure/gpt-4.1-mini", "hosting_hour"), (0.0, 1.7, 3.0), "managed"),
    "stored model": (factor("aws-bedrock", "storage_month"), (0.5, 1.0, 30.0), "by the hour"),
    "tokens of an endpoint": (factor("azure/gpt-4.1-mini", "*_token"), (0.5, 1.0, 3.0), "managed"),
    "hours of every GPU": (factor("*", "gpu_hour"), (0.5, 1.0, 3.0), "rented"),
    "hours of one seller's GPUs": (factor("runpod", "gpu_hour"), (0.3, 1.0, 5.0), "rented"),
    "hours of a GPU of your own": (own("gpu_prices", "mine/H100-SXM", "gpu_hour"), (0.0, 2.0, 5.0), "rented"),
    "exchange rate": (EURO, (0.6, 0.9, 1.4), "prompted"),
    "shortest prefix that is cached": (
        own("caching_rules", "anthropic/*", "min_cacheable_tokens"),
        (1000.0, 3000.0, 5000.0),
        "prompted",
    ),
    "life of a cached prefix": (
        own("caching_rules", "anthropic/*", "cache_ttl_minutes"),
        (0.01, 0.5, 60.0),
        "timed cache",
    ),
}
HELD = {"hours of one seller's GPUs", "life of a cached prefix"}
"""Rules that change what is decided, a seller or whether to cache: draws and bars keep what the base case decided."""


def question(name: str, value: Any) -> tuple[dict[str, Any], str]:
    """An approach that pays by one rule, beside rules that must not get in its way, and where its number stands."""
    rule, _, payer = RULES[name]
    field = "factor" if "factor" in rule else "value"
    others = [{"offers": "anthropic", "share": 0.1}, {"offers": "openai", "factor": 2.0}]
    approaches = {"sum": {"kind": "lump_sum", "upfront_usd": 9000}, "paid": EVERY_PRICE["approaches"][payer]}
    document = {**EVERY_PRICE, "approaches": approaches, "price_overrides": [*others, {**rule, field: value}]}
    if rule is EURO:
        document["currency"] = "EUR"
    return document, f"/price_overrides/2/{field}"


def alone(name: str, value: Any, library: Library) -> float:
    """What the approach costs above the other one by an estimate of its own."""
    curves = estimate(read_scenario(question(name, value)[0]), library, frozenset()).computed.curves
    return float(curves["paid"].total_usd[0] - curves["sum"].total_usd[0])


@pytest.mark.parametrize("name", RULES)
def test_a_row_of_a_sweep_is_its_own_estimate(name: str, library: Library) -> None:
    values = RULES[name][1]
    document, pointer = question(name, values[1])
    rows = [row for block in sweep(read_scenario(document), library, [Axis(pointer, values)]) for row in block.rows()]
    assert [row["error"] for row in rows] == [None] * len(values)
    found = [row["total_usd"]["paid"] - row["total_usd"]["sum"] for row in rows]
    expected = [alone(name, value, library) for value in values]
    assert found == pytest.approx(expected, rel=1e-12)
    assert expected == sorted(expected, reverse=name == "life of a cached prefix")
    assert expected[0] != pytest.approx(expected[2], rel=1e-6), "the rule must matter here"


@pytest.mark.parametrize("name", sorted(RULES.keys() - HELD))
def test_draws_and_bars_are_estimates_of_what_is_drawn(name: str, library: Library) -> None:
    """Half of the draws at either end: every draw, and the P10 and P90 of the bar, stand at one of two values."""
    low, _, high = RULES[name][1]
    document, pointer = question(name, {"dist": "discrete", "values": [low, high], "probabilities": [0.5, 0.5]})
    scenario = read_scenario({**document, "draws": 64})
    expected = [alone(name, value, library) for value in (low, high)]
    book = open_book(scenario, library)
    base = compute(at_base(scenario), book)
    mine = [each for each in uncertain_inputs(scenario) if each.pointer == pointer]
    drawn = draw(mine, (), 64, 1).values
    runs = run_draws(at_base(scenario), book, base, drawn, 64, [("paid", "sum")]).after_usd
    together = (runs["paid"] - runs["sum"])[-1]
    assert together == pytest.approx([expected[int(each == high)] for each in drawn[pointer][:, 0]], rel=1e-9)
    bars = tornado(scenario, book, base, ("paid", "sum"), levers_of(scenario, looked_up(base)), traffic=False)
    assert next(bar.usd for bar in bars if bar.lever.pointer == pointer) == pytest.approx(expected, rel=1e-9)


TURNING = ("tokens of a provider", "fee of a request", "wages", "hours of every GPU", "hours of one seller's GPUs")
TURNING = (*TURNING, "exchange rate", "tokens by the hour of the day")


@pytest.mark.parametrize("name", TURNING)
def test_a_flip_is_where_an_estimate_of_its_own_turns(name: str, library: Library) -> None:
    """The sum is set between two values of the rule: on either side of the flip another one is the cheapest.

    Another seller may be meant there: flips ask what if this number were known today, and decide anew.
    """
    low, today, _ = RULES[name][1]
    middle = (alone(name, low, library) + alone(name, today, library)) / 2
    document, pointer = question(name, today)
    document["approaches"]["sum"] = {"kind": "lump_sum", "upfront_usd": 9000 + middle}
    found = estimate(read_scenario(document), library, frozenset({"flips"})).recommendation
    flip = next(each for each in found.flips if each.pointer == pointer)
    beside = [alone(name, flip.at * side, library) - middle for side in (1 - 1e-6, 1 + 1e-6)]
    assert beside[0] * beside[1] < 0


def test_a_provider_that_is_not_allowed_stays_so_where_its_price_is_varied(library: Library) -> None:
    """The cheaper model is sold by a provider that constraints do not allow: no price of it makes the choice turn."""
    serving = [{"kind": "api", "model": model} for model in ("openai/gpt-5.4", "anthropic/claude-haiku-4-5")]
    plans = [{"kind": "prompt_engineering", "prompt_tokens": 0, "serving": each} for each in serving]
    document = {
        "workload": EVERY_PRICE["workload"],
        "constraints": {"providers": ["openai"]},
        "price_overrides": [{"offers": "anthropic", "factor": 1.5}],
        "approaches": dict(zip(("allowed", "cheaper"), plans, strict=True)),
    }
    found = estimate(read_scenario(document), library, frozenset({"flips"}))
    totals = {name: float(curve.total_usd[0]) for name, curve in found.computed.curves.items()}
    assert totals["cheaper"] < totals["allowed"]
    assert found.recommendation.approach == "allowed"
    assert found.recommendation.flips == ()


def test_a_seller_that_depends_on_the_price_is_asked_for_where_only_some_are_allowed(library: Library) -> None:
    name = "hours of one seller's GPUs"
    document, pointer = question(name, 1.0)
    scenario = read_scenario({**document, "constraints": {"providers": ["runpod"]}})
    columns = with_values(scenario, {pointer: np.array([[0.3], [5.0]])})
    with pytest.raises(ScenarioError, match="Name the provider") as refusal:
        compute(columns, open_book(scenario, library))
    assert refusal.value.pointer == "/approaches/paid/serving/provider"
    # the rows of a sweep are computed one by one then, each with its own seller
    (block,) = sweep(scenario, library, [Axis(pointer, (0.3, 5.0))])
    found = [row["total_usd"]["paid"] - row["total_usd"]["sum"] for row in block.rows()]
    assert found == pytest.approx([alone(name, value, library) for value in (0.3, 5.0)], rel=1e-12)
