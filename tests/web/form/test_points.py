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
@pytest.mark.parametrize("preset", PRESETS)
def test_each_end_of_what_matters_opens_the_estimate_that_saves_so_much(client: FlaskClient, preset: str) -> None:
    scenario = presets()[preset].scenario
    before = answer_to(client, scenario)
    best, baseline = before["recommendation"]["approach"], before["scenario"]["baseline"]
    totals = totals_of(before)
    rival = baseline if best != baseline else min((name for name in totals if name != best), key=totals.__getitem__)
    page = client.get(f"/?preset={preset}").get_data(as_text=True)
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
