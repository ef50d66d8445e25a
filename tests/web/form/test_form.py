"""What is typed becomes the scenario, what was not touched stays, and every button does what it says."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from estimator.presets import presets
from estimator.scenario.inputs import Input
from estimator.web.documents import read_yaml, write_yaml
from estimator.web.form.actions import act, read_sent
from estimator.web.form.draft import Draft, digest
from estimator.web.form.fields import sections_of
from estimator.web.form.rows import CORNERS
from estimator.web.words.written_values import read_number, write_number, write_value


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


@pytest.mark.parametrize("kind", ["prompt_engineering", "fine_tuning", "hybrid", "staged"])
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


def laid(document: dict[str, Any], **fields: str) -> dict[str, Any]:
    """Send fields over a document."""
    text = write_yaml(document)
    return dict(read_sent({"scenario": text, "digest": digest(text), **fields}, set()).document)


SPREAD = {"low": 60, "mode": 90, "high": 180}


@pytest.mark.parametrize(
    ("dist", "expected"),
    [
        ("triangular", {"dist": "triangular", **SPREAD}),
        ("uniform", {"dist": "uniform", "low": 60, "high": 180}),
        ("lognormal", {"dist": "lognormal", "low": 60, "high": 180}),
        # 180 - 60 lies between P10 and P90, which are 2 x 1.28155 standard deviations apart
        ("normal", {"dist": "normal", "mean": 90, "sd": pytest.approx(46.8182, rel=1e-5)}),
    ],
)
def test_a_range_takes_another_shape_and_comes_back(dist: str, expected: dict[str, Any]) -> None:
    at = "/labelling/seconds_per_label"
    changed = laid({"labelling": {"seconds_per_label": SPREAD}}, **{f"{at}#dist": dist, f"{at}#low": "60"})
    assert changed["labelling"]["seconds_per_label"] == expected
    back = laid(changed, **{f"{at}#dist": "pert"})["labelling"]["seconds_per_label"]
    assert (back["low"], back["high"]) == (
        pytest.approx(60 if dist != "normal" else 30),
        pytest.approx(180 if dist != "normal" else 150),
    )


@pytest.mark.parametrize("dist", ["pert", "triangular", "uniform", "normal", "lognormal"])
def test_every_shape_has_its_fields_and_can_be_computed(client: FlaskClient, dist: str) -> None:
    at = "/workload/requests_per_month"
    sent = fields_of(client, "prototype")
    page = client.post("/estimate", data={**sent, "do": f"range:{at}"}).get_data(as_text=True)
    page = client.post("/estimate", data={**Fields(page).sent, "do": "open:/workload"}).get_data(as_text=True)
    page = client.post("/estimate", data={**Fields(page).sent, f"{at}#dist": dist}).get_data(as_text=True)
    sent = Fields(page).sent
    assert {name for name in sent if name.startswith(f"{at}#")} == {f"{at}#{each}" for each in (*CORNERS[dist], "dist")}
    assert sent[f"{at}#dist"] == dist
    assert "Four in five cases" in page
    assert at not in sent


def test_a_range_of_values_stays_in_the_text(client: FlaskClient) -> None:
    document = {**presets()["prototype"].scenario}
    held = {"dist": "discrete", "values": [1000, 4000], "probabilities": [0.5, 0.5]}
    document["workload"] = {**document["workload"], "requests_per_month": held}
    page = client.post("/estimate", data={"scenario": write_yaml(document)}).get_data(as_text=True)
    assert "A range of another shape" in page
    assert read_sent(Fields(page).sent, set()).document == document


def test_money_that_nobody_stated_is_asked_for(client: FlaskClient) -> None:
    """New fixed sums, an approach that becomes so, and a dated sum enter no ranking until they are typed."""
    ask = "Say how much, 0 for nothing."
    where = "/approaches/new fixed sums"
    page = client.post("/estimate", data={**fields_of(client, "prototype"), "do": "add", "kind": "lump_sum"})
    shown = page.get_data(as_text=True)
    assert "This cannot be computed yet" in shown
    assert ask in shown.partition(f'name="{where}/upfront_usd"')[2][:1500]
    again = client.post("/estimate", data=Fields(shown).sent).get_data(as_text=True)
    assert ask in again
    stated = client.post("/estimate", data={**Fields(again).sent, f"{where}/upfront_usd": "12k"}).get_data(as_text=True)
    assert ask not in stated
    second = client.post("/estimate", data={**Fields(stated).sent, "do": "add", "kind": "lump_sum"})
    assert ask in second.get_data(as_text=True)
    dated = client.post("/estimate", data={**Fields(stated).sent, "do": f"append:{where}/events"}).get_data(
        as_text=True
    )
    assert ask in dated.partition(f'name="{where}/events/0/usd"')[2][:1500]
    turned = {**fields_of(client, "prototype"), "/approaches/tuned 4B by the token/kind": "lump_sum"}
    assert ask in client.post("/estimate", data=turned).get_data(as_text=True)


def test_dated_sums_are_added_changed_and_removed(client: FlaskClient) -> None:
    where = "/approaches/new fixed sums"
    page = client.post("/estimate", data={**fields_of(client, "prototype"), "do": "add", "kind": "lump_sum"})
    for month in ("3", "7"):
        sent = Fields(page.get_data(as_text=True)).sent
        page = client.post("/estimate", data={**sent, "do": f"append:{where}/events"})
        place = 0 if month == "3" else 1
        sent = Fields(page.get_data(as_text=True)).sent
        sent |= {f"{where}/events/{place}/month": month, f"{where}/events/{place}/usd": "1,500"}
        sent[f"{where}/upfront_usd"] = "0"
        page = client.post("/estimate", data=sent)
    sent = Fields(page.get_data(as_text=True)).sent
    document = read_sent(sent, set()).document
    events = [{"month": 3, "usd": 1500}, {"month": 7, "usd": 1500}]
    assert document["approaches"]["new fixed sums"]["events"] == events
    found = client.post("/api/v1/estimates", json=document).get_json()["approaches"]["new fixed sums"]
    assert {jump["month"] for jump in found["jumps"]} == {3, 7}
    assert f"{where}/events/0/month" in sent
    fewer = read_sent({**sent, "do": f"remove:{where}/events/0"}, set()).document
    assert fewer["approaches"]["new fixed sums"]["events"] == events[1:]
    none = done(fewer, f"remove:{where}/events/0").document
    assert "events" not in none["approaches"]["new fixed sums"]


def test_a_mistake_in_a_row_stands_at_its_field(client: FlaskClient) -> None:
    document = {**presets()["prototype"].scenario}
    plan = {"kind": "lump_sum", "events": [{"month": 2, "usd": 5}]}
    document["approaches"] = {**document["approaches"], "sums": plan}
    sent = Fields(client.post("/estimate", data={"scenario": write_yaml(document)}).get_data(as_text=True)).sent
    sent["/approaches/sums/events/0/month"] = "soon"
    page = client.post("/estimate", data={**sent, "do": "open:/approaches/sums"}).get_data(as_text=True)
    sent = Fields(page).sent | {"/approaches/sums/events/0/month": "soon"}
    page = client.post("/estimate", data=sent).get_data(as_text=True)
    assert 'id="f/approaches/sums/events/0/month-e"' in page
    assert 'value="soon"' in page


def test_ranges_are_correlated_by_fields(client: FlaskClient) -> None:
    document = {**presets()["prototype"].scenario}
    at = ["/workload/requests_per_month", "/workload/input_tokens"]
    document["workload"] = {**document["workload"], "requests_per_month": {"low": 3000, "mode": 4000, "high": 5000}}
    document["workload"]["input_tokens"] = {"low": 500, "mode": 600, "high": 900}
    draft = done(document, "append:/correlations")
    assert draft.document["correlations"] == [{"first": at[0], "second": at[1], "rank_correlation": 0.5}]
    draft.opened.add("")
    page = client.post("/estimate", data={"scenario": write_yaml(draft.document), "open": ""}).get_data(as_text=True)
    sent = Fields(page).sent
    assert sent["/correlations/0/first"] == at[0]
    changed = read_sent({**sent, "/correlations/0/rank_correlation": "-0.8"}, set()).document
    assert changed["correlations"][0]["rank_correlation"] == -0.8
    assert client.post("/api/v1/estimates", json=changed).status_code == 200


def test_discounts_and_own_prices_are_rows_of_their_own(client: FlaskClient) -> None:
    draft = done(presets()["prototype"].scenario, "append:/price_overrides:discount")
    act(draft, "append:/price_overrides:own price")
    page = client.post("/estimate", data={"scenario": write_yaml(draft.document), "open": ""}).get_data(as_text=True)
    sent = Fields(page).sent | {"/price_overrides/0/offers": "anthropic", "/price_overrides/0/share": "20%"}
    model = "anthropic/claude-sonnet-5-5"
    sent |= {"/price_overrides/1/offer": model, "/price_overrides/1/price": "output_token"}
    overrides = read_sent(sent, set()).document["price_overrides"]
    assert overrides[0] == {"offers": "anthropic", "share": 0.2}
    assert overrides[1] == {"table": "token_prices", "offer": model, "price": "output_token", "value": 1}


def test_own_prices_of_an_approach_are_among_the_first_fields(client: FlaskClient) -> None:
    document = {**presets()["prototype"].scenario}
    prompt = {**document["approaches"]["quick prompt"]}
    prompt["serving"] = {"kind": "api", "prices": {"input_usd_per_mtok": 3, "output_usd_per_mtok": 15}}
    document["approaches"] = {**document["approaches"], "quick prompt": prompt}
    page = client.post("/estimate", data={"scenario": write_yaml(document)}).get_data(as_text=True)
    assert Fields(page).sent["/approaches/quick prompt/serving/prices/output_usd_per_mtok"] == "15"


def test_what_the_price_book_and_the_model_fill_in_stands_at_its_field(client: FlaskClient) -> None:
    """What the API lists among the assumptions, at the fields that are left empty."""
    scenario = presets()["review-sentiment"].scenario
    tuned = "/approaches/tuned 8B on own replicas"
    sent = {"scenario": write_yaml(scenario), "open": ["/rates", tuned]}
    page = client.post("/estimate", data=sent).get_data(as_text=True)
    found = client.post("/api/v1/estimates", json=scenario).get_json()
    taken = {each["pointer"]: each["value"] for each in found["assumptions"]}
    for pointer, source in (
        ("/rates/ml_engineer_usd_per_hour", "bls-ooh-2025:software-developers"),
        (f"{tuned}/serving/usd_per_gpu_hour", "price book: thunder-compute/L40S"),
        (f"{tuned}/serving/decode_tokens_per_second", "hardware model"),
    ):
        at = f'id="f{pointer.replace(" ", "_")}'
        field = page.partition(f'{at}"')[2].partition(">")[0]
        shown = re.findall('placeholder="([^"]*)"', field)
        assert float(shown[0].replace(",", "")) == pytest.approx(taken[pointer], rel=1e-3)
        assert source in page.partition(f'{at}-h"')[2].partition("</p>")[0]


def test_lists_of_words_are_written_with_commas() -> None:
    document = laid({"constraints": {}}, **{"/constraints/providers": "openai, anthropic"})
    assert document["constraints"]["providers"] == ["openai", "anthropic"]


@pytest.mark.parametrize(
    "action",
    [
        "append:/nowhere",
        "append:/horizon_months",
        "append:",
        "remove:/correlations/7",
        "remove:/correlations/0",
        "trace:x",
        "show:x",
        "",
        "range:/nowhere/x",
        "copy:/approaches/none",
        "remove:",
        "set:/approaches",
        "add:other",
        "unset:/a/b",
        "open",
    ],
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


def test_text_that_cannot_be_read_is_kept_and_told(client: FlaskClient) -> None:
    page = client.post("/estimate", data={"scenario": "name: [", "digest": "0"}).get_data(as_text=True)
    assert "This cannot be computed yet" in page
    assert "name: [</textarea>" in page


def test_an_object_is_stated_and_left_out_again() -> None:
    where = "/approaches/quick prompt/refresh"
    stated = done(presets()["prototype"].scenario, f"set:{where}").document
    assert stated["approaches"]["quick prompt"]["refresh"] == {}
    assert done(stated, f"unset:{where}").document == presets()["prototype"].scenario


@pytest.mark.parametrize("asked", ["levers", "shares"])
def test_where_nothing_is_recommended_there_is_nothing_to_change(client: FlaskClient, asked: str) -> None:
    document = {**presets()["support-transcripts"].scenario, "target_success_rate": 0.999}
    page = client.post("/estimate", data={"scenario": write_yaml(document), "do": f"show:{asked}"})
    assert "No approach meets" in page.get_data(as_text=True)
