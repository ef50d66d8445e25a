"""What is taken away holds the numbers of the answer, and no text in it runs."""

import csv
import io
import json
import subprocess
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient

from estimator.presets import presets
from estimator.web.charts import CHARTS
from estimator.web.documents import read_json, read_yaml, write_yaml
from estimator.web.files import curl

EVIL = '=HYPERLINK("http://example.com")'


def taken(client: FlaskClient, name: str, document: Any) -> bytes:
    with client.post(f"/files/{name}", data={"scenario": write_yaml(document)}) as answer:
        assert answer.status_code == 200
        assert name in answer.headers["Content-Disposition"]
        return answer.data


@pytest.fixture
def document() -> dict[str, Any]:
    scenario = read_yaml(write_yaml(presets()["prototype"].scenario))
    scenario["name"] = EVIL
    scenario["approaches"] = {
        EVIL if name == "quick prompt" else name: plan for name, plan in scenario["approaches"].items()
    }
    scenario["baseline"] = EVIL
    return dict(scenario)


def test_scenario_comes_back_the_same(client: FlaskClient, document: dict[str, Any]) -> None:
    assert read_json(taken(client, "scenario.json", document)) == document
    assert read_yaml(taken(client, "scenario.yaml", document).decode()) == document


def test_workbook_holds_the_answer_as_plain_cells(client: FlaskClient, document: dict[str, Any]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(taken(client, "estimate.xlsx", document)))
    found = client.post("/api/v1/estimates?include=monthly_components,assumptions,prices", json=document).get_json()
    totals = {row[0]: row for row in book["Totals"].iter_rows(min_row=2, values_only=True)}
    for name, approach in found["approaches"].items():
        assert totals[name][4] == pytest.approx(approach["total_usd"])
    by_month = list(book["Components by month"].iter_rows(min_row=2, values_only=True))
    for name, approach in found["approaches"].items():
        paid = [sum(row[3 + month] for row in by_month if row[0] == name) for month in range(9)]
        assert paid == pytest.approx(approach["monthly_usd"])
    assert len(list(book["Assumptions"].rows)) == len(found["assumptions"]) + 1
    assert len(list(book["Prices"].rows)) == len(found["prices_used"]) + 1
    assert {cell.data_type for sheet in book for row in sheet.rows for cell in row} <= {"s", "n", "b"}
    assert any(cell.value == EVIL for row in book["Totals"].rows for cell in row)


def test_csv_adds_up_and_runs_nothing(client: FlaskClient, document: dict[str, Any]) -> None:
    rows = list(csv.DictReader(io.StringIO(taken(client, "estimate.csv", document).decode())))
    found = client.post("/api/v1/estimates", json=document).get_json()
    total = sum(float(row["total_usd"]) for row in rows)
    assert total == pytest.approx(sum(each["total_usd"] for each in found["approaches"].values()))
    assert not any(value.startswith("=") for row in rows for value in row.values())


def test_an_unknown_file_is_not_found(client: FlaskClient) -> None:
    assert client.post("/files/secrets", data={"scenario": "{}"}).status_code == 404


def test_what_cannot_be_computed_is_told_on_the_page(client: FlaskClient) -> None:
    page = client.post("/files/estimate.xlsx", data={"scenario": "name: x"}).get_data(as_text=True)
    assert "This cannot be computed yet" in page


def test_command_hands_the_shell_the_scenario_as_it_is(document: dict[str, Any]) -> None:
    document["name"] = 'it\'s $HOME `id` \\ "quoted"'
    command = curl(document, "http://localhost/").replace("curl", "printf '%s\\n'", 1)
    said = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own words
    assert json.loads(said.rstrip("\n").rpartition("\n")[2]) == document


@pytest.mark.parametrize("chart", CHARTS)
def test_data_of_each_chart_are_a_file(client: FlaskClient, chart: str, document: dict[str, Any]) -> None:
    document["workload"]["requests_per_month"] = {"low": 3000, "mode": 4000, "high": 6000}
    for plan in document["approaches"].values():
        plan["success_rate"] = 0.9
    rows = list(csv.DictReader(io.StringIO(taken(client, f"{chart}.csv", document).decode())))
    assert rows
    assert not any(value.startswith("=") for row in rows for value in row.values())


def test_data_of_the_curve_are_those_of_the_answer(client: FlaskClient, document: dict[str, Any]) -> None:
    rows = list(csv.DictReader(io.StringIO(taken(client, "cost-over-time.csv", document).decode())))
    found = client.post("/api/v1/estimates", json=document).get_json()
    for name, approach in found["approaches"].items():
        named = [row for row in rows if row["approach"].removeprefix("'") == name]
        last = max(named, key=lambda row: float(row["month"]))
        assert float(last["cost_usd"]) == pytest.approx(approach["total_usd"], rel=1e-5)


def test_a_chart_that_there_is_not_is_refused_on_the_page(client: FlaskClient) -> None:
    idle = {**presets()["prototype"].scenario}
    idle["workload"] = {**idle["workload"], "requests_per_month": 0}
    page = client.post("/files/cost-by-traffic.csv", data={"scenario": write_yaml(idle)}).get_data(as_text=True)
    assert "no chart" in page
