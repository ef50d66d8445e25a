"""The page as the server writes it: finished at once, small, and the same numbers as the API."""

import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import estimator.web
from estimator.presets import presets
from estimator.web.wording import whole_money

STATIC = Path(estimator.web.__file__).parent / "static"


@pytest.mark.parametrize("preset", sorted(presets()))
def test_opens_finished_with_the_numbers_of_the_api(client: FlaskClient, preset: str) -> None:
    shown = client.get(f"/?preset={preset}").get_data(as_text=True)
    found = client.post("/api/v1/estimates", json=presets()[preset].scenario).get_json()
    assert found["recommendation"]["headline"] in re.sub("<[^>]+>", "", shown)
    for approach in found["approaches"].values():
        for amount in (approach["total_usd"], approach["upfront_usd"]):
            assert whole_money(amount) in shown
        for part in approach["components"]:
            assert whole_money(part["total_usd"]) in shown
        for amount in approach["cumulative_usd"]:
            assert whole_money(amount) in shown


@pytest.mark.parametrize("preset", sorted(presets()))
def test_every_figure_of_a_component_leads_to_its_working(client: FlaskClient, preset: str) -> None:
    shown = client.get(f"/?preset={preset}").get_data(as_text=True)
    led = set(re.findall(r'href="#(working-[^"]+)"', shown))
    assert led
    assert led <= set(re.findall(r'id="(working-[^"]+)"', shown))


def test_first_page_is_small(client: FlaskClient) -> None:
    """The page, its style and its script: all but the chart library."""
    size = len(client.get("/").data) + sum((STATIC / name).stat().st_size for name in ("page.css", "page.js"))
    assert size < 130_000


def test_no_chart_library_is_needed_to_read(client: FlaskClient) -> None:
    for name in ("vega", "vega-lite", "vega-embed"):
        with client.get(f"/static/vendor/{name}.min.js") as answer:
            assert answer.status_code == 200


def test_policy_lets_nothing_run_but_our_own_script(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_names_are_shown_as_text(client: FlaskClient) -> None:
    scenario = presets()["prototype"].scenario
    evil = "<script>alert(1)</script>"
    approaches = {evil if name == "quick prompt" else name: plan for name, plan in scenario["approaches"].items()}
    shown = client.post(
        "/estimate", data={"scenario": json.dumps({**scenario, "approaches": approaches, "baseline": evil})}
    ).get_data(as_text=True)
    assert evil not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_quality_is_shown_where_curves_are_given(client: FlaskClient) -> None:
    """The target of 0.9 takes (gap / (plateau - target))^(1 / exponent) = (2 / 0.05)^2 = 1,600 examples."""
    document = json.loads(json.dumps(presets()["prototype"].scenario))
    document["target_success_rate"] = 0.9
    document["approaches"]["tuned 4B by the token"]["quality"] = {"plateau": 0.95, "gap": 2.0, "exponent": 0.5}
    page = client.post("/estimate", data={"scenario": json.dumps(document)}).get_data(as_text=True)
    assert "Quality against cost" in page
    assert "95.0%" in page
    assert "1,600 examples" in page


def test_bands_are_shown_where_ranges_are_given(client: FlaskClient) -> None:
    document = json.loads(json.dumps(presets()["entity-extraction"].scenario))
    document["workload"]["requests_per_month"] = {"low": 200000, "mode": 320000, "high": 500000}
    page = client.post("/estimate", data={"scenario": json.dumps(document)}).get_data(as_text=True)
    found = client.post("/api/v1/estimates?include=bands", json=document).get_json()
    for approach in found["approaches"].values():
        band = approach["bands"]["total_usd"]
        assert f"{whole_money(band['p10'])} to {whole_money(band['p90'])}" in page
    assert "In four of five cases" in page


def test_where_nothing_meets_what_is_asked_the_page_says_so(client: FlaskClient) -> None:
    document = {**presets()["support-transcripts"].scenario, "target_success_rate": 0.999}
    page = client.post("/estimate", data={"scenario": json.dumps(document)}).get_data(as_text=True)
    assert "No approach meets what is asked" in page
    assert "no approach meets what is asked over 24 months" in page
