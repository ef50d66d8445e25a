"""The page as the server writes it: finished at once, small, and the same numbers as the API."""

import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import estimator.web
from estimator.presets import presets
from estimator.web.marked_figures import figures
from estimator.web.wording import whole_money


def words_of(answer: TestResponse) -> str:
    """Read the page without its marks."""
    return re.sub("<[^>]+>", "", answer.get_data(as_text=True))


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
    """On the first page by a button, which fetches the workings; on the page with workings by a link."""
    first = client.get(f"/?preset={preset}").get_data(as_text=True)
    asked = re.findall("value=trace:([0-9]+-[a-z_]+)>", first)
    assert len(asked) > 5
    sent = {"scenario": presets()[preset].text, "do": f"trace:{asked[-1]}"}
    shown = client.post("/estimate", data=sent).get_data(as_text=True)
    led = set(re.findall(r'href="#working-([^"]+)"', shown))
    assert led == set(asked)
    assert led <= set(re.findall(r'id="working-([^"]+)"', shown))
    assert shown.index(f'id="working-{asked[-1]}" open') < shown.index(" autofocus>")


@pytest.mark.parametrize("preset", sorted(presets()))
def test_first_page_is_small(client: FlaskClient, preset: str) -> None:
    """The page, its style and its script, as they travel uncompressed: all but the chart library."""
    size = len(client.get(f"/?preset={preset}").data) + sum(
        (STATIC / name).stat().st_size for name in ("page.css", "page.js")
    )
    assert size < 100_000


def test_first_page_waits_for_nothing_but_its_style(client: FlaskClient) -> None:
    """Scripts are deferred, none stands in the page, and nothing is fetched from elsewhere."""
    page = client.get("/").get_data(as_text=True)
    assert all(" defer" in tag or 'type="application/json"' in tag for tag in re.findall("<script[^>]*>", page))
    assert len(re.findall("<link[^>]*stylesheet", page)) == 1
    assert not re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=\"(?:https?:)?//", page)
    assert " style=" not in page
    assert 'lang="en"' in page


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
    page = words_of(client.post("/estimate", data={"scenario": json.dumps(document)}))
    found = client.post("/api/v1/estimates?include=bands", json=document).get_json()
    for approach in found["approaches"].values():
        band = approach["bands"]["total_usd"]
        assert f"{whole_money(band['p10'])} to {whole_money(band['p90'])}" in page
    assert "In four of five cases" in page


def test_where_nothing_meets_what_is_asked_the_page_says_so(client: FlaskClient) -> None:
    document = {**presets()["support-transcripts"].scenario, "target_success_rate": 0.999}
    page = words_of(client.post("/estimate", data={"scenario": json.dumps(document)}))
    assert "No approach meets what is asked" in page
    assert "no approach meets what is asked over 24 months" in page


@pytest.mark.parametrize("preset", sorted(presets()))
def test_break_even_over_any_input_is_that_of_the_api(client: FlaskClient, preset: str) -> None:
    scenario = presets()[preset].scenario
    asked = {"scenario": presets()[preset].text, "do": "open:curve", "curve": "/workload/output_tokens"}
    page = client.post("/estimate", data=asked).get_data(as_text=True)
    ends = re.findall('name="curve-(?:from|to)"[^>]*value="([^"]+)"', page)
    low, high = (float(end.replace(",", "")) for end in ends)
    names = list(scenario["approaches"])
    baseline = scenario.get("baseline", names[0])
    table = page.partition('id="curve-table"')[2].partition("</details>")[0]
    for place, name in enumerate(name for name in names if name != baseline):
        x = {"pointer": "/workload/output_tokens", "from": low, "to": high, "points": 41}
        question = {"scenario": scenario, "candidate": name, "baseline": baseline, "x": x}
        found = client.post("/api/v1/break-even-curves", json=question).get_json()
        rows = re.findall('<tr><th scope="row">[^<]*</th>(.*?)</tr>', table)
        for row, roots in zip(rows, found["y"][:: (len(found["y"]) - 1) // 8], strict=True):
            cell = re.findall("<td>(.*?)</td>", row)[2 * place]
            assert cell == (", ".join(f"{month:.1f}" for month in roots) or "–")


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"curve-from": "many"}, "&#39;many&#39; is not a number"),
        ({"curve-from": "9000", "curve-to": "20"}, "must be the lower one"),
        ({"curve-from": "-5", "curve-to": "20"}, "at least 0"),
        ({"curve": "/nowhere"}, "Requests a month"),
    ],
)
def test_curve_that_cannot_be_drawn_says_why(client: FlaskClient, sent: dict[str, str], told: str) -> None:
    at = "/workload/input_tokens"
    asked = {"scenario": presets()["prototype"].text, "do": "open:curve", "curve": at, "curve-of": at, **sent}
    page = client.post("/estimate", data=asked)
    assert page.status_code == 200
    assert told in page.get_data(as_text=True)


