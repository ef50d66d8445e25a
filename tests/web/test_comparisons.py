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
    found = compare(client, {"left": EXAMPLE, "right": longer})
    assert {"pointer": "/horizon_months", "left": 24, "right": 36} in found["inputs"]
    first, second = totals(client, EXAMPLE), totals(client, longer)
    for name in first:
        shown = found["approaches"][name]
        assert shown["total_usd"]["change"] == pytest.approx(second[name] - first[name])
        assert sum(each["change"] for each in shown["components"]) == pytest.approx(shown["total_usd"]["change"])


def test_the_same_twice_differs_by_nothing(client: FlaskClient) -> None:
    found = compare(client, {"left": EXAMPLE})
    assert found["inputs"] == found["prices"] == []
    assert all(each["total_usd"]["change"] == 0 for each in found["approaches"].values())


def test_one_scenario_under_two_price_books(client: FlaskClient) -> None:
    found = compare(client, {"left": EXAMPLE, "price_books": [None, "2026-11-01"]})
    assert found["right"]["price_book"]["on"] == "2026-11-01"
    assert found["left"]["price_book"]["on"] > "2026-11-01"
    assert "two price books" in compare(client, {"left": EXAMPLE, "price_books": [None]}, 422)["detail"]


def test_objections_point_into_the_scenario_they_are_about(client: FlaskClient) -> None:
    refused = compare(client, {"left": EXAMPLE, "right": {**EXAMPLE, "horizon_months": 0}}, 422)
    assert refused["errors"][0]["pointer"] == "/right/horizon_months"
    refused = compare(client, {"left": EXAMPLE, "right": {**EXAMPLE, "baseline": "promt"}}, 422)
    assert refused["errors"][0]["pointer"] == "/right/baseline"
