"""What HTTP promises around the answers: statuses, headers, problems, byte-equal answers."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from estimator.presets import presets
from estimator.web.schemas.estimates import EXAMPLE

ESTIMATES = "/api/v1/estimates"


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    found: dict[str, Any] = json.loads(answer.data)
    assert found["status"] == status
    assert {"type", "title", "detail", "errors"} <= found.keys()
    return found


def test_every_answer_carries_versions_a_request_id_and_the_security_headers(client: FlaskClient) -> None:
    for path in ("/", "/api/v1/fields", "/api/v1/nowhere", "/healthz", "/nowhere", "/static/page.css"):
        headers = client.get(path, buffered=True).headers
        assert headers["Engine-Version"]
        assert headers["Price-Book-Version"].startswith("20")
        assert headers["X-Request-Id"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_a_request_id_is_taken_over_unless_it_could_do_harm(client: FlaskClient) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": "abc-1.2"}).headers["X-Request-Id"] == "abc-1.2"
    for bad in ("a b", "x" * 65, "<script>", ""):
        assert client.get("/healthz", headers={"X-Request-Id": bad}).headers["X-Request-Id"] not in ("", bad)


def test_the_same_request_gives_byte_equal_answers_and_posting_the_echo_gives_them_again(client: FlaskClient) -> None:
    first = client.post(ESTIMATES, json=EXAMPLE)
    assert first.status_code == 200
    assert client.post(ESTIMATES, json=EXAMPLE).data == first.data
    echoed = client.post(ESTIMATES, json=json.loads(first.data)["scenario"])
    assert json.loads(echoed.data)["scenario_id"] == json.loads(first.data)["scenario_id"]
    assert json.loads(echoed.data)["approaches"] == json.loads(first.data)["approaches"]


@pytest.mark.parametrize("preset", sorted(presets()))
def test_every_preset_is_answered_and_its_echo_too(client: FlaskClient, preset: str) -> None:
    scenario = json.loads(client.get(f"/api/v1/presets/{preset}").data)["scenario"]
    first = client.post(ESTIMATES, json=scenario)
    assert first.status_code == 200, first.data
    echoed = client.post(ESTIMATES, json=json.loads(first.data)["scenario"])
    assert json.loads(echoed.data)["scenario_id"] == json.loads(first.data)["scenario_id"]


def test_sections_are_chosen_by_include(client: FlaskClient) -> None:
    bare = json.loads(client.post(f"{ESTIMATES}?include=", json=EXAMPLE).data)
    assert not {"assumptions", "prices_used"} & bare.keys()
    full = json.loads(client.post(f"{ESTIMATES}?include=assumptions,trace", json=EXAMPLE).data)
    assert full["assumptions"]
    assert full["approaches"]["prompt"]["components"][0]["trace"]


@pytest.mark.parametrize(
    ("query", "parameter", "words"),
    [
        ("include=volum", "include", "Nearest known: volume"),
        ("includ=volume", "includ", "Nearest known: include"),
        ("include=volume&include=prices", "include", "stands 2 times"),
    ],
)
def test_a_wrong_query_is_refused(client: FlaskClient, query: str, parameter: str, words: str) -> None:
    (found,) = problem(client.post(f"{ESTIMATES}?{query}", json=EXAMPLE), 422)["errors"]
    assert found["parameter"] == parameter
    assert words in found["detail"]


def test_a_query_where_none_is_known_is_refused(client: FlaskClient) -> None:
    problem(client.get("/api/v1/fields?x=1"), 422)


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({"data": "{}"}, 415, "application/json"),
        ({"data": "{}", "content_type": "text/plain"}, 415, "text/plain"),
        (
            {"data": "{}", "content_type": "application/json", "headers": {"Content-Encoding": "gzip"}},
            415,
            "uncompressed",
        ),
        ({"data": "{", "content_type": "application/json"}, 400, "not JSON"),
        ({"data": "", "content_type": "application/json"}, 400, "not JSON"),
        ({"data": '{"a": 1, "a": 2}', "content_type": "application/json"}, 400, "twice"),
        ({"data": '{"a": NaN}', "content_type": "application/json"}, 400, "NaN"),
        ({"data": "[]", "content_type": "application/json"}, 422, "Must be an object"),
        ({"data": "x" * 1_000_001, "content_type": "application/json"}, 413, "exceeds"),
        ({"json": EXAMPLE, "headers": {"Accept": "text/html"}}, 406, "application/json"),
    ],
)
def test_what_http_refuses(client: FlaskClient, sent: dict[str, Any], status: int, words: str) -> None:
    assert words in problem(client.post(ESTIMATES, **sent), status)["detail"]


def test_other_accepted_formats(client: FlaskClient) -> None:
    for accept in ("application/json", "*/*", "application/*;q=0.5", "text/html, application/json;q=0.1"):
        assert client.get("/api/v1/presets", headers={"Accept": accept}).status_code == 200


def test_a_method_that_is_not_possible_names_those_that_are(client: FlaskClient) -> None:
    answer = client.get(ESTIMATES)
    assert "POST" in problem(answer, 405)["detail"]
    assert "POST" in answer.headers["Allow"]


def test_an_unknown_path_names_the_nearest(client: FlaskClient) -> None:
    assert ESTIMATES in problem(client.get("/api/v1/estimate"), 404)["detail"]


def test_a_refusal_of_the_engine_points_into_the_scenario(client: FlaskClient) -> None:
    found = problem(client.post(ESTIMATES, json={**EXAMPLE, "baseline": "promt"}), 422)
    assert found["type"] == "/docs#unknown-name"
    assert found["errors"][0]["pointer"] == "/baseline"
    assert "prompt" in found["errors"][0]["detail"]


def test_every_unknown_name_is_reported_with_its_pointer(client: FlaskClient) -> None:
    tuned = {
        "kind": "fine_tuning",
        "train_examples": 10,
        "prompt_tokens": 1,
        "bridge": "promt",
        "training": {"kind": "gpus", "base_model": "Llama-3.1-8BB", "gpu": "H100-SMX"},
        "serving": {"kind": "endpoint", "service": "opena", "base_model": "gpt-4.1"},
    }
    managed = {
        **tuned,
        "training": {"kind": "managed", "service": "openai", "base_model": "gpt-41-mini"},
        "serving": {"kind": "gpus", "base_model": "Llama-3.1-8B", "gpu": "H100-SXM", "provider": "lambdaa"},
        "bridge": None,
    }
    prompted = {"kind": "prompt_engineering", "prompt_tokens": 1, "serving": {"kind": "api", "model": "gpt-4.1-minni"}}
    plans = {"tuned": tuned, "managed": managed, "prompted": prompted}
    found = problem(client.post(ESTIMATES, json={**EXAMPLE, "baseline": "prompted", "approaches": plans}), 422)
    assert found["type"] == "/docs#unknown-name"
    assert {each["pointer"] for each in found["errors"]} == {
        "/approaches/tuned/bridge",
        "/approaches/tuned/training/base_model",
        "/approaches/tuned/training/gpu",
        "/approaches/tuned/serving/service",
        "/approaches/managed/training/base_model",
        "/approaches/managed/serving/provider",
        "/approaches/prompted/serving/model",
    }
    assert all("Nearest known: " in each["detail"] for each in found["errors"])


def test_prices_of_a_day_that_the_book_does_not_know_yet_are_warned_of(client: FlaskClient) -> None:
    newest = client.post(ESTIMATES, json=EXAMPLE).json
    later = client.post(ESTIMATES, json={**EXAMPLE, "price_book": "2199-01-01"}).json
    assert not any(each["code"] == "prices_beyond_the_book" for each in newest["warnings"])
    warning = next(each for each in later["warnings"] if each["code"] == "prices_beyond_the_book")
    assert warning["pointer"] == "/price_book"
    assert newest["price_book"]["on"] in warning["message"]
    known = {**EXAMPLE, "price_book": {"on": newest["price_book"]["on"]}}
    assert client.post(ESTIMATES, json=known).json["warnings"] == newest["warnings"]


def test_values_that_contradict_each_other_are_another_kind_of_problem_than_invalid_ones(client: FlaskClient) -> None:
    upside_down = {**EXAMPLE, "annual_discount_rate": {"low": 2, "mode": 1, "high": 0}}
    assert problem(client.post(ESTIMATES, json=upside_down), 422)["type"] == "/docs#contradiction"
    assert problem(client.post(ESTIMATES, json={**EXAMPLE, "seed": -1}), 422)["type"] == "/docs#invalid-request"


def test_a_fault_of_ours_is_told_without_detail_and_logged_in_full(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the secret cause")

    monkeypatch.setattr("estimator.web.api.estimates.estimate", broken)
    answer = app.test_client().post(ESTIMATES, json=EXAMPLE)
    assert "secret" not in json.dumps(problem(answer, 500))
    assert "the secret cause" in caplog.text


def test_probes_and_metrics(client: FlaskClient) -> None:
    assert json.loads(client.get("/healthz").data) == {"status": "ok"}
    assert json.loads(client.get("/readyz").data)["status"] == "ready"
    client.post(ESTIMATES, json=EXAMPLE)
    written = client.get("/metrics").text
    assert 'estimator_requests_total{endpoint="estimates.estimateScenario",method="POST",status="200"}' in written
    assert "estimator_request_seconds_bucket" in written


def test_an_invented_method_makes_no_new_label(client: FlaskClient) -> None:
    client.open("/healthz", method="BREW")
    assert "BREW" not in client.get("/metrics").text


def test_one_log_line_a_request_without_body_or_query(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    with caplog.at_level("INFO", "estimator.requests"):
        client.post(
            f"{ESTIMATES}?include=trace", json=EXAMPLE, headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
        )
    (line,) = [json.loads(each.message) for each in caplog.records if each.name == "estimator.requests"]
    assert line["status"] == 200
    assert (line["trace_id"], line["span_id"]) == (trace, "b7ad6b7169203331")
    assert line["path"] == ESTIMATES
    assert "sentiment" not in json.dumps(line)
    assert "include" not in json.dumps(line)


def test_what_came_is_counted_and_not_what_was_claimed(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "estimator.requests"):
        client.get("/healthz", environ_overrides={"CONTENT_LENGTH": "999999999999999"})
        client.post(ESTIMATES, data=b"{}", content_type="application/json")
    lines = [json.loads(each.message) for each in caplog.records if each.name == "estimator.requests"]
    assert [line["received_bytes"] for line in lines] == [0, 2]


def test_the_page_of_an_unknown_path_is_html_for_a_browser_alone(client: FlaskClient) -> None:
    assert client.get("/nowhere", headers={"Accept": "text/html"}).content_type.startswith("text/html")
    problem(client.get("/nowhere"), 404)
    problem(client.get("/api/v1/nowhere", headers={"Accept": "text/html"}), 404)
