"""POST /api/v1/portfolios: a row out for every row in, in four formats, block by block."""

import csv
import io
import json
from typing import Any

import pyarrow.parquet as pq
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.two_sums import TWO_SUMS

pytestmark = pytest.mark.contract

TABLE = "team,/workload/requests_per_month\none,100\ntwo,\nthree,-1\n"
PARQUET = "application/vnd.apache.parquet"


def ask(client: FlaskClient, body: dict[str, Any], accept: str | None = None) -> TestResponse:
    return client.post("/api/v1/portfolios", json=body, headers={"Accept": accept} if accept else {})


def test_rows_in_their_order_with_labels_and_errors(client: FlaskClient) -> None:
    rows = ask(client, {"template": TWO_SUMS, "csv": TABLE}).get_json()["rows"]
    assert [(row["row"], row["labels"]["team"], row["winner"]) for row in rows] == [
        (1, "one", "B"),
        (2, "two", "A"),
        (3, "three", None),
    ]
    assert rows[0]["total_usd"] == {"A": 110.0, "B": 30.0}
    assert rows[2]["error"] == {
        "pointer": "/workload/requests_per_month",
        "detail": "Must be at least 0 and at most 1e+15, not -1.",
    }


def test_the_four_formats_say_the_same(client: FlaskClient) -> None:
    body = {"template": TWO_SUMS, "csv": TABLE}
    rows = ask(client, body, "application/json").get_json()["rows"]
    lines = ask(client, body, "application/x-ndjson").get_data(as_text=True).splitlines()
    assert [json.loads(line) for line in lines] == rows
    parquet = pq.read_table(io.BytesIO(ask(client, body, PARQUET).data)).to_pylist()
    header, *cells = ask(client, body, "text/csv").get_data(as_text=True).splitlines()
    assert header.split(",") == list(parquet[0])
    assert [row["total_usd A"] for row in parquet] == [row["total_usd"] and row["total_usd"]["A"] for row in rows]
    assert len(cells) == len(rows)


def test_the_answer_is_streamed_and_names_the_book_of_the_template(client: FlaskClient) -> None:
    found = ask(client, {"template": TWO_SUMS, "csv": TABLE}, "application/x-ndjson")
    assert found.is_streamed
    assert found.headers["Price-Book-Version"].startswith("2026-11-20")


def test_scenarios_a_line(client: FlaskClient) -> None:
    lines = "\n".join([json.dumps({**TWO_SUMS, "name": "mine"}), '{"a": 1, "a": 2}', "[[[["])
    for accept in (None, "*/*", "application/json"):
        rows = ask(client, {"json_lines": lines}, accept).get_json()["rows"]
        assert [row["winner"] for row in rows] == ["A", None, None]
        assert rows[0]["labels"] == {"name": "mine"}
        assert "stands twice" in rows[1]["error"]["detail"]


@pytest.mark.parametrize(
    ("body", "accept", "status", "told"),
    [
        ({"json_lines": "{}"}, "text/csv", 406, "approaches of their own"),
        ({"json_lines": "{}"}, PARQUET, 406, "approaches of their own"),
        ({"csv": TABLE}, None, 422, "needs a template"),
        ({"csv": TABLE, "json_lines": "{}", "template": TWO_SUMS}, None, 422, "either csv or json_lines"),
        ({"csv": "", "template": TWO_SUMS}, "application/x-ndjson", 422, "needs a header"),
        ({"csv": "workload/tasks\n1\n", "template": TWO_SUMS}, "text/csv", 422, "begins with a slash"),
        ({"csv": TABLE, "template": {**TWO_SUMS, "price_book": "no"}}, None, 422, "/template/price_book"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_and_no_broken_stream(
    client: FlaskClient, body: dict[str, Any], accept: str | None, status: int, told: str
) -> None:
    found = ask(client, body, accept)
    assert (found.status_code, found.content_type) == (status, "application/problem+json")
    assert told in found.get_data(as_text=True)


def test_a_table_without_rows_has_its_header(client: FlaskClient) -> None:
    body = {"template": TWO_SUMS, "csv": "team,/workload/requests_per_month\n"}
    assert ask(client, body).get_json() == {"rows": []}
    assert ask(client, body, "text/csv").get_data(as_text=True).startswith("row,team,total_usd A")


def test_parquet_without_its_extra_is_not_acceptable(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    found = ask(client, {"template": TWO_SUMS, "csv": TABLE}, PARQUET)
    assert found.status_code == 406
    assert "extra parquet" in found.get_json()["detail"]


def test_a_line_break_in_the_name_of_a_label_breaks_no_later_block(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("estimator.sweeps.projects.BLOCK_ROWS", 2)
    table = '"te\nam",/workload/requests_per_month\n' + "".join(f"{place},{place}00\n" for place in range(1, 8))
    answer = ask(client, {"template": TWO_SUMS, "csv": table}, "text/csv")
    header, *rows = csv.reader(io.StringIO(answer.data.decode(), newline=""))
    assert header[1] == "te\nam"
    assert [row[1] for row in rows] == [str(place) for place in range(1, 8)]
    assert {len(row) for row in rows} == {len(header)}
