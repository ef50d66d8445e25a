"""What is typed becomes the scenario, what was not touched stays, and every button does what it says."""

from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from estimator.presets import presets
from estimator.scenario.inputs import Input
from estimator.web.documents import read_yaml, write_yaml
from estimator.web.form import Draft, digest
from estimator.web.form_actions import act, read_sent
from estimator.web.form_fields import sections_of
from estimator.web.written_values import read_number, write_number, write_value


class Fields(HTMLParser):
    """Reads the fields of the form as a browser would send them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self.inside = False
        self.name: str | None = None
        self.area: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        if tag == "form":
            self.inside = about.get("id") == "inputs"
        if not self.inside:
            return
        if tag == "input" and about.get("name"):
            self.sent[str(about["name"])] = about.get("value") or ""
        elif tag == "select":
            self.name = about.get("name")
        elif tag == "option" and self.name:
            value = about.get("value")
            if "selected" in about or self.name not in self.sent:
                self.sent[self.name] = "" if value is None else value
                self.area = self.name if value is None else None
        elif tag == "textarea":
            self.area = about["name"]
            self.sent[str(self.area)] = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.sent[self.area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("textarea", "option"):
            self.area = None
        if tag == "select":
            self.name = None
        if tag == "form":
            self.inside = False


def fields_of(client: FlaskClient, preset: str, *opened: str) -> dict[str, str]:
    sent = Fields(client.get(f"/?preset={preset}").get_data(as_text=True)).sent
    for where in opened:
        page = client.post("/estimate", data={**sent, "do": f"open:{where}"}).get_data(as_text=True)
        sent = Fields(page).sent
    return sent


@pytest.mark.parametrize("preset", sorted(presets()))
def test_what_was_not_touched_is_not_changed(client: FlaskClient, preset: str) -> None:
    sent = fields_of(client, preset)
    assert read_sent(sent, set()).document == presets()[preset].scenario


@pytest.mark.parametrize("preset", sorted(presets()))
def test_what_was_opened_and_not_touched_is_not_changed(client: FlaskClient, preset: str) -> None:
    places = ["", "/workload", "/labelling", "/rates", "/evaluation"]
    places += [f"/approaches/{name}" for name in presets()[preset].scenario["approaches"]]
    sent = fields_of(client, preset, *places)
    changed = read_sent(sent, set()).document
    for place in ("workload", "labelling", "rates", "evaluation"):
        if not presets()[preset].scenario.get(place):
            changed.pop(place, None)
    assert changed == presets()[preset].scenario


def test_what_is_typed_is_laid_over(client: FlaskClient) -> None:
    sent = fields_of(client, "prototype")
    sent |= {"/workload/requests_per_month": "12.5k", "/workload/monthly_growth": "-2%", "/horizon_months": ""}
    document = read_sent(sent, set()).document
    assert document["workload"]["requests_per_month"] == 12500
    assert document["workload"]["monthly_growth"] == -0.02
    assert "horizon_months" not in document


def test_edited_text_counts_instead_of_the_fields(client: FlaskClient) -> None:
    sent = fields_of(client, "prototype")
    sent["scenario"] = write_yaml({**read_yaml(sent["scenario"]), "horizon_months": 31})
    sent["/horizon_months"] = "7"
    assert read_sent(sent, set()).document["horizon_months"] == 31


def test_line_ends_of_a_browser_do_not_count_as_edited() -> None:
    assert digest("a: 1\nb: 2\n") == digest("a: 1\r\nb: 2")


@pytest.mark.property
@given(number=st.integers(0, 10**15) | st.floats(0, 1e15, allow_nan=False), percent=st.booleans())
def test_a_number_that_is_written_is_read_back(number: float, percent: bool) -> None:
    assert read_number(write_number(number, percent=percent)) == number


@pytest.mark.property
@given(text=st.text(max_size=30))
def test_what_is_no_number_stays_what_was_typed(text: str) -> None:
    read = read_number(text)
    assert isinstance(read, int | float) or read == text


def test_caching_is_written_as_people_say_it() -> None:
    declared = Input("other", "Caching.")
    assert write_value("prompt_caching", declared, {"ttl_minutes": 5}) == "5 minutes"
    assert write_value("prompt_caching", declared, "auto") == "auto"


def done(document: dict[str, Any], action: str) -> Draft:
    draft = Draft(read_yaml(write_yaml(document)))
    act(draft, action)
    return draft


def test_a_copy_stands_beside_its_model() -> None:
    draft = done(presets()["prototype"].scenario, "copy:/approaches/quick prompt")
    assert list(draft.document["approaches"])[:2] == ["quick prompt", "quick prompt (copy)"]
    assert draft.opened == {"/approaches/quick prompt (copy)"}


@pytest.mark.parametrize("kind", ["prompt_engineering", "fine_tuning", "hybrid", "staged", "lump_sum"])
def test_an_added_approach_can_be_computed(client: FlaskClient, kind: str) -> None:
    draft = done(presets()["prototype"].scenario, f"add:{kind}")
    assert len(draft.document["approaches"]) == 3
    assert client.post("/api/v1/estimates", json=draft.document).status_code == 200


def test_a_new_name_is_used_everywhere(client: FlaskClient) -> None:
    sent = fields_of(client, "support-transcripts", "/approaches/style-guide prompt")
    document = read_sent({**sent, "name:style-guide prompt": "guide"}, set()).document
    assert document["baseline"] == "guide"
    assert document["approaches"]["tuned first, hard calls escalated"]["fallback"] == "guide"
    assert "style-guide prompt" not in document["approaches"]


def test_a_name_that_is_taken_is_refused(client: FlaskClient) -> None:
    sent = fields_of(client, "prototype", "/approaches/quick prompt")
    draft = read_sent({**sent, "name:quick prompt": "tuned 4B by the token"}, set())
    assert "Another approach" in draft.objections[0].detail


def test_another_kind_of_serving_keeps_what_both_know() -> None:
    document = presets()["prototype"].scenario
    text = write_yaml(document)
    sent = {"scenario": text, "digest": digest(text), "/approaches/tuned 4B by the token/serving/kind": "gpus"}
    serving = read_sent(sent, set()).document["approaches"]["tuned 4B by the token"]["serving"]
    assert serving == {"kind": "gpus", "base_model": "Qwen/Qwen3.5-4B"}


def test_a_range_stays_where_the_field_allows_it() -> None:
    draft = done({"labelling": {"overlap_share": 0.9}}, "range:/labelling/overlap_share")
    assert draft.document["labelling"]["overlap_share"] == {"low": pytest.approx(0.63), "mode": 0.9, "high": 1.0}
    act(draft, "single:/labelling/overlap_share")
    assert draft.document["labelling"]["overlap_share"] == 0.9


@pytest.mark.parametrize(
    "action",
    ["", "range:/nowhere/x", "copy:/approaches/none", "remove:", "set:/approaches", "add:other", "unset:/a/b", "open"],
)
def test_a_button_that_nobody_made_does_no_harm(action: str) -> None:
    assert done(presets()["prototype"].scenario, action).document == presets()["prototype"].scenario


@pytest.mark.parametrize(
    "document", [None, [], "text", {}, {"approaches": []}, {"approaches": {"a": 1, "b": {"kind": "x"}}}]
)
def test_any_document_can_be_shown(client: FlaskClient, document: Any) -> None:
    sections_of(Draft(document))
    assert client.post("/estimate", data={"scenario": write_yaml(document)}).status_code == 200


def test_an_unknown_model_is_refused_at_its_field(client: FlaskClient) -> None:
    sent = fields_of(client, "prototype")
    sent["/approaches/quick prompt/serving/model"] = "anthropic/claude-sonet-5-5"
    page = client.post("/estimate", data=sent).get_data(as_text=True)
    assert 'value="anthropic/claude-sonet-5-5"' in page
    assert 'id="f/approaches/quick_prompt/serving/model-e"' in page
    assert "claude-sonnet-5-5" in page
