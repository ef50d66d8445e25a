"""The search finds a few names with what is worth knowing, and never fails."""

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("what", "words", "told"),
    [
        ("model", "claude sonnet", "USD"),
        ("gpu", "h100", "GB"),
        ("base_model", "llama 8b", "billion parameters"),
        ("service", "fire", ""),
        ("provider", "run", ""),
        ("tuned_model", "qwen", ""),
    ],
)
def test_finds_what_holds_every_word(client: FlaskClient, what: str, words: str, told: str) -> None:
    found = client.get("/names", query_string={"what": what, "q": words}).get_json()
    assert 0 < len(found) <= 10
    for each in found:
        assert all(word in each["name"].lower() for word in words.split())
    assert any(told in each["note"] for each in found)


def test_tells_what_tuning_costs_at_the_service_that_was_named(client: FlaskClient) -> None:
    found = client.get("/names", query_string={"what": "tuned_model", "q": "Qwen3-8B", "of": "tinker"}).get_json()
    assert "training USD" in found[0]["note"]


def test_tells_the_day_on_which_a_model_ends(client: FlaskClient) -> None:
    found = client.get("/names", query_string={"what": "model", "q": "aiand/deepseek-ai/deepseek-v4-flash"}).get_json()
    assert "ends 27 Oct 2026" in found[0]["note"]


@pytest.mark.parametrize(
    "query", [{}, {"what": "wage"}, {"what": "model", "q": "\x00"}, {"what": "gpu", "q": "nothing like it"}]
)
def test_finds_nothing_rather_than_failing(client: FlaskClient, query: dict[str, str]) -> None:
    assert client.get("/names", query_string=query).get_json() == []
