"""What is taken away holds the numbers of the answer, and no text in it runs."""

import csv
import io
import json
import re
import subprocess
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient

from estimator.presets import presets
from estimator.web.charts.catalogue import CHARTS
from estimator.web.documents import read_json, read_yaml, write_yaml
from estimator.web.questions.export import FORMULA_BEGINNINGS, plain_cell
from estimator.web.takeaway.files import FILES, curl
from estimator.web.takeaway.workbook import PRICE_COLUMNS

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
    assert {cell.data_type for sheet in book for row in sheet.rows for cell in row} <= {"s", "n", "b", "d"}
    assert any(cell.value == EVIL for row in book["Totals"].rows for cell in row)


NUMBER = re.compile(r"[-+−]?[\d,.\s]*\d%?")


NUMERIC_HEADS = (", USD", ", months", ", requests", ", share", "age_days")
"""Every column with a unit in its head; of prices also the value and the age."""


@pytest.mark.parametrize("preset", [*sorted(presets()), "ranges and lists"])
def test_every_number_of_the_workbook_is_a_number_with_its_unit(client: FlaskClient, preset: str) -> None:
    """No cell is a number written as text, and no column with a unit holds anything but numbers."""
    if preset in presets():
        asked = presets()[preset].scenario
    else:
        asked = read_yaml(write_yaml(presets()["prototype"].scenario))
        asked["workload"]["requests_per_month"] = {"low": 3000, "mode": 4000, "high": 6000}
        asked["approaches"]["sums"] = {"kind": "lump_sum", "events": [{"month": 2, "usd": 9.5, "what": "12"}]}
    book = openpyxl.load_workbook(io.BytesIO(taken(client, "estimate.xlsx", asked)))
    stated = {name for name in ("12",) if preset not in presets()}
    for sheet in book:
        heads = [cell.value for cell in sheet[1]]
        assert len(set(heads)) == len(heads)
        for row in sheet.iter_rows(min_row=2):
            for head, cell in zip(heads, row, strict=True):
                if isinstance(cell.value, str):
                    assert not NUMBER.fullmatch(cell.value) or cell.value in stated, (sheet.title, cell.coordinate)
                if any(word in head for word in NUMERIC_HEADS):
                    assert cell.value is None or isinstance(cell.value, int | float), (sheet.title, cell.coordinate)
    days = [row[PRICE_COLUMNS.index("recorded_on")] for row in book["Prices"].iter_rows(min_row=2, values_only=True)]
    assert all(isinstance(each, datetime) for each in days)


@pytest.mark.parametrize("preset", sorted(presets()))
def test_workbook_holds_every_break_even_of_the_api(client: FlaskClient, preset: str) -> None:
    asked = presets()[preset].scenario
    book = openpyxl.load_workbook(io.BytesIO(taken(client, "estimate.xlsx", asked)))
    found = client.post("/api/v1/estimates?include=volume", json=asked).get_json()
    rows = list(book["Break-even"].iter_rows(min_row=2, values_only=True))
    heads = [cell.value for cell in book["Break-even"][1]]
    crossings = list(book["Crossings"].iter_rows(min_row=2, values_only=True))
    for pair, row in zip(found["break_even"], rows, strict=True):
        told = dict(zip(heads, row, strict=True))
        assert (told["candidate"], told["baseline"]) == (pair["candidate"], pair["baseline"])
        assert told["first cheaper, months"] == pytest.approx(pair["months"]["first"])
        assert bool(told["why never"]) == (pair["months"]["status"] == "never")
        assert told["saving at the horizon, USD"] == pytest.approx(pair["saving_at_horizon_usd"])
        mine = [each for each in crossings if each[:2] == row[:2]]
        months = [each[3] for each in mine if each[2] == "time"]
        assert months == pytest.approx([each["month"] for each in pair["months"]["crossings"]])
        traffic = [each[3] for each in mine if each[2] == "traffic"]
        assert traffic == pytest.approx(
            [each["requests_per_month"] for each in pair["requests_per_month"]["crossings"]]
        )
        assert told["break-even traffic, requests in the first month"] == (traffic[0] if traffic else None)
        assert bool(told["why no traffic"]) == (not traffic)


@pytest.mark.parametrize("begin", ["\t=", "\r="])
def test_names_with_control_characters_are_refused(client: FlaskClient, begin: str) -> None:
    asked = {**presets()["prototype"].scenario, "name": f"{begin}1"}
    assert client.post("/api/v1/estimates", json=asked).status_code == 422
    assert plain_cell(f"{begin}1") == f"'{begin}1"


@pytest.mark.parametrize("begin", ["=", "+", "-", "@"])
def test_no_text_of_a_scenario_runs_in_any_sheet_or_csv(client: FlaskClient, begin: str) -> None:
    """Names, notes and sources come from the caller; in a workbook they stay text, in a CSV they are quoted."""
    evil = f"{begin}1+cmd|' /C calc'!A0"
    asked = read_yaml(write_yaml(presets()["prototype"].scenario))
    asked["name"] = evil
    asked["approaches"][evil] = asked["approaches"]["quick prompt"]
    events = [{"month": 2, "usd": 5, "what": evil}]
    asked["approaches"]["sums"] = {"kind": "lump_sum", "events": events, "success_rate": 0.9}
    asked["workload"]["requests_per_month"] = {"low": 3000, "mode": 4000, "high": 6000}
    sent = {"scenario": json.dumps(asked)}
    with client.post("/files/estimate.xlsx", data=sent) as answer:
        book = openpyxl.load_workbook(io.BytesIO(answer.data))
    held = [cell for sheet in book for row in sheet.rows for cell in row]
    assert {cell.data_type for cell in held} <= {"s", "n", "b", "d"}
    assert any(str(cell.value).strip() == evil.strip() for cell in held)
    assert not any(cell.hyperlink for cell in held)
    for name in (name for name in FILES if name.endswith(".csv")):
        with client.post(f"/files/{name}", data=sent) as answer:
            if answer.mimetype != "text/csv":
                assert "no chart" in answer.get_data(as_text=True)
                continue
            cells = [each for row in csv.reader(io.StringIO(answer.get_data(as_text=True), newline="")) for each in row]
        assert not [each for each in cells if each.startswith(FORMULA_BEGINNINGS) and not NUMBER_IN_CSV.fullmatch(each)]


NUMBER_IN_CSV = re.compile(r"-\d+(\.\d+)?(e[-+]\d+)?")


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
    said = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True).stdout
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


def test_values_of_what_matters_are_numbers_with_a_unit_beside(client: FlaskClient) -> None:
    """The example says 9,000,000 requests, moved by a fifth, and a growth whose range begins below 0."""
    rows = list(
        csv.DictReader(io.StringIO(taken(client, "what-matters.csv", presets()["review-sentiment"].scenario).decode()))
    )
    assert {float(row["value"]) for row in rows if row["input"] == "Requests a month"} == {7_200_000, 10_800_000}
    growth = [row for row in rows if row["input"].startswith("Growth")]
    assert {row["unit"] for row in growth} == {"%"}
    assert min(float(row["value"]) for row in growth) < 0
