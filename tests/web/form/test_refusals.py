"""What a field refuses is said there, in its own words and units; the API takes what it always took."""

import io
import re
from html import unescape
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from flask.testing import FlaskClient

from estimator.presets import presets
from estimator.web.documents import write_yaml
from estimator.web.form.draft import digest


def answered(client: FlaskClient, document: dict[str, Any], **fields: str) -> str:
    text = write_yaml(document)
    sent = {"scenario": text, "digest": digest(text), **fields}
    return unescape(client.post("/estimate", data=sent).get_data(as_text=True))


def error_at(page: str, pointer: str) -> str:
    return page.partition(f'id="f{pointer.replace(" ", "_")}-e">')[2].partition("<")[0]


PROTOTYPE = presets()["prototype"].scenario


@pytest.mark.parametrize(
    ("pointer", "typed", "told"),
    [
        ("/workload/monthly_growth", "3", "3% or 300%? Write the % sign."),
        ("/workload/monthly_growth", "-1", "-1% or -100%? Write the % sign."),
        ("/workload/batch_share", "1", "1% or 100%? Write the % sign."),
        ("/labelling/audit_share", "12.5", "12.5% or 1250%? Write the % sign."),
        ("/workload/requests_per_month", "100%", "This is no share: write the number itself, not 100%."),
        ("/workload/batch_share", "250%", "Must be at least 0% and at most 100%, not 250%."),
        ("/workload/requests_per_month", "1e+20", "Must be at least 0 and at most 1,000,000,000,000,000, not 1e+20."),
    ],
)
def test_a_number_that_can_be_meant_two_ways_is_asked_about(
    client: FlaskClient, pointer: str, typed: str, told: str
) -> None:
    page = answered(client, PROTOTYPE, **{pointer: typed})
    assert error_at(page, pointer) == told
    assert f'value="{typed}"' in page
    assert "This cannot be computed yet" in page


def test_a_question_stays_until_it_is_answered(client: FlaskClient) -> None:
    """The text under the fields then holds what was typed: sent again as it is, it is asked about again."""
    at = "/workload/monthly_growth"
    asked = {**PROTOTYPE, "workload": {**PROTOTYPE["workload"], "monthly_growth": "3"}}
    assert "3% or 300%" in error_at(answered(client, asked, **{at: "3"}), at)
    assert "This cannot be computed yet" not in answered(client, asked, **{at: "3%"})


@pytest.mark.parametrize("typed", ["0.03", "0", "3%", "100%", "-2%", "-0.02"])
def test_shares_below_one_and_percent_are_taken(client: FlaskClient, typed: str) -> None:
    assert "This cannot be computed yet" not in answered(client, PROTOTYPE, **{"/workload/monthly_growth": typed})


def test_a_corner_of_a_range_is_asked_about_too(client: FlaskClient) -> None:
    at = "/workload/monthly_growth"
    document = {
        **PROTOTYPE,
        "workload": {**PROTOTYPE["workload"], "monthly_growth": {"low": 0, "mode": 0.1, "high": 0.2}},
    }
    assert "3% or 300%" in error_at(answered(client, document, **{f"{at}#high": "3"}), at)
    told = error_at(answered(client, document, **{f"{at}#high": "5%"}), at)
    assert told == "The numbers must rise from low to likely to high, not 0%, 10%, 5%."


def wrongs(page: str) -> dict[str, tuple[str, str]]:
    """Read the list above the answer: what each place is called, with the id that it leads to and what is told."""
    listed = page.partition('id="refusal"')[2].partition("</ul>")[0]
    found = re.findall('<li><a href="#([^"]*)" title="[^"]*">(.*?)</a>: (.*?)</li>', listed)
    return {name: (unquote(place), told) for place, name, told in found}


def test_a_corner_is_named_with_its_field_and_led_to(client: FlaskClient) -> None:
    growth = {"low": 0, "mode": 0.1, "high": 0.2}
    document = {**PROTOTYPE, "workload": {**PROTOTYPE["workload"], "monthly_growth": growth}}
    page = answered(client, document, **{"/workload/monthly_growth#low": "5"})
    place, told = wrongs(page)["Growth: low"]
    assert told == "5% or 500%? Write the % sign."
    assert place == "f/workload/monthly_growth#low"
    assert f'id="{place}"' in page


