"""A figure of a table opens the estimate at its point: the same figures there, by the API, by the page, by its link."""

import html
import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from estimator.presets import presets
from estimator.web.documents import read_yaml
from estimator.web.form.draft import digest
from estimator.web.takeaway.permalink import unpack
from estimator.web.words.wording import whole_money

PRESETS = sorted(presets())
AT = re.compile('<button form=inputs name=at value="([^"]*)">(.*?)</button>')
STAGED = "prompt now, tune later"
Answer = dict[str, Any]


def sent_of(document: Answer, **more: Any) -> dict[str, Any]:
    text = json.dumps(document)
    return {"scenario": text, "digest": digest(text), **more}


def opened(client: FlaskClient, document: Answer, point: str) -> str:
    answer = client.post("/estimate", data=sent_of(document, at=html.unescape(point)))
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert "id=elsewhere" in page
    assert 'id="refusal"' not in page, point
    return page


def scenario_on(page: str) -> Answer:
    """Read the scenario that stands at the foot of a page."""
    document = read_yaml(html.unescape(page.partition('<textarea id="text"')[2].partition(">")[2].partition("</t")[0]))
    assert isinstance(document, dict)
    return document


def answer_to(client: FlaskClient, document: Answer) -> Answer:
    answer = client.post("/api/v1/estimates", json=document)
    assert answer.status_code == 200, answer.get_json()
    found: Answer = answer.get_json()
    return found


def totals_of(found: Answer) -> dict[str, float]:
    return {name: each["total_usd"] for name, each in found["approaches"].items()}


def rows_of(page: str, table: str) -> list[str]:
    return page.partition(f'id="{table}"')[2].partition("<tbody>")[2].partition("</table>")[0].split("<tr>")[1:]


def cells_of(row: str) -> list[str]:
    return [re.sub("<[^>]+>", "", cell).strip() for cell in row.split("<td>")[1:]]


@pytest.mark.property
@pytest.mark.parametrize("preset", PRESETS)
def test_a_row_of_the_traffic_opens_the_estimate_that_saves_so_much(client: FlaskClient, preset: str) -> None:
    """Each row but that of today; page, link and API say at the point what the cell said."""
    scenario = presets()[preset].scenario
    page = client.get(f"/?preset={preset}").get_data(as_text=True)
    checked = 0
    for row in rows_of(page, "traffic-table"):
        there = AT.search(row)
        if there is None:
            assert "name=trace value=2-saving" in row or "name=trace value=1-saving" in row
            continue
        shown = opened(client, scenario, there[1])
        document = scenario_on(shown)
        assert f"{document['workload']['requests_per_month']:,}" == there[2]
        totals = totals_of(answer_to(client, document))
        baseline = scenario.get("baseline", next(iter(totals)))
        savings = [totals[baseline] - total for name, total in totals.items() if name != baseline]
        assert cells_of(row) == [whole_money(each) for each in savings]
        assert all(whole_money(abs(each)) in shown for each in savings)
        link = re.search('href="/estimate\\?s=([^"]+)"', shown)
        assert link
        assert unpack(link[1]) == document
        checked += 1
    assert checked >= 7


@pytest.mark.property
@pytest.mark.parametrize(("preset", "against"), [*((each, None) for each in PRESETS), ("review-sentiment", STAGED)])
def test_each_end_of_what_matters_opens_the_estimate_that_saves_so_much(
    client: FlaskClient, preset: str, against: str | None
) -> None:
    """Against a staged plan too, whose best switch lies between the first and the last month: it is kept."""
    scenario = json.loads(json.dumps(presets()[preset].scenario))
    if against is not None:
        scenario["baseline"] = against
        scenario["workload"]["requests_per_month"] = 4_300_000
    before = answer_to(client, scenario)
    best, baseline = before["recommendation"]["approach"], before["scenario"]["baseline"]
    totals = totals_of(before)
    rival = baseline if best != baseline else min((name for name in totals if name != best), key=totals.__getitem__)
    page = client.post("/estimate", data=sent_of(scenario)).get_data(as_text=True)
    checked = 0
    for row in rows_of(page, "lever-table"):
        low, at_low, high, at_high = row.split("<td>")[1:]
        for end, cell in ((low, at_low), (high, at_high)):
            there = AT.search(end)
            saved = cells_of(f"<td>{cell}")[0]
            if there is None:
                assert saved == whole_money(totals[rival] - totals[best])
                continue
            document = scenario_on(opened(client, scenario, there[1]))
            found = totals_of(answer_to(client, document))
            assert saved == whole_money(found[rival] - found[best]), there[1]
            checked += 1
    assert checked >= 10


