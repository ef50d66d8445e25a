"""The page as the server writes it: finished at once, small, and the same numbers as the API."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import estimator.web
from estimator.presets import presets
from estimator.web.form.draft import digest
from estimator.web.takeaway.permalink import pack
from estimator.web.words.marked_figures import figures
from estimator.web.words.wording import whole_money


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


def traced(page: str) -> list[str]:
    """List the figures of a page whose working can be asked for."""
    return re.findall("name=trace value=([^>]+)>", page)


def sent_of(preset: str, figure: str) -> dict[str, str]:
    text = presets()[preset].text
    return {"scenario": text, "digest": digest(text), "trace": figure}


@pytest.mark.parametrize("preset", sorted(presets()))
def test_every_figure_leads_to_its_working(client: FlaskClient, preset: str) -> None:
    """On the first page by a button, which fetches the workings; on the page with workings by a link."""
    asked = traced(client.get(f"/?preset={preset}").get_data(as_text=True))
    months = {each for each in asked if each.startswith("month-")}
    assert len(months) == presets()[preset].scenario["horizon_months"] + 1
    shown = client.post("/estimate", data=sent_of(preset, "1-total")).get_data(as_text=True)
    held = re.findall(r'id="working-([^"]+)"', shown)
    assert len(held) == len(set(held))
    assert set(asked) - months <= set(held)
    assert set(re.findall(r'href="#working-([^"]+)"', shown)) <= set(held)
    for part in ("total", "saving", "upfront", "average", "group-2", "training", "ml_engineer"):
        assert f"2-{part}" in asked
    assert shown.index('id="working-1-total" open') < shown.index(" autofocus>")


@pytest.mark.parametrize("preset", sorted(presets()))
def test_terms_of_a_sum_add_up_to_it(client: FlaskClient, preset: str) -> None:
    """The amounts of the API, added up here: groups, components before the start, hours by role."""
    page = client.post("/estimate", data=sent_of(preset, "1-total")).get_data(as_text=True)
    found = client.post("/api/v1/estimates", json=presets()[preset].scenario).get_json()
    for place, approach in enumerate(found["approaches"].values(), 1):
        for figure, value in (("total", approach["total_usd"]), ("upfront", approach["upfront_usd"])):
            title, terms = working_of(page, f"{place}-{figure}")
            assert whole_money(value) in title
            assert sum(terms) == pytest.approx(value, abs=0.51 * len(terms))
        for role, hours in approach["resources"]["hours_by_role"].items():
            if hours:
                _, terms = working_of(page, f"{place}-{role}")
                assert sum(terms) == pytest.approx(hours, rel=2e-3)


def working_of(page: str, figure: str) -> tuple[str, list[float]]:
    """Read the heading of a working, and the amounts of its terms."""
    part = page.partition(f'id="working-{figure}"')[2].partition("</details>")[0]
    terms = re.findall("<li>.*?<span>([-0-9,.]+)", part)
    return part.partition("</summary>")[0], [float(each.replace(",", "")) for each in terms]


def test_a_month_is_worked_out_from_the_one_before(client: FlaskClient) -> None:
    """C(7) = C(6) + v^7 F(7) with v = 1.08^(-1/12): by hand from the amounts of the API."""
    page = client.post("/estimate", data=sent_of("review-sentiment", "month-7")).get_data(as_text=True)
    found = client.post("/api/v1/estimates", json=presets()["review-sentiment"].scenario).get_json()
    for place, approach in enumerate(found["approaches"].values(), 1):
        title, terms = working_of(page, f"{place}-month-7")
        *parts, paid, before = terms
        assert sum(parts) == pytest.approx(paid, abs=0.51 * len(parts))
        assert before == pytest.approx(approach["cumulative_usd"][6], abs=0.5)
        assert whole_money(approach["cumulative_usd"][7]) in title
        assert before + 1.08 ** (-7 / 12) * paid == pytest.approx(approach["cumulative_usd"][7], abs=1.5)
    assert page.index('id="working-month-7" open') < page.index(" autofocus>")


@pytest.mark.parametrize("figure", ["month-", "month-99", "month-²", "nothing", "<i>"])
def test_a_figure_that_is_not_there_opens_nothing_and_harms_nothing(client: FlaskClient, figure: str) -> None:
    answer = client.post("/estimate", data=sent_of("prototype", figure))
    assert answer.status_code == 200
    assert "<i>" not in answer.get_data(as_text=True)


def test_what_a_staged_plan_needs_at_its_switch_stands_apart(client: FlaskClient) -> None:
    """Before the start it takes what the prompt takes; the 120 hours of the tuned model's engineers come later."""
    page = words_of(client.get("/?preset=review-sentiment"))
    row = page.partition("ML engineers")[2].partition("Labelling")[0].split()
    assert " ".join(row) == "10 h120 h10 h + 120 h paid at the switch"


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


