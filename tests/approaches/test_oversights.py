"""What a plan has probably forgotten is said, and changes no figure."""

from typing import Any

import pytest

from estimator.answer import answer
from estimator.estimate import estimate
from estimator.price_book import Library
from estimator.web.schemas.scenario import read_scenario


def codes(library: Library, serving: dict[str, Any], **hours: float) -> set[str]:
    """Codes of the warnings of a model tuned at OpenAI and served as told."""
    return {each["code"] for each in warnings(library, serving, **hours)}


def warnings(library: Library, serving: dict[str, Any], *rules: Any, **hours: float) -> list[dict[str, Any]]:
    """Warnings of a model tuned at OpenAI and served as told, under rules of the request."""
    plan = {
        "kind": "fine_tuning",
        "train_examples": 500,
        "tokens_per_example": 900,
        "training": {"kind": "managed", "service": "openai", "base_model": "gpt-4.1-mini"},
        "serving": serving,
        **hours,
    }
    other = {"kind": "lump_sum", "usd_per_request": 0.01}
    document = {
        "price_book": "2026-11-20",
        "horizon_months": 12,
        "price_overrides": list(rules),
        "workload": {"requests_per_month": 10_000, "input_tokens": 500, "output_tokens": 100},
        "approaches": {"tuned": plan, "other": other},
    }
    found = answer(estimate(read_scenario(document), library, frozenset()))
    return list(found["warnings"])


@pytest.mark.parametrize("model", ["openai/gpt-4.1-mini", "openai/gpt-4.1-mini-2025-04-14"])
def test_a_tuned_model_at_the_price_of_its_base_is_named(library: Library, model: str) -> None:
    # the published prices of 2025: base 0.40 and 1.60, tuned 0.80 and 3.20 per million tokens
    assert "base_price_for_tuned_model" in codes(library, {"kind": "api", "model": model})


SERVED = {"kind": "api", "model": "openai/gpt-4.1-mini"}
TUNED_BATCH = {"table": "training_prices", "offer": "openai/gpt-4.1-mini-2025-04-14", "variant": "sft+batch"}


@pytest.mark.parametrize(
    ("serving", "rules", "base", "tuned"),
    [
        (SERVED, [], "USD 0.4 per million input tokens and 1.6 per", "USD 0.8 per million input tokens and 3.2 per"),
        # no batch price of the tuned model is known: the batch share would pay the standard one (decision 0004)
        (
            {**SERVED, "variant": "batch"},
            [],
            "USD 0.4 per million input tokens and 1.6 per million output tokens;",
            "USD 0.8 per million input tokens and 3.2 per",
        ),
        # half of both by batch, as the tables have it for the base model
        (
            {**SERVED, "variant": "batch"},
            [
                {**TUNED_BATCH, "price": "input_token", "value": 0.4},
                {**TUNED_BATCH, "price": "output_token", "value": 1.6},
            ],
            "USD 0.2 per million input tokens and 0.8 per million output tokens by batch;",
            "USD 0.4 per million input tokens and 1.6 per",
        ),
        # an own price as dear as the tuned one: only the input differs
        (
            SERVED,
            [{"table": "token_prices", "offer": "openai/gpt-4.1-mini", "price": "output_token", "value": 3.2}],
            "USD 0.4 per million input tokens and 3.2 per",
            "USD 0.8 per million input tokens and 3.2 per",
        ),
    ],
)
def test_both_prices_of_the_same_variant_are_compared(
    library: Library, serving: dict[str, Any], rules: list[Any], base: str, tuned: str
) -> None:
    found = {each["code"]: each["message"] for each in warnings(library, serving, *rules)}
    words = found["base_price_for_tuned_model"]
    assert f"as the base model, which costs {base}" in words
    assert f"tuned at openai it costs {tuned}" in words


def test_a_rule_that_changes_nothing_is_named(library: Library) -> None:
    own = {"table": "token_prices", "offer": "openai/gpt-4.1-minni", "price": "input_token", "value": 1}
    used = {"table": "token_prices", "offer": "openai/gpt-4.1-mini", "price": "input_token", "value": 1}
    replaced, discount, left_over = {**used, "value": 2}, {"offers": "openai", "share": 0.1}, {**own, "offer": "x/y"}
    found = [
        each
        for each in warnings(library, SERVED, discount, replaced, used, own, left_over)
        if each["code"] == "override_not_used"
    ]
    assert [each["pointer"] for each in found] == ["/price_overrides/1"]
    assert "Likewise 2 more" in found[0]["message"]
    (alone,) = (each for each in warnings(library, SERVED, own) if each["code"] == "override_not_used")
    assert "Nearest known: openai/gpt-4.1-mini" in alone["message"]
    assert "override_not_used" not in {each["code"] for each in warnings(library, SERVED, discount, used)}


def test_a_caching_rule_counts_as_used_where_a_prefix_is_cached(library: Library) -> None:
    rule = {"table": "caching_rules", "offer": "openai/*", "price": "min_cacheable_tokens", "value": 2000}
    cached = {**SERVED, "prompt_caching": {"hit_rate": 0.5}}
    assert [
        "override_not_used" in {each["code"] for each in warnings(library, serving, rule)}
        for serving in (SERVED, cached)
    ] == [True, False]


@pytest.mark.parametrize(
    "serving",
    [
        {"kind": "api", "model": "openai/gpt-4.1"},
        {"kind": "endpoint", "service": "openai", "base_model": "gpt-4.1-mini"},
        {"kind": "api", "prices": {"input_usd_per_mtok": 0.8, "output_usd_per_mtok": 3.2}},
    ],
)
def test_another_model_the_tuned_one_and_stated_prices_pass(library: Library, serving: dict[str, Any]) -> None:
    assert "base_price_for_tuned_model" not in codes(library, serving)


def test_work_that_nobody_does_is_named(library: Library) -> None:
    serving = {"kind": "api", "prices": {"input_usd_per_mtok": 0.8, "output_usd_per_mtok": 3.2}}
    assert "no_hours_counted" in codes(library, serving)
    assert "no_hours_counted" not in codes(library, serving, engineering_hours=40)