@pytest.mark.property
@pytest.mark.parametrize("preset", PRESETS)
def test_a_turn_of_the_choice_opens_the_estimate_that_recommends_the_other(client: FlaskClient, preset: str) -> None:
    scenario = presets()[preset].scenario
    page = client.post("/estimate", data=sent_of(scenario, do="show:flips")).get_data(as_text=True)
    best = answer_to(client, scenario)["recommendation"]["approach"]
    told = page.partition("The choice turns with</h3>")[2].partition("</ul>")[0].split("<li>")[1:]
    assert told
    for line in told:
        there = AT.search(line)
        assert there
        found = answer_to(client, scenario_on(opened(client, scenario, there[1])))
        words = re.sub("<[^>]+>", "", line)
        then = found["recommendation"]["approach"]
        assert then != best, words
        assert then is None or f"{then} costs less" in words or f"{then} does" in words or f"{then} meets" in words


@pytest.mark.property
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("over", ["/workload/output_tokens", "/workload/monthly_growth"])
def test_a_row_of_a_break_even_curve_opens_the_estimate_that_breaks_even_so(
    client: FlaskClient, preset: str, over: str
) -> None:
    scenario = presets()[preset].scenario
    page = client.post("/estimate", data=sent_of(scenario, do="open:curve", curve=over)).get_data(as_text=True)
    rows = rows_of(page, "curve-table")
    assert len(rows) == 9
    for row in rows[::4]:
        there = AT.search(row)
        if there is None:
            assert "-saving" in row
            continue
        found = answer_to(client, scenario_on(opened(client, scenario, there[1])))
        cells = iter(cells_of(row))
        baseline = found["scenario"]["baseline"]
        for pair in found["break_even"]:
            if pair["baseline"] == baseline:
                months = [f"{each['month']:.1f}" for each in pair["months"]["crossings"]]
                assert [next(cells), next(cells)] == [
                    ", ".join(months) or "–",
                    whole_money(pair["saving_at_horizon_usd"]),
                ]


@pytest.mark.property
@pytest.mark.parametrize("preset", PRESETS)
def test_a_break_even_in_a_second_input_opens_the_estimate_where_both_cost_the_same(
    client: FlaskClient, preset: str
) -> None:
    """Within a cent of thousands; of what is counted, the whole numbers on both sides have the other cheaper."""
    scenario = presets()[preset].scenario
    tuned = next(name for name, plan in scenario["approaches"].items() if plan["kind"] == "fine_tuning")
    checked = 0
    for sought, counted in (("/workload/requests_per_month", False), (f"/approaches/{tuned}/train_examples", True)):
        asked = {"do": "open:curve", "curve": "/workload/output_tokens", "curve-in": sought}
        page = client.post("/estimate", data=sent_of(scenario, **asked)).get_data(as_text=True)
        names = [
            name
            for name in scenario["approaches"]
            if name != scenario.get("baseline", next(iter(scenario["approaches"])))
        ]
        for row in rows_of(page, "curve-table")[::4]:
            for name, cell in zip(names, row.partition("<td>")[2].split("<td>")[::2], strict=True):
                savings = []
                for point, _ in AT.findall(cell):
                    document = scenario_on(opened(client, scenario, point))
                    found = answer_to(client, document)
                    totals = totals_of(found)
                    savings.append(totals[found["scenario"]["baseline"]] - totals[name])
                    scale = max(totals.values())
                    checked += 1
                if len(savings) == 1 and not counted:
                    assert abs(savings[0]) <= 1e-6 * scale
                elif counted and len(savings) == 2:
                    assert savings[0] * savings[1] <= 0
    assert checked


@pytest.mark.property
@pytest.mark.parametrize("preset", PRESETS)
def test_the_figures_of_a_break_even_sentence_lead_to_what_they_are(client: FlaskClient, preset: str) -> None:
    """A month to the working that divides what is apart, a traffic to the estimate where nothing is saved."""
    scenario = presets()[preset].scenario
    page = client.get(f"/?preset={preset}").get_data(as_text=True)
    sentences = page.partition('class="plain evens"')[2].partition("</ul>")[0].split("<li>")[1:]
    found = answer_to(client, scenario)
    for sentence, pair in zip(sentences, found["break_even"], strict=True):
        traffic = [each["requests_per_month"] for each in pair["requests_per_month"]["crossings"]]
        points = AT.findall(sentence)
        assert [re.sub("<[^>]+>", "", text) for _, text in points] == [f"{each:,.0f}" for each in traffic]
        for point, _ in points:
            totals = totals_of(answer_to(client, scenario_on(opened(client, scenario, point))))
            gap = totals[pair["baseline"]] - totals[pair["candidate"]]
            assert abs(gap) <= 1e-6 * totals[pair["baseline"]]
        asked = re.findall("name=trace value=(month-[0-9]+)>", sentence)
        assert len(asked) == len(pair["months"]["crossings"])
        for month, crossing in zip(asked, pair["months"]["crossings"], strict=True):
            shown = client.post("/estimate", data=sent_of(scenario, trace=month)).get_data(as_text=True)
            turn = "cheaper" if crossing["direction"] == "down" else "dearer"
            title = f"{pair['candidate']} {turn} than {pair['baseline']}"
            working = shown.partition(f"{title} <span>after {crossing['month']:.1f}".removesuffix(".0"))[2]
            assert working, title
            before, after = (
                float(each.replace(",", ""))
                for each in re.findall("<li>D.*?<span>([-0-9,.]+)", working.partition("</details>")[0])
            )
            assert before * after <= 0
            if crossing["kind"] == "linear":
                by_hand = int(month.removeprefix("month-")) - 1 + before / (before - after)
                assert by_hand == pytest.approx(crossing["month"], abs=0.02)


