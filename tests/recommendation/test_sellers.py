"""Limits on providers and regions: an approach that breaks them is not feasible, what cannot be told is said."""

from typing import Any

import pytest

from estimator.answer import answer
from estimator.estimate import estimate
from estimator.options import search_options
from estimator.price_book import Library
from estimator.web.schemas.scenario import read_scenario


def question(constraints: dict[str, Any] | None = None, **plans: dict[str, Any]) -> dict[str, Any]:
    return {
        "horizon_months": 6,
        "workload": {"requests_per_month": 1e5, "input_tokens": 500, "output_tokens": 100},
        "constraints": constraints,
        "approaches": {"sum": {"kind": "lump_sum", "upfront_usd": 1e9}, **plans},
    }


def prompted(model: str | None = None, variant: str = "", **serving: Any) -> dict[str, Any]:
    named = {"kind": "api", "variant": variant, **({"model": model} if model else {}), **serving}
    return {"kind": "prompt_engineering", "prompt_tokens": 100, "serving": named}


def told(document: dict[str, Any], library: Library) -> tuple[dict[str, list[str]], dict[str, Any]]:
    found = answer(estimate(read_scenario(document), library, frozenset()))
    feasibility = found["recommendation"]["feasibility"]
    codes = {
        name: [each["code"] for each in one["obstacles"] if each["code"] != "availability"]
        for name, one in feasibility.items()
    }
    return codes, {each["code"]: each for each in found["warnings"]} | {"advice": found["recommendation"]}


def test_a_provider_that_is_not_allowed_stands_against_every_approach_that_pays_it(library: Library) -> None:
    plans = {
        "gpt": prompted("gpt-5-mini"),
        "claude": prompted("anthropic/claude-haiku-4-5"),
        "both": {"kind": "hybrid", "mode": "cascade", "first": "claude", "fallback": "gpt", "escalated_share": 0.2},
        "later": {"kind": "staged", "first": "gpt", "then": "claude", "switch_month": 3},
    }
    codes, found = told(question({"providers": ["anthropic"]}, **plans), library)
    assert codes == {"sum": [], "gpt": ["provider"], "claude": [], "both": ["provider"], "later": ["provider"]}
    assert found["advice"]["approach"] == "claude"
    against = found["advice"]["feasibility"]["gpt"]["obstacles"][-1]
    assert against["text"] == "openai is not among the providers allowed"
    free, _ = told(question(None, **plans), library)
    assert not any(free.values())


def test_prices_of_ones_own_are_let_pass_with_a_warning(library: Library) -> None:
    prices = {"input_usd_per_mtok": 1, "output_usd_per_mtok": 2}
    endpoint = {"kind": "endpoint", "service": "openai", "prices": prices}
    plans = {"own": prompted(prices=prices), "named": {**prompted(), "serving": endpoint}}
    codes, found = told(question({"providers": ["anthropic"]}, **plans), library)
    assert codes == {"sum": [], "own": [], "named": ["provider"]}
    assert found["limits_not_checked"]["pointer"] == "/constraints/providers"
    assert found["limits_not_checked"]["message"].endswith("is not checked for: sum, own.")


def test_gpus_are_held_against_both_limits(library: Library) -> None:
    def machine(**changes: Any) -> dict[str, Any]:
        serving = {"kind": "gpus", "base_model": "Llama-3.1-8B", "gpu": "H100-SXM", **changes}
        return {"kind": "prompt_engineering", "prompt_tokens": 100, "serving": serving}

    priced = library.book().gpu_hour("H100-SXM").row
    seller = priced.offer.partition("/")[0]
    plans = {"rented": machine(), "stated": machine(provider="elsewhere", usd_per_gpu_hour=1.0)}
    plans["bought"] = machine(owned={"usd_per_gpu": 30000})
    codes, _ = told(question({"providers": [seller]}, **plans), library)
    assert codes == {"sum": [], "rented": [], "stated": ["provider"], "bought": []}
    codes, _ = told(question({"regions": ["nowhere"]}, **plans), library)
    assert codes == {"sum": [], "rented": ["region"], "stated": [], "bought": []}


@pytest.mark.parametrize("limits", [{"providers": ["openai", "azure"]}, {"regions": ["data-zone", "global"]}])
def test_options_kept_by_the_search_are_feasible_and_those_left_out_are_not(
    limits: dict[str, Any], library: Library
) -> None:
    tuned = {
        "kind": "fine_tuning",
        "train_examples": 500,
        "training": {"kind": "managed", "prices": {"training_usd_per_mtok": 5}},
        "serving": {"kind": "endpoint", "prices": {"input_usd_per_mtok": 1, "output_usd_per_mtok": 2}},
    }
    document = question(limits, prompt=prompted("gpt-5-mini"), tuned=tuned)
    found = search_options(read_scenario(document), library)
    kept = [each for each in found.options if each.kind in ("prompted", "managed_tuning")]
    kept = [*kept[:12], *(each for each in kept if each.kind == "managed_tuning")][:20]
    assert {each.kind for each in kept} == {"prompted", "managed_tuning"}
    left = list(search_options(read_scenario(question(None, **document["approaches"])), library).options)
    names = {each.name for each in found.options}
    left = [each for each in left if each.kind == "prompted" and each.name not in names][:12]
    assert left
    for option in kept:
        codes, _ = told(question(limits, option=option.document), library)
        assert codes["option"] == [], option.name
    for option in left:
        codes, _ = told(question(limits, option=option.document), library)
        assert set(codes["option"]) & {"provider", "region"}, option.name
