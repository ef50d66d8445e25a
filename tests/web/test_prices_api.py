import csv
import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from estimator.price_book import PriceBook


def get(client: FlaskClient, path: str, **more: Any) -> Any:
    answer = client.get(path, **more)
    assert answer.status_code == 200, answer.data
    return json.loads(answer.data)


def test_the_book_says_its_version_and_tables(client: FlaskClient) -> None:
    book = get(client, "/api/v1/prices")
    assert book["version"].startswith(book["known_by"])
    tables = {each["table"]: each for each in book["tables"]}
    assert tables["token_prices"]["rows"] > 1000
    assert tables["gpu_prices"]["offers"] > 50


def test_the_rows_of_a_book_are_counted_once_for_each_day(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    days = ("", "?on=2024-01-01")
    once = [get(client, f"/api/v1/prices{day}") for day in days]
    assert once[0]["tables"] != once[1]["tables"]
    monkeypatch.delattr(PriceBook, "rows")
    assert [get(client, f"/api/v1/prices{day}") for day in days] == once


def test_rows_are_filtered_and_paged(client: FlaskClient) -> None:
    whole = get(client, "/api/v1/prices/gpu_prices?search=h100&per_page=1000")
    assert whole["total"] == len(whole["rows"]) > 5
    assert all("h100" in row["offer"].lower() for row in whole["rows"])
    pages, path = [], "/api/v1/prices/gpu_prices?search=h100&per_page=7"
    while path:
        page = get(client, path)
        pages += page["rows"]
        path = page.get("next", "")
    assert pages == whole["rows"]
    one = get(client, f"/api/v1/prices/gpu_prices?offer={whole['rows'][0]['offer']}")
    assert {row["offer"] for row in one["rows"]} == {whole["rows"][0]["offer"]}


def test_the_rows_of_a_past_day_and_of_past_knowledge(client: FlaskClient) -> None:
    early = client.get("/api/v1/prices/token_prices?on=2024-01-01&provider=openai&per_page=1")
    assert json.loads(early.data)["on"] == "2024-01-01"
    assert early.headers["Price-Book-Version"] == json.loads(early.data)["version"]


def test_rows_as_csv(client: FlaskClient) -> None:
    path = "/api/v1/prices/gpu_prices?search=h100"
    answer = client.get(path, headers={"Accept": "text/csv"})
    assert answer.content_type == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    shown = get(client, f"{path}&per_page=1000")["rows"]
    assert [row["offer"] for row in rows] == [row["offer"] for row in shown]
    assert [float(row["value"]) for row in rows] == [row["value"] for row in shown]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("page=0", "at least 1"),
        ("page=x", "whole number, not the text 'x'"),
        ("per_page=1001", "at most 1000"),
        ("on=yesterday", "YYYY-MM-DD"),
        ("serch=x", "Nearest known: search"),
    ],
)
def test_wrong_queries_are_refused(client: FlaskClient, query: str, words: str) -> None:
    answer = client.get(f"/api/v1/prices/gpu_prices?{query}")
    assert answer.status_code == 422
    assert words in json.loads(answer.data)["detail"]


def test_an_unknown_table_and_a_day_before_the_first_row(client: FlaskClient) -> None:
    answer = client.get("/api/v1/prices/gpu_price")
    assert answer.status_code == 404
    assert "gpu_prices" in json.loads(answer.data)["detail"]
    early = client.get("/api/v1/prices?known_by=1999-01-01")
    assert early.status_code == 422
    assert json.loads(early.data)["type"] == "/docs#price-not-found"


def test_fields_tell_what_the_declarations_say(client: FlaskClient) -> None:
    fields = {(each["pointer"], each["object"]): each for each in get(client, "/api/v1/fields")["fields"]}
    epochs = fields["/approaches/{name}/epochs", "FineTuning"]
    assert epochs["default"] == 3.0
    assert epochs["range"] == "above 0 and at most 10000"
    assert epochs["kinds"] == ["fine_tuning"]
    assert epochs["takes_range"]
    model = fields["/approaches/{name}/serving/model", "ApiServing"]
    assert model["kinds"] == ["prompt_engineering", "fine_tuning"]
    assert fields["/workload/requests_per_month", "Workload"]["required"]


def test_an_unknown_preset_names_the_nearest(client: FlaskClient) -> None:
    answer = client.get("/api/v1/presets/prototyp")
    assert answer.status_code == 404
    assert "prototype" in json.loads(answer.data)["detail"]
