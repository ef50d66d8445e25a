"""The plain form: correct without script, safe against what is typed into it."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient

from estimator.presets import presets
from estimator.web.documents import read_yaml, write_yaml
from estimator.web.schemas.estimates import EXAMPLE
from estimator.web.wording import money


class Outline(HTMLParser):
    """What a person meets: texts, form fields with their values, headings, ids."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ""
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.fields: dict[str, str] = {}
        self.scripts = 0
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.ids += [found["id"]] if "id" in found else []
        self.labelled |= {found["for"]} if tag == "label" else set()
        self.scripts += tag == "script" or any(name.startswith("on") for name in found)
        if tag == "input":
            self.fields[found["name"]] = found.get("value", "")
        if tag == "textarea":
            self._area = found["name"]
            self.fields[self._area] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        self.words += data
        if self._area:
            self.fields[self._area] += data


def outline(html: str) -> Outline:
    found = Outline()
    found.feed(html)
    return found


def shown(client: FlaskClient, path: str = "/", **sent: Any) -> Outline:
    answer = client.post(path, **sent) if sent else client.get(path)
    assert answer.content_type == "text/html; charset=utf-8"
    return outline(answer.text)


@pytest.mark.parametrize("preset", sorted(presets()))
def test_a_preset_fills_the_form_and_its_answer_holds_the_figures_of_the_api(client: FlaskClient, preset: str) -> None:
    form = shown(client, f"/?preset={preset}")
    assert read_yaml(form.fields["scenario"]) == presets()[preset].scenario
    page = shown(client, "/estimate", data=form.fields)
    found = json.loads(client.post("/api/v1/estimates", json=presets()[preset].scenario).data)
    assert found["recommendation"]["headline"] in page.words
    for name, approach in found["approaches"].items():
        assert name in page.words
        assert money(approach["total_usd"]) in page.words
        assert money(approach["cumulative_usd"][-1]) in page.words
    for row in found["prices_used"]:
        assert row["offer"] in page.words


def test_a_changed_field_wins_over_the_text_and_an_untouched_one_does_not(client: FlaskClient) -> None:
    sent = shown(client).fields
    sent["/horizon_months"] = "7"
    page = shown(client, "/estimate", data=sent)
    assert read_yaml(page.fields["scenario"])["horizon_months"] == 7
    assert page.fields["/horizon_months"] == "7"
    text = {**read_yaml(sent["scenario"]), "horizon_months": 9}
    sent |= {"/horizon_months": sent["was:/horizon_months"], "scenario": write_yaml(text)}
    assert shown(client, "/estimate", data=sent).fields["/horizon_months"] == "9"


def test_an_address_reopens_a_scenario(client: FlaskClient) -> None:
    answer = client.get("/estimate", query_string={"scenario": json.dumps(EXAMPLE)})
    assert answer.status_code == 200
    assert read_yaml(outline(answer.text).fields["scenario"]) == EXAMPLE


def test_refusals_are_told_with_their_pointers_and_the_text_is_kept(client: FlaskClient) -> None:
    wrong = write_yaml({**EXAMPLE, "wrokload": 1})
    answer = client.post("/estimate", data={"scenario": wrong})
    assert answer.status_code == 422
    page = outline(answer.text)
    assert "/wrokload" in page.words
    assert "Nearest known: workload" in page.words
    assert page.fields["scenario"].strip() == wrong.strip()
    assert client.post("/estimate", data={"scenario": "{"}).status_code == 400
    assert client.post("/estimate", data={}).status_code == 200
    typed = {"scenario": write_yaml(EXAMPLE), "/horizon_months": "{"}
    assert client.post("/estimate", data=typed).status_code == 400


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", "{{ 7*7 }}", '"><img src=x onerror=alert(1)>', "=1+1"])
def test_names_are_shown_as_text(client: FlaskClient, evil: str) -> None:
    scenario = {**EXAMPLE, "name": evil, "baseline": evil}
    scenario["approaches"] = {evil: {"kind": "lump_sum"}, "b": {"kind": "lump_sum", "upfront_usd": 5}}
    page = shown(client, "/estimate", data={"scenario": write_yaml(scenario)})
    assert page.scripts == 0
    assert evil in page.words
    refused = shown(client, "/estimate", data={"scenario": write_yaml({**scenario, evil: 1})})
    assert refused.scripts == 0


@pytest.mark.parametrize("path", ["/", "/model", "/docs", "/estimate", "/nowhere"])
def test_pages_need_no_script_and_reach_nothing_outside(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    page = outline(answer.text)
    assert page.scripts == 0
    assert not re.search(r'(src|href)="(https?:)?//', answer.text)
    assert len(set(page.ids)) == len(page.ids)
    assert answer.text.count("<h1") == 1


def test_every_field_of_the_form_has_a_label(client: FlaskClient) -> None:
    html = client.get("/").text
    page = outline(html)
    visible = re.findall(r'<(?:select|textarea|input(?! type="hidden"))[^>]* id="([^"]+)"', html)
    assert len(visible) >= 8
    assert set(visible) <= page.labelled


def test_the_equations_and_the_operations_have_a_page(client: FlaskClient) -> None:
    model = shown(client, "/model").words
    assert "expected" in model
    assert "USD" in model
    docs = shown(client, "/docs")
    assert "/api/v1/estimates" in docs.words
    assert "invalid-request" in docs.ids