@pytest.mark.parametrize(
    ("pointer", "typed", "named"),
    [
        ("/workload/seasonality", "1, 2, x", "2"),
        ("/labelling/mode", "robots", "Mode"),
        ("/horizon_months", "12.5", "Compare over"),
        ("/approaches/quick prompt/serving/model", "sonet", "Serving: model (quick prompt)"),
    ],
)
def test_every_entry_of_the_list_leads_to_an_element(client: FlaskClient, pointer: str, typed: str, named: str) -> None:
    page = answered(client, PROTOTYPE, **{pointer: typed})
    place, _ = wrongs(page)[named]
    assert f'id="{place}"' in page


@pytest.mark.parametrize("typed", ["1e400", "-1e999", "1e400%"])
def test_a_number_that_is_too_large_is_told_and_kept(client: FlaskClient, typed: str) -> None:
    page = answered(client, PROTOTYPE, **{"/workload/requests_per_month": typed})
    assert error_at(page, "/workload/requests_per_month") == "This number is too large."
    assert f'value="{typed}"' in page


@pytest.mark.parametrize("typed", ["k", "%", "twelve"])
def test_what_is_no_number_is_not_called_too_large(client: FlaskClient, typed: str) -> None:
    told = error_at(
        answered(client, PROTOTYPE, **{"/workload/requests_per_month": typed}), "/workload/requests_per_month"
    )
    assert told == f"Must be a number, not the text '{typed}'."


def test_what_is_missing_is_named_as_its_part_of_the_form(client: FlaskClient) -> None:
    document = {name: value for name, value in PROTOTYPE.items() if name != "workload"}
    page = answered(client, document)
    place, told = wrongs(page)["The task"]
    assert told == "Required: What is asked of the system."
    assert f'id="{place}"' in page


def test_the_end_of_a_curve_is_asked_about_too(client: FlaskClient) -> None:
    at = "/workload/monthly_growth"
    curve = {"do": "open:curve", "curve": at, "curve-of": at, "curve-from": "1%", "curve-to": "3"}
    assert "3% or 300%" in answered(client, PROTOTYPE, **curve)


def test_the_api_takes_three_as_three(client: FlaskClient) -> None:
    document = {**PROTOTYPE, "workload": {**PROTOTYPE["workload"], "monthly_growth": 3}}
    assert client.post("/api/v1/estimates", json=document).status_code == 200
    assert '300%"' in answered(client, document)


def test_percent_stand_beside_the_name_of_a_field(client: FlaskClient) -> None:
    page = answered(client, PROTOTYPE, open="/workload")
    for name, unit in (("monthly_growth", "% a month"), ("batch_share", "%")):
        label = page.partition(f'<label for="f/workload/{name}">')[2].partition("</label>")[0]
        assert label.endswith(f">{unit}</span>")


@pytest.mark.parametrize("preset", sorted(presets()))
def test_the_form_speaks_no_program_words(client: FlaskClient, preset: str) -> None:
    """No field name, null, braces or powers of ten in what is told; no unit said twice."""
    document = presets()[preset].scenario
    opened = ["", "/workload", "/labelling", "/rates", "/evaluation"]
    opened += [f"/approaches/{name}" for name in document["approaches"]]
    sent = {"scenario": write_yaml(document), "open": opened}
    form = client.post("/estimate", data=sent).get_data(as_text=True).partition('id="inputs"')[2]
    told = [unescape(re.sub("<[^>]+>", "", each)) for each in re.findall(r'<p class="?hint.*?</p>', form)]
    assert len(told) > 40
    for each in told:
        assert not re.search(r"\b[a-z]+_[a-z_]+\b|\bnull\b|[{}]|\de\+\d", each), each
    labels = [unescape(re.sub("<[^>]+>", "", each)) for each in re.findall("<label for.*?</label>", form)]
    doubled = [each for each in labels if re.search(r"(USD|[Hh]ours|a month|a year|[Tt]okens|an hour).*\b\1\b", each)]
    assert [each for each in doubled if not each.endswith(" tokens")] == []
    assert not [each for each in labels if "an unit" in each or "_" in each]


@pytest.mark.parametrize("preset", sorted(presets()))
def test_the_summary_of_the_workbook_speaks_no_program_words(client: FlaskClient, preset: str) -> None:
    plain = {
        name: {k: v for k, v in plan.items() if k != "success_rate"}
        for name, plan in presets()[preset].scenario["approaches"].items()
    }
    for document in (presets()[preset].scenario, {**presets()[preset].scenario, "approaches": plain}):
        sent = client.post("/files/estimate.xlsx", data={"scenario": write_yaml(document)})
        summary = openpyxl.load_workbook(io.BytesIO(sent.data))["Summary"]
        told = [str(cell.value) for row in summary.iter_rows(max_row=summary.max_row - 2) for cell in row]
        assert told
        assert not [each for each in told if re.search(r"\b[a-z]+_[a-z_]+\b", each)]
