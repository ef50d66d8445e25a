"""The same pictures from the API and from the command line, and a plain word where they cannot be drawn."""

import json
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from estimator.cli import main
from estimator.presets import presets
from estimator.web.charts.catalogue import CHARTS
from estimator.web.schemas.estimates import EXAMPLE


@pytest.fixture
def document() -> dict[str, Any]:
    """The example with success rates and a range, so that every chart can be drawn."""
    document: dict[str, Any] = json.loads(json.dumps(EXAMPLE))
    document["workload"]["requests_per_month"] = {"low": 200000, "mode": 250000, "high": 400000}
    for plan in document["approaches"].values():
        plan["success_rate"] = 0.9
    return document


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_drawn_as_svg(client: FlaskClient, name: str, document: dict[str, Any]) -> None:
    answer = client.post(f"/api/v1/charts/{name}", json=document, headers={"Accept": "image/svg+xml"})
    assert answer.content_type == "image/svg+xml"
    picture = ET.fromstring(answer.data)  # noqa: S314 - our own picture
    assert picture.tag.endswith("svg")
    words = " ".join(text for text in picture.itertext() if text.strip())
    spec = client.post(f"/api/v1/charts/{name}", json=document).get_json()
    assert " ".join(spec["title"]["text"]) in words


def test_a_chart_is_drawn_as_png(client: FlaskClient) -> None:
    answer = client.post("/api/v1/charts/components", json=EXAMPLE, headers={"Accept": "image/png"})
    assert answer.data.startswith(b"\x89PNG\r\n\x1a\n")


def test_an_unknown_chart_names_the_known_ones(client: FlaskClient) -> None:
    answer = client.post("/api/v1/charts/component", json=EXAMPLE)
    assert answer.status_code == 404
    assert "components" in answer.get_json()["detail"]


def test_another_picture_is_not_acceptable(client: FlaskClient) -> None:
    asked = {"Accept": "image/jpeg"}
    assert client.post("/api/v1/charts/components", json=EXAMPLE, headers=asked).status_code == 406


def test_without_the_extra_it_says_what_to_install(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    answer = client.post("/api/v1/charts/components", json=EXAMPLE, headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert "tune-or-prompt[images]" in answer.get_json()["detail"]


def test_without_traffic_there_is_no_curve_over_it(client: FlaskClient) -> None:
    idle = {**EXAMPLE, "workload": {**EXAMPLE["workload"], "requests_per_month": 0}}
    answer = client.post("/api/v1/charts/cost-by-traffic", json=idle)
    assert answer.status_code == 422
    assert "cost-over-time" in answer.get_json()["detail"]


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_command_line_draws_into_a_file(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"out.{kind}"
    done = CliRunner().invoke(main, ["estimate", "prototype", "--chart", str(file)])
    assert done.exit_code == 0
    assert "Cost over time" in done.output
    assert file.read_bytes().startswith(b"<svg" if kind == "svg" else b"\x89PNG")


def test_the_command_line_refuses_another_picture(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["estimate", "prototype", "--chart", str(tmp_path / "out.gif")])
    assert done.exit_code == 2
    assert "svg" in done.output


@pytest.mark.parametrize("preset", sorted(presets()))
def test_page_answers_what_would_change_it(client: FlaskClient, preset: str) -> None:
    page = client.post("/estimate", data={"scenario": presets()[preset].text, "do": "show:flips"}).get_data(
        as_text=True
    )
    assert "The choice turns with" in page
    assert 'data-chart="what-matters"' in page


def test_a_curve_over_any_input_is_that_of_the_api(client: FlaskClient) -> None:
    """The month at each cost of a request, by POST /break-even-curves."""
    names = list(EXAMPLE["approaches"])
    over = f"/approaches/{names[0]}/usd_per_request"
    asked = {"input": over, "from": "0.005", "to": "0.03"}
    spec = client.post("/api/v1/charts/break-even-by-input", json=EXAMPLE, query_string=asked).get_json()
    x = {"pointer": over, "from": 0.005, "to": 0.03, "points": 41}
    question = {"scenario": EXAMPLE, "candidate": names[1], "baseline": names[0], "x": x}
    curve = client.post("/api/v1/break-even-curves", json=question).get_json()
    drawn = [(row["value"], row["month"]) for row in spec["data"]["values"]]
    expected = [(at, root) for at, roots in zip(curve["x"], curve["y"], strict=True) for root in roots]
    assert len(drawn) == len(expected) > 0
    for got, wanted in zip(drawn, expected, strict=True):
        assert got == pytest.approx(wanted, rel=1e-5)


def test_a_break_even_in_a_second_input_is_that_of_the_api(client: FlaskClient) -> None:
    over, sought = "/workload/input_tokens", "/workload/requests_per_month"
    asked = {"input": over, "from": "200", "to": "800", "in": sought}
    spec = client.post("/api/v1/charts/break-even-by-input", json=EXAMPLE, query_string=asked).get_json()
    names = list(EXAMPLE["approaches"])
    x = {"pointer": over, "from": 200, "to": 800, "points": 41}
    question = {"scenario": EXAMPLE, "candidate": names[1], "baseline": names[0], "x": x, "y": sought}
    curve = client.post("/api/v1/break-even-curves", json=question).get_json()
    drawn = [row["break_even"] for row in spec["data"]["values"]]
    assert drawn == pytest.approx([root for roots in curve["y"] for root in roots], rel=1e-5)
    assert "Requests a month" in " ".join(spec["title"]["text"])


@pytest.mark.parametrize(
    ("chart", "asked", "told"),
    [
        ("break-even-by-input", {"input": "/workload/output_token"}, "/workload/output_tokens"),
        ("break-even-by-input", {"in": "/nothing"}, "/nothing"),
        ("break-even-by-input", {"input": "/workload/input_tokens", "from": "9", "to": "2"}, "lower"),
        ("components", {"input": "/workload/input_tokens"}, "not drawn over an input"),
        ("components", {"over": "x"}, "over"),
    ],
)
def test_a_curve_that_cannot_be_asked_for_is_refused(
    client: FlaskClient, chart: str, asked: dict[str, str], told: str
) -> None:
    answer = client.post(f"/api/v1/charts/{chart}", json=EXAMPLE, query_string=asked)
    assert answer.status_code in (400, 422)
    assert told in answer.get_data(as_text=True)


def test_the_command_line_draws_over_an_input(tmp_path: Path) -> None:
    file = tmp_path / "out.svg"
    asked = ["estimate", "prototype", "--chart", str(file), "--over", "/workload/input_tokens"]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 0, done.output
    assert "Length of a request" in file.read_text().replace("length", "Length")
