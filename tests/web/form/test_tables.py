"""Tables and findings of the page against the API: the reader's own traffic, what lasts, exact numbers to take away."""

import csv
import io
import re

import openpyxl
import pytest
from flask.testing import FlaskClient

from estimator.presets import presets
from estimator.web.form.draft import digest
from estimator.web.words.wording import whole_money


@pytest.mark.parametrize("preset", sorted(presets()))
def test_the_table_of_the_traffic_holds_the_readers_own(client: FlaskClient, preset: str) -> None:
    """What it saves there is what the API says that it saves."""
    scenario = presets()[preset].scenario
    found = client.post("/api/v1/estimates", json=scenario).get_json()
    page = client.get(f"/?preset={preset}").get_data(as_text=True)
    rows = page.partition('id="traffic-table"')[2].partition("</table>")[0].split("<tr>")
    (mine,) = [re.sub("<[^>]+>", "|", row) for row in rows if "(yours)" in row]
    stated = scenario["workload"]["requests_per_month"]
    asked = whole_money(stated["mode"] if isinstance(stated, dict) else stated)
    baseline = found["scenario"]["baseline"]
    saved = [pair["saving_at_horizon_usd"] for pair in found["break_even"] if pair["baseline"] == baseline]
    cells = [cell.strip() for cell in mine.split("|") if cell.strip()]
    assert cells == [f"{asked} (yours)", *(whole_money(each) for each in saved)]


def test_the_break_even_over_an_input_is_told_by_what_lasts(client: FlaskClient) -> None:
    """The months are those of the API at both ends: where there are several, the last one counts for good."""
    at = "/workload/requests_per_month"
    scenario = presets()["entity-extraction"].scenario
    text = presets()["entity-extraction"].text
    sent = {"scenario": text, "digest": digest(text), "do": "open:curve", "curve": at, "curve-of": at}
    page = client.post("/estimate", data={**sent, "curve-from": "300000", "curve-to": "340000"}).get_data(as_text=True)
    finding = re.sub("<[^>]+>", "", page.partition('id="by-input"')[2].partition("</p>")[0])
    for requests in (300_000, 340_000):
        asked = {**scenario, "workload": {**scenario["workload"], "requests_per_month": requests}}
        found = client.post("/api/v1/estimates", json=asked).get_json()
        pair = next(each for each in found["break_even"] if each["candidate"] == "tuned 8B by the token")
        turns = [each["month"] for each in pair["months"]["crossings"]]
        assert len(turns) == 3
        lasting = f"after {turns[0]:.1f} months (for good after {turns[-1]:.1f} months)".replace(".0 ", " ")
        assert f"at {requests:,} {lasting}" in finding


def taken(client: FlaskClient, name: str, preset: str) -> bytes:
    text = presets()[preset].text
    answer = client.post(f"/files/{name}", data={"scenario": text, "digest": digest(text)})
    assert answer.status_code == 200
    return answer.data


def test_data_of_a_chart_are_not_rounded(client: FlaskClient) -> None:
    """The picture keeps six digits; the file has what the estimate has."""
    rows = list(csv.DictReader(io.StringIO(taken(client, "cost-over-time.csv", "review-sentiment").decode())))
    found = client.post("/api/v1/estimates", json=presets()["review-sentiment"].scenario).get_json()["approaches"]
    for name, each in found.items():
        last = [row for row in rows if row["approach"] == name][-1]
        assert float(last["cost_usd"]) == pytest.approx(each["total_usd"], rel=1e-12)
    parts = list(csv.DictReader(io.StringIO(taken(client, "components.csv", "review-sentiment").decode())))
    for name, each in found.items():
        total = sum(float(row["cost_usd"]) for row in parts if row["approach"] == name)
        assert total == pytest.approx(each["total_usd"], rel=1e-12)


def test_the_workbook_calls_inputs_and_prices_as_the_page_does(client: FlaskClient) -> None:
    book = openpyxl.load_workbook(io.BytesIO(taken(client, "estimate.xlsx", "entity-extraction")))
    names = {row[0]: row[3] for row in book["Inputs"].iter_rows(min_row=2, values_only=True)}
    assert names["Requests a month"] == "/workload/requests_per_month"
    assert names["Hours to write the prompt (schema prompt)"] == "/approaches/schema prompt/effort_hours"
    assumed = {row[0]: row[4] for row in book["Assumptions"].iter_rows(min_row=2, values_only=True)}
    assert assumed["Audit share"] == "/labelling/audit_share"
    whats = [row[0] for row in book["Prices"].iter_rows(min_row=2, values_only=True)]
    assert "google/gemini-3.6-flash, Input token, batch" in whats
    assert len(set(whats)) == len(whats)
