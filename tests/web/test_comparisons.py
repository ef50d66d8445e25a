import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from estimator.web.schemas.estimates import EXAMPLE


def compare(client: FlaskClient, sent: Any, status: int = 200) -> Any:
    answer = client.post("/api/v1/comparisons", json=sent)
    assert answer.status_code == status, answer.data
    return json.loads(answer.data)


def totals(client: FlaskClient, scenario: Any) -> dict[str, float]:
    found = json.loads(client.post("/api/v1/estimates", json=scenario).data)
    return {name: each["total_usd"] for name, each in found["approaches"].items()}


def test_two_scenarios_differ_by_what_their_estimates_differ_by(client: FlaskClient) -> None:
    longer = {**EXAMPLE, "horizon_months": 36}
    found = compare(client, {"a": EXAMPLE, "b": longer})
    assert {"pointer": "/horizon_months", "a": 24, "b": 36} in found["changed"]
    first, second = totals(client, EXAMPLE), totals(client, longer)
    for name in first:
        shown = found["approaches"][name]["total_usd"]
        assert shown["difference_usd"] == pytest.approx(second[name] - first[name])
        parts = sum(
            each["difference_usd"] for one, each in found["approaches"][name].items() if not one.endswith("_usd")
        )
        assert parts == pytest.approx(shown["difference_usd"])


def test_the_same_twice_differs_by_nothing(client: FlaskClient) -> None:
    found = compare(client, {"a": EXAMPLE})
    assert found["changed"] == []
    assert all(each["difference_usd"] == 0 for one in found["approaches"].values() for each in one.values())


def test_an_approach_that_one_side_lacks_has_no_difference(client: FlaskClient) -> None:
    more = {**EXAMPLE, "approaches": {**EXAMPLE["approaches"], "third": {"kind": "lump_sum"}}}
    found = compare(client, {"a": EXAMPLE, "b": more})
    assert found["approaches"]["third"]["total_usd"] == {"a": None, "b": 0.0, "difference_usd": None}


def test_one_scenario_under_two_price_books(client: FlaskClient) -> None:
    found = compare(client, {"a": EXAMPLE, "price_books": [None, "2026-11-01"]})
    assert found["b"]["price_book"]["on"] == "2026-11-01"
    assert found["a"]["price_book"]["on"] > "2026-11-01"
    assert "two price books" in compare(client, {"a": EXAMPLE, "price_books": [None]}, 422)["detail"]


def test_objections_point_into_the_scenario_they_are_about(client: FlaskClient) -> None:
    refused = compare(client, {"a": EXAMPLE, "b": {**EXAMPLE, "horizon_months": 0}}, 422)
    assert refused["errors"][0]["pointer"] == "/b/horizon_months"
    refused = compare(client, {"a": EXAMPLE, "b": {**EXAMPLE, "baseline": "promt"}}, 422)
    assert refused["errors"][0]["pointer"] == "/b/baseline"
