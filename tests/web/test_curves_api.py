import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from estimator.web.api.break_even_curves import EXAMPLE
from estimator.web.schemas.estimates import EXAMPLE as SCENARIO


def post(client: FlaskClient, sent: Any, status: int = 200) -> Any:
    answer = client.post("/api/v1/break-even-curves", json=sent)
    assert answer.status_code == status, answer.data
    return json.loads(answer.data)


def test_each_point_of_a_curve_is_the_break_even_of_its_own_estimate(client: FlaskClient) -> None:
    curve = post(client, EXAMPLE)
    assert curve["x"] == [5000.0, 10000.0, 15000.0, 20000.0, 25000.0, 30000.0]
    for upfront, roots in zip(curve["x"], curve["y"], strict=True):
        tuned = {**SCENARIO["approaches"]["tuned"], "upfront_usd": upfront}
        scenario = {**SCENARIO, "approaches": {**SCENARIO["approaches"], "tuned": tuned}}
        found = json.loads(client.post("/api/v1/estimates", json=scenario).data)
        crossings = found["break_even"][0]["requests_per_month"]["crossings"]
        assert roots == pytest.approx([each["requests_per_month"] for each in crossings], rel=1e-6)


def test_months_along_traffic(client: FlaskClient) -> None:
    traffic = {"pointer": "/workload/requests_per_month", "from": 1000, "to": 1e6, "points": 4, "scale": "log"}
    curve = post(client, {**EXAMPLE, "x": traffic, "y": "month"})
    assert curve["y"][0] == []
    assert curve["reasons"][0] is not None
    assert len(curve["y"][-1]) >= 1
    assert curve["reasons"][-1] is None


def test_a_surface_has_a_first_break_even_and_a_winner_for_each_cell(client: FlaskClient) -> None:
    z = {"pointer": "/workload/requests_per_month", "from": 1e4, "to": 1e6, "points": 3}
    surface = post(client, {**EXAMPLE, "y": "month", "z": z})
    assert len(surface["y"]) == len(surface["winner"]) == len(surface["z"]) == 3
    assert all(len(row) == len(surface["x"]) for row in surface["y"])
    assert {name for row in surface["winner"] for name in row} <= set(SCENARIO["approaches"])


@pytest.mark.parametrize(
    ("changed", "pointer", "words"),
    [
        ({"x": {**EXAMPLE["x"], "pointer": "/workload/request_per_month"}}, "/x/pointer", "requests_per_month"),
        ({"x": {**EXAMPLE["x"], "from": -5}}, "/x", "at least 0"),
        ({"x": {**EXAMPLE["x"], "points": 0}}, "/x/points", "at least 1"),
        ({"x": {**EXAMPLE["x"], "scale": "logg"}}, "/x/scale", "log"),
        ({"candidate": "tund"}, "/candidate", "tuned"),
        ({"y": "/horizon_months"}, "/y", "shapes the calculation"),
        ({"y_search": {"from": 5, "to": 1}}, "/y", "from must lie below to"),
        ({"z": {**EXAMPLE["x"], "points": 2000}, "x": {**EXAMPLE["x"], "points": 2000}}, "/x/points", "at most 1"),
    ],
)
def test_what_cannot_be_drawn_is_told_with_its_pointer(
    client: FlaskClient, changed: dict[str, Any], pointer: str, words: str
) -> None:
    (found,) = post(client, {**EXAMPLE, **changed}, 422)["errors"]
    assert found["pointer"].startswith(pointer)
    assert words in found["detail"]


def test_the_cases_are_verified_live(client: FlaskClient) -> None:
    answer = client.get("/api/v1/verification")
    found = json.loads(answer.data)
    assert found["failed"] == sum(not each["passed"] for each in found["cases"])
    assert found["passed"] + found["failed"] == len(found["cases"]) > 50