SCENARIO = presets()["prototype"].scenario
TUNED = "/approaches/tuned 4B by the token"


def test_a_point_says_what_is_different_and_leads_back(client: FlaskClient) -> None:
    """What was changed meanwhile stays; a second point adds to the first; back takes both away."""
    page = opened(client, SCENARIO, "/workload/requests_per_month=20000")
    assert '<li>Requests a month: <data value="20000">20,000</data> instead of <data value="4000">4,000</data>' in page
    assert page.index("id=elsewhere tabindex=-1 autofocus") < page.index('id="headline"')
    was = html.unescape(page.partition('name="was" value="')[2].partition('"')[0])
    document = {**scenario_on(page), "horizon_months": 10}
    sent = sent_of(document, was=was, at="/rates/annotator_usd_per_hour=30.5;/workload/requests_per_month=9")
    page = client.post("/estimate", data=sent).get_data(as_text=True)
    words = re.sub("<[^>]+>", "", page.partition("id=elsewhere")[2].partition("</ul>")[0])
    assert "Requests a month: 9 instead of 4,000" in words
    assert "Wages: annotator: 30.5 USD an hour instead of what is looked up or computed" in words
    was = html.unescape(page.partition('name="was" value="')[2].partition('"')[0])
    page = client.post("/estimate", data=sent_of(scenario_on(page), was=was)).get_data(as_text=True)
    assert "id=elsewhere tabindex=-1>" in page
    page = client.post("/estimate", data=sent_of(scenario_on(page), was=was, do="back")).get_data(as_text=True)
    assert "elsewhere" not in page
    assert 'name="was"' not in page
    assert scenario_on(page) == {**SCENARIO, "horizon_months": 10}


def test_a_price_of_the_book_is_moved_by_a_factor_and_back(client: FlaskClient) -> None:
    point = "/price_overrides/anthropic~1claude-sonnet-5-5/input_token=0.8"
    scenario = presets()["review-sentiment"].scenario
    page = opened(client, scenario, point)
    assert scenario_on(page)["price_overrides"] == [
        {"offers": "anthropic/claude-sonnet-5-5", "prices": "input_token", "factor": 0.8}
    ]
    assert "80% instead of 100%" in page
    was = html.unescape(page.partition('name="was" value="')[2].partition('"')[0])
    back = client.post("/estimate", data=sent_of(scenario_on(page), was=was, do="back")).get_data(as_text=True)
    assert scenario_on(back) == scenario
    fields = client.post("/estimate", data=sent_of(scenario_on(page), open="")).get_data(as_text=True)
    assert 'name="/price_overrides/0/factor" value="0.8"' in fields
    assert 'name="/price_overrides/0/share"' not in fields


def test_what_matters_keeps_the_plan_and_other_points_decide_anew(client: FlaskClient) -> None:
    """At a third of the traffic the best month to switch is another, but a plan once made is kept."""
    scenario = presets()["review-sentiment"].scenario
    staged = STAGED
    before = answer_to(client, scenario)["approaches"][staged]["switch_month"]
    point = "/workload/requests_per_month=3000000"
    anew = scenario_on(opened(client, scenario, point))
    kept = scenario_on(opened(client, scenario, f"kept:{point}"))
    assert answer_to(client, anew)["approaches"][staged]["switch_month"] != before
    assert answer_to(client, kept)["approaches"][staged]["switch_month"] == before
    assert kept["approaches"][staged]["switch_month"] == before
    assert "switch_month" not in anew["approaches"][staged]
    page = opened(client, scenario, f"kept:{point}")
    assert f"Switch month ({staged}): stays {before:g}, as decided for your scenario" in page


