"""What a plan has probably forgotten is said, and changes no figure."""

from typing import Any

import pytest

from estimator.answer import answer
from estimator.estimate import estimate
from estimator.price_book import Library
from estimator.web.schemas.scenario import read_scenario


def codes(library: Library, serving: dict[str, Any], **hours: float) -> set[str]:
    """Codes of the warnings of a model tuned at OpenAI and served as told."""
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
        "workload": {"requests_per_month": 10_000, "input_tokens": 500, "output_tokens": 100},
        "approaches": {"tuned": plan, "other": other},
    }
    found = answer(estimate(read_scenario(document), library, frozenset()))
    return {each["code"] for each in found["warnings"]}


@pytest.mark.parametrize("model", ["openai/gpt-4.1-mini", "openai/gpt-4.1-mini-2025-04-14"])
def test_a_tuned_model_at_the_price_of_its_base_is_named(library: Library, model: str) -> None:
    # the published prices of 2025: base 0.40 and 1.60, tuned 0.80 and 3.20 per million tokens
    assert "base_price_for_tuned_model" in codes(library, {"kind": "api", "model": model})


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