def test_what_makes_it_uncertain_is_told_on_request(client: FlaskClient) -> None:
    document = json.loads(json.dumps(presets()["prototype"].scenario))
    document["workload"]["requests_per_month"] = {"low": 1000, "mode": 4000, "high": 40000}
    page = client.post("/estimate", data={"scenario": json.dumps(document), "do": "show:shares"}).get_data(as_text=True)
    found = client.post("/api/v1/sensitivity", json={"scenario": document}).get_json()
    worth = found["value_of_information"]
    assert f"at most USD {whole_money(worth['perfect_usd'])}" in page
    table = page.partition('id="share-table"')[2].partition("</details>")[0]
    share = found["sobol"]["/workload/requests_per_month"]["s1"]
    assert f"<td>{100 * share:.3g}%</td>" in table
    assert 'data-chart="what-is-uncertain"' in page


def test_nothing_uncertain_is_said(client: FlaskClient) -> None:
    """Lump sums have neither ranges nor a hardware model."""
    document = {
        "workload": {"requests_per_month": 1000, "input_tokens": 1, "output_tokens": 1},
        "approaches": {"a": {"kind": "lump_sum", "upfront_usd": 5}, "b": {"kind": "lump_sum"}},
    }
    page = client.post("/estimate", data={"scenario": json.dumps(document), "do": "show:shares"}).get_data(as_text=True)
    assert "Nothing is uncertain" in page


def test_every_default_is_listed_on_request(client: FlaskClient) -> None:
    text = presets()["prototype"].text
    assert "assumption-table" not in client.get("/?preset=prototype").get_data(as_text=True)
    page = client.post("/estimate", data={"scenario": text, "do": "open:assumptions"}).get_data(as_text=True)
    found = client.post("/api/v1/estimates", json=presets()["prototype"].scenario).get_json()
    for each in found["assumptions"]:
        if not each["basis"].startswith("neutral"):
            assert each["pointer"] in page


@pytest.mark.parametrize(
    ("text", "names", "marked"),
    [
        ("costs USD 93,066.", [], 'costs <data value="93066">USD 93,066</data>.'),
        ("4.58M requests", [], '<data value="4.58">4.58</data>M requests'),
        ("v1.2 of a/b-1.5 on 2026-11-20 at 24 months", [], "v1.2 of a/b-1.5 on 2026-11-20 at 24 months"),
        ("Tuned 1.5 is 2.5 times", ["tuned 1.5"], 'Tuned 1.5 is <data value="2.5">2.5</data> times'),
        ("<b> 1.2.3", [], "&lt;b&gt; 1.2.3"),
    ],
)
def test_figures_of_a_sentence_are_marked_and_names_are_not(text: str, names: list[str], marked: str) -> None:
    assert figures(text, names) == marked


def test_from_scratch_opens_with_an_answer_to_little(client: FlaskClient) -> None:
    page = client.get("/?preset=scratch").get_data(as_text=True)
    assert '<h1 id="headline">' in page
    assert "your scenario" in page
    assert "prompt" in page


@pytest.mark.parametrize("preset", sorted(presets()))
def test_figures_of_people_and_machines_lead_to_their_working(client: FlaskClient, preset: str) -> None:
    page = client.get(f"/?preset={preset}").get_data(as_text=True)
    table = page.partition('id="resources"')[2].partition("</table>")[0]
    assert set(re.findall("value=trace:([^>]+)>", table)) <= set(
        re.findall("value=trace:([^>]+)>", page.partition('id="parts-title"')[2].partition("</section>")[0])
    )
    assert "value=trace:2-training>" in table


def test_an_example_that_nobody_knows_is_named(client: FlaskClient) -> None:
    page = client.get("/?preset=nope").get_data(as_text=True)
    assert "There is no example &#39;nope&#39;" in page
    assert "There is no example" not in client.get("/").get_data(as_text=True)


def test_an_approach_of_one_side_is_compared_by_its_kind(client: FlaskClient) -> None:
    page = client.get("/compare?a=support-transcripts&b=review-sentiment").get_data(as_text=True)
    assert "Engineered prompt" in page
    assert "&#39;kind&#39;" not in page
