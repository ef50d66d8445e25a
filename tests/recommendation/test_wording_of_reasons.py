"""What the reasons say: which two approaches they compare, and what is predicted."""

from typing import Any

from estimator.answer import answer
from estimator.estimate import estimate
from estimator.presets import presets
from estimator.price_book import Library
from estimator.web.schemas.scenario import read_scenario


def answered(preset: str, library: Library) -> dict[str, Any]:
    return answer(estimate(read_scenario(presets()[preset].scenario), library))


def reasons_of(found: dict[str, Any]) -> dict[str, str]:
    return {each["criterion"]: each["text"] for each in found["recommendation"]["reasons"]}


def test_reasons_about_two_that_are_not_recommended_say_so(library: Library) -> None:
    """The cascade is recommended; prompt and tuned model alone are its parts. Hours are those of the scenario."""
    found = answered("support-transcripts", library)
    told = reasons_of(found)
    assert found["recommendation"]["approach"] == "tuned first, hard calls escalated"
    assert told["change"] == (
        "Between the others: at any rate of change style-guide prompt stays cheaper than tuned 9B by the token; "
        "0.15 changes a month are expected."
    )
    assert told["skills and budget"].startswith("Between the others: tuned 9B by the token takes 120 hours")
    assert told["effort"].startswith("Between the others: up front style-guide prompt")
    assert not told["cost"].startswith("Between")
    totals = {name: each["total_usd"] for name, each in found["approaches"].items()}
    assert totals["style-guide prompt"] < totals["tuned 9B by the token"]


def test_reasons_about_the_one_recommended_name_both(library: Library) -> None:
    told = reasons_of(answered("entity-extraction", library))
    assert told["change"].startswith("Changes of the requirements cost more with tuned 8B by the token: it and schema ")
    assert not any(text.startswith("Between") for text in told.values())
    assert "stays cheaper than tuned 4B by the token" in reasons_of(answered("prototype", library))["change"]


def test_what_was_predicted_is_named_after_what_must_be_decided(library: Library) -> None:
    """The tuned model of the example trains and serves on GPUs whose speeds and memory are not stated."""
    warnings = answered("review-sentiment", library)["warnings"]
    assert [each["code"] for each in warnings] == ["quality_unequal", "hardware_spread"]
    assert warnings[-1]["message"] == (
        "Predicted, without a stated range: training time, training memory, serving speed. How far off such "
        "predictions were before is counted in."
    )