def test_a_plan_that_caches_keeps_caching(client: FlaskClient) -> None:
    """Five minutes are what the book says of this model; at 100 requests a month no prompt is found in the cache."""
    scenario = presets()["review-sentiment"].scenario
    page = opened(client, scenario, "kept:/workload/requests_per_month=100")
    assert scenario_on(page)["approaches"]["few-shot prompt"]["serving"]["prompt_caching"] == {"ttl_minutes": 5}
    assert "prompt caching (few-shot prompt): 5 minutes instead of auto" in re.sub("<[^>]+>", "", page)


@pytest.mark.parametrize(
    "sent",
    [
        {"at": "/workload/requests_per_month=many"},
        {"at": "=;=;"},
        {"at": "kept:"},
        {"at": "/workload/requests_per_month=" + "9" * 400},
        {"at": "/name/x/y=3"},
        {"at": "/approaches/nobody/epochs=3"},
        {"at": "/approaches/tuned 4B by the token/training/nothing/at/all=3"},
        {"at": "kept:/workload/requests_per_month=-3"},
        {"at": "/price_overrides/a/b=2"},
        {"was": "[1]", "do": "back"},
        {"was": '{"/workload": 3, "/name": {"dist": []}, "x": 1}', "do": "back"},
        {"was": '{"/workload/requests_per_month": {"low": [1], "mode": "a"}, "/a/x": [], "/price_overrides/a": "c"}'},
        {
            "was": '{"/correlations/0/first": {}, "/workload/input_tokens/low": [1, 2], "/price_overrides/9": 4}',
            "do": "back",
        },
    ],
)
def test_what_is_no_point_harms_nothing(client: FlaskClient, sent: dict[str, str]) -> None:
    for document in (SCENARIO, {**SCENARIO, "price_overrides": ["x"]}, {**SCENARIO, "rates": 3}, {}):
        assert client.post("/estimate", data=sent_of(document, **sent)).status_code == 200
    assert client.post("/estimate", data={"scenario": "[1]", **sent}).status_code == 200


def test_a_point_that_cannot_be_computed_leads_back_too(client: FlaskClient) -> None:
    page = client.post("/estimate", data=sent_of(SCENARIO, at="/workload/monthly_growth=9999")).get_data(as_text=True)
    assert 'id="refusal"' in page
    assert "Back to your scenario" in page
    assert 'name="was" value="' in page


def test_text_that_was_edited_is_the_scenario_of_the_point(client: FlaskClient) -> None:
    sent = {
        "scenario": json.dumps({**SCENARIO, "horizon_months": 11}),
        "digest": "old",
        "at": "/workload/input_tokens=7",
    }
    document = scenario_on(client.post("/estimate", data=sent).get_data(as_text=True))
    assert (document["horizon_months"], document["workload"]["input_tokens"]) == (11, 7)


def test_rates_and_costs_of_the_quality_table_lead_to_their_workings(client: FlaskClient) -> None:
    """A stated rate says so, one of a curve names its numbers, a combined one its parts."""
    scenario = json.loads(json.dumps(presets()["support-transcripts"].scenario))
    name = "tuned 9B by the token"
    page = client.get("/?preset=support-transcripts").get_data(as_text=True)
    for place, row in enumerate(rows_of(page, "quality-table"), 1):
        assert re.findall("name=trace value=([^>]+)>", row) == [f"{place}-success", f"{place}-total", f"{place}-good"]
    combined = next(plan for plan in scenario["approaches"].values() if plan["kind"] == "hybrid")
    for plan in (scenario["approaches"][name], combined):
        del plan["success_rate"]
    scenario["approaches"][name]["quality"] = {"plateau": 0.95, "gap": 2.0, "exponent": 0.5}
    scenario["target_success_rate"] = 0.9
    page = client.post("/estimate", data=sent_of(scenario, trace="2-success")).get_data(as_text=True)
    workings = [page.partition(f'id="working-{place}-success"')[2].partition("</details>")[0] for place in (1, 2, 3)]
    assert "As stated in the scenario." in workings[0]
    assert "From its quality curve, stated: plateau 0.95, gap 2, exponent 0.5." in re.sub("<[^>]+>", "", workings[1])
    assert 'href="#working-1-success"' in workings[2]
    assert 'href="#working-2-success"' in workings[2]
    table = page.partition("What the quality curves say")[2].partition("</table>")[0]
    there = AT.search(table)
    assert there
    assert there[2] == "1,600 examples"
    total = answer_to(client, scenario_on(opened(client, scenario, there[1])))["approaches"][name]["total_usd"]
    assert f"<td>{whole_money(total)}</td>" in table