def test_answers_that_were_asked_for_stay(client: FlaskClient) -> None:
    """Until they are hidden; only what was asked for this time takes the focus."""
    sent = {"scenario": presets()["prototype"].text, "do": "show:flips"}
    turns, uncertain = "Hide what would change this", "Hide what makes it uncertain"
    page = client.post("/estimate", data=sent).get_data(as_text=True)
    assert turns in page
    assert "autofocus" in page
    sent |= {"open": re.findall('name="open" value="([^"]*)"', page), "do": "show:shares"}
    page = client.post("/estimate", data=sent).get_data(as_text=True)
    assert turns in page
    assert uncertain in page
    sent |= {"open": re.findall('name="open" value="([^"]*)"', page), "do": "", "/workload/output_tokens": "90"}
    page = client.post("/estimate", data=sent).get_data(as_text=True)
    assert turns in page
    assert uncertain in page
    assert "autofocus" not in page
    page = client.post("/estimate", data={**sent, "do": "close:flips"}).get_data(as_text=True)
    assert turns not in page
    assert uncertain in page


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


def test_an_example_that_nobody_knows_is_named(client: FlaskClient) -> None:
    page = client.get("/?preset=nope").get_data(as_text=True)
    assert "There is no example &#39;nope&#39;" in page
    assert "There is no example" not in client.get("/").get_data(as_text=True)


def test_an_approach_of_one_side_is_compared_by_its_kind(client: FlaskClient) -> None:
    page = client.get("/compare?a=support-transcripts&b=review-sentiment").get_data(as_text=True)
    assert "Engineered prompt" in page
    assert "&#39;kind&#39;" not in page


def test_the_first_example_says_how_sure_it_is(client: FlaskClient) -> None:
    """What a planner does not know is a range in it; its most likely values are those of a plain scenario."""
    page = words_of(client.get("/"))
    found = client.post("/api/v1/estimates", json=presets()["review-sentiment"].scenario).get_json()
    assert re.search("It is the cheapest in [a-z 0-9%]+ of 1,024 drawn cases", page)
    assert "In four of five cases" in page
    assert found["scenario"]["workload"]["monthly_growth"] == {"dist": "pert", "low": -0.04, "mode": 0.01, "high": 0.04}
    assert found["approaches"]["few-shot prompt"]["bands"]["cumulative_usd"]["p90"]


def test_what_matters_most_stands_on_the_first_page(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    found = client.post("/api/v1/sensitivity", json={"scenario": presets()["review-sentiment"].scenario}).get_json()
    assert 'data-chart="what-matters"' in page
    table = page.partition('id="lever-table"')[2].partition("</table>")[0]
    for bar in found["tornado"][:3]:
        for end in ("at_low", "at_high"):
            assert whole_money(-bar[end]["saving_usd"] if isinstance(bar[end], dict) else abs(bar[end])) in table


def test_old_prices_are_marked_and_the_levels_explained(client: FlaskClient) -> None:
    """The wages of prompt engineers were seen in May 2024, the tokens in the month of the book (sources.csv)."""
    page = client.get("/").get_data(as_text=True)
    kicker = page.partition("<p class=kicker>")[2].partition("</p>")[0]
    assert re.sub("<[^>]+>", "", kicker).endswith("prices as known on 2026-11-20, oldest seen 2024-05-01")
    table = page.partition('id="price-table"')[2].partition("</table>")[0]
    assert "two sources agree" in table
    assert "old: not seen for 90 days" in table
    rows = re.findall("<tr><th scope=row>(.*?)\n", table)
    marked = {row.partition("<")[0] for row in rows if "<b>old</b>" in row}
    assert {"runpod/A100-80GB-SXM", "ml_engineer", "prompt_engineer"} <= marked
    assert not any(name.startswith("anthropic/") for name in marked)
    found = client.post("/api/v1/estimates", json=presets()["review-sentiment"].scenario).get_json()
    old = {row["offer"] for row in found["prices_used"] if date.fromisoformat(row["checked_on"]) < date(2026, 8, 22)}
    assert marked == old


def test_the_prices_of_another_day_are_headed_by_it(client: FlaskClient) -> None:
    link = pack({**presets()["prototype"].scenario, "price_book": "2026-06-01"})
    page = client.get(f"/estimate?s={link}").get_data(as_text=True)
    kicker = page.partition("<p class=kicker>")[2].partition("</p>")[0]
    assert 'prices of <time datetime="2026-06-01">' in kicker


def test_a_plan_that_pays_before_what_it_pays_for_serves_says_so(client: FlaskClient) -> None:
    """The best month to switch and the lead time of the tuned model are those of the API: both are named."""
    scenario = presets()["review-sentiment"].scenario
    found = client.post("/api/v1/estimates", json=scenario).get_json()["approaches"]
    switch = found["prompt now, tune later"]["switch_month"]
    ready = found["tuned 8B on own replicas"]["lead_time_months"]
    assert switch == 1 < ready
    page = words_of(client.get("/?preset=review-sentiment"))
    assert f"paid for after 1 month, serves after {ready:.1f} months" in page
    later = {**scenario, "approaches": {**scenario["approaches"]}}
    later["approaches"]["prompt now, tune later"] = {
        **scenario["approaches"]["prompt now, tune later"],
        "switch_month": 6,
    }
    page = words_of(client.get(f"/estimate?s={pack(later)}"))
    assert "after 6 months" in page
    assert "paid for after" not in page
