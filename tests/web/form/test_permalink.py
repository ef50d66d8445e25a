"""Links reopen the same scenario, fit into a request line, and open as far as they can be read."""

import hashlib
import json
import re
import zlib
from copy import deepcopy
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from estimator.presets import presets
from estimator.scenario.pointer import escaped
from estimator.web.documents import write_text
from estimator.web.form.draft import Draft, digest
from estimator.web.schemas.scenario import read_scenario
from estimator.web.serving.gunicorn import options
from estimator.web.settings import Settings
from estimator.web.takeaway.permalink import LARGEST, LONGEST, VERSION, WORDS, make_link, open_link, pack, unpack
from estimator.web.words.input_names import label_of

names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).filter(
    lambda name: name.strip()
)
shares = st.floats(0, 1, allow_nan=False)
amounts = st.floats(0, 1e12, allow_nan=False)
ranges = st.builds(
    lambda low, more, most: {"low": low, "mode": low + more, "high": low + more + most},
    st.floats(0, 1e6),
    st.floats(0, 1e6),
    st.floats(0, 1e6),
)
plans = st.fixed_dictionaries(
    {"kind": st.just("lump_sum")},
    optional={
        "upfront_usd": amounts | ranges,
        "usd_per_request": amounts,
        "monthly_fixed_usd": amounts,
        "success_rate": shares,
        "events": st.lists(
            st.fixed_dictionaries({"month": st.integers(1, 600), "usd": amounts, "what": names}), max_size=3
        ),
    },
)
prompts = st.fixed_dictionaries(
    {
        "kind": st.just("prompt_engineering"),
        "prompt_tokens": st.integers(0, 10**6),
        "serving": st.fixed_dictionaries(
            {
                "kind": st.just("api"),
                "prices": st.fixed_dictionaries({"input_usd_per_mtok": amounts, "output_usd_per_mtok": amounts}),
            },
            optional={"prompt_caching": st.just("auto") | st.fixed_dictionaries({"hit_rate": shares})},
        ),
    },
    optional={
        "effort_hours": amounts | ranges,
        "refresh": st.fixed_dictionaries({"every_months": st.integers(1, 600)}),
    },
)
scenarios = st.fixed_dictionaries(
    {
        "workload": st.fixed_dictionaries(
            {
                "requests_per_month": amounts | ranges,
                "input_tokens": st.integers(0, 10**6),
                "output_tokens": st.integers(0, 10**6),
            }
        ),
        "approaches": st.dictionaries(names, plans | prompts, min_size=2, max_size=5),
    },
    optional={"name": names, "horizon_months": st.integers(1, 600), "annual_discount_rate": shares},
)


@pytest.mark.property
@given(document=scenarios)
@settings(deadline=None)
def test_a_link_reopens_the_same_scenario(document: dict[str, Any]) -> None:
    draft = open_link(pack(document))
    assert draft.document == document
    assert draft.dropped == []


def parts_of(document: dict[str, Any]) -> dict[str, Any]:
    """Find what a link can lose, with its value: each field of the scenario, of its objects and of its approaches."""
    found: dict[str, Any] = {}
    for name, part in document.items():
        if name == "approaches":
            for plan, fields in part.items():
                found |= {f"/approaches/{escaped(plan)}/{field}": value for field, value in fields.items()}
        elif isinstance(part, dict):
            found |= {f"/{name}/{field}": value for field, value in part.items()}
        else:
            found[f"/{name}"] = part
    return found


def agrees(document: dict[str, Any], draft: Draft) -> None:
    """What is shown is as it was sent, and everything else is said to be dropped; or it is all the example."""
    assert draft.dropped
    told = "\n".join(draft.dropped)
    if "Nothing of it could be read" in told:
        assert draft.document == presets()["review-sentiment"].scenario
        return
    assert draft.document
    shown, sent = parts_of(draft.document), parts_of(document)
    for pointer, value in shown.items():
        assert value == sent[pointer]
    if "before it names all that it holds" in told:
        return
    for pointer in sent.keys() - shown.keys():
        above, _, name = pointer.rpartition("/")
        place = f"({above}): the link ends before " if above else "The scenario: the link ends before "
        lost = [each for each in draft.dropped if place in each and f"“{label_of(name)}”" in each]
        assert lost or f"({pointer}): " in told


@pytest.mark.property
@given(document=scenarios)
@settings(deadline=None, max_examples=25)
def test_a_link_that_is_cut_anywhere_shows_what_was_sent_and_names_what_is_lost(document: dict[str, Any]) -> None:
    packed = pack(document)
    for place in range(len(packed)):
        agrees(document, open_link(packed[:place]))


@pytest.mark.property
@given(document=scenarios)
@settings(deadline=None)
def test_what_is_asked_is_read_before_all_else(document: dict[str, Any]) -> None:
    """A cut as long as a link that holds the name and the task alone shows these."""
    first = {name: document[name] for name in ("name", "horizon_months", "workload") if name in document}
    draft = open_link(pack(document)[: len(pack(first))])
    assert first.items() <= draft.document.items()


@pytest.mark.parametrize("tenth", range(1, 10))
@pytest.mark.parametrize("preset", sorted(presets()))
def test_an_example_cut_at_a_tenth_keeps_what_matters(preset: str, tenth: int) -> None:
    """From two tenths on something of the sender's, from four the task and all kinds, from six what runs each."""
    document = presets()[preset].scenario
    link = pack(document)
    draft = open_link(link[: len(link) * tenth // 10])
    agrees(document, draft)
    told = "\n".join(draft.dropped)
    assert told.startswith("The link is cut off")
    if tenth >= 2:
        assert draft.document["name"] == document["name"]
        assert "Nothing was put in the place of what is lost" in told
    if tenth >= 4:
        assert draft.document["workload"] == document["workload"]
        shown = [(name, plan["kind"]) for name, plan in draft.document["approaches"].items()]
        assert shown == [(name, plan["kind"]) for name, plan in document["approaches"].items()]
    if tenth >= 6:
        for name, plan in document["approaches"].items():
            chosen = {field: plan[field] for field in ("training", "serving", "first") if field in plan}
            assert chosen.items() <= draft.document["approaches"][name].items()


@pytest.mark.parametrize("preset", sorted(presets()))
def test_no_answer_stands_for_one_that_was_sent_otherwise(client: FlaskClient, preset: str) -> None:
    """Nine tenths can be computed, with defaults for the rest: another answer than the sender's, so it waits."""
    link = pack(presets()[preset].scenario)
    cut = link[: len(link) * 9 // 10]
    page = client.get("/estimate", query_string={"s": cut}).get_data(as_text=True)
    assert 'id="headline"' not in page
    assert "no answer would be the one that was sent" in page
    text = write_text(open_link(cut).document)
    sent = client.post("/estimate", data={"scenario": text, "digest": digest(text)}).get_data(as_text=True)
    assert 'id="headline"' in sent
    beside = client.get("/compare", query_string={"a": cut, "b": "prototype"}).get_data(as_text=True)
    assert "no answer would be the one that was sent" in beside


def test_a_link_costs_half_of_what_its_scenario_takes() -> None:
    """In characters of base64url, beside the same document deflated with nothing known before."""
    for preset in presets().values():
        plain = len(zlib.compress(json.dumps(preset.scenario, separators=(",", ":")).encode(), 9, wbits=-15)) * 4 / 3
        assert len(pack(preset.scenario)) < 0.66 * plain


def test_other_words_are_another_version() -> None:
    """Links of version 3 are read with these words alone."""
    digest = "b0b34725e0b8af17c6c0a2753812358328695fca9c54ebcddd11d5c6842e6f0f"
    assert (VERSION, hashlib.sha256(WORDS).hexdigest()) == ("3", digest)


def test_a_long_scenario_has_codes_of_its_own() -> None:
    """Where the fixed codes would take more than a link may hold, the link is still made, and reopens."""
    events = [{"month": 1 + turn % 600, "usd": turn * 7919 % 1000003} for turn in range(700)]
    document = {**presets()["prototype"].scenario, "approaches": {"sums": {"kind": "lump_sum", "events": events}}}
    link = make_link(document)
    assert link is not None
    assert open_link(link).document["approaches"] == document["approaches"]


@pytest.mark.property
@given(document=scenarios, place=st.integers(0, 10_000), letter=st.sampled_from("Ab0_-.%&="))
@settings(deadline=None)
def test_a_link_that_was_changed_never_passes_for_whole(document: dict[str, Any], place: int, letter: str) -> None:
    """One other letter: either the same scenario opens, or the page says that something is wrong."""
    packed = pack(document)
    place %= len(packed)
    draft = open_link(packed[:place] + letter + packed[place + 1 :])
    assert draft.dropped or draft.document == document


def test_only_values_of_the_link_itself_are_to_be_checked() -> None:
    """One letter changed anywhere: the page asks to check values exactly where it shows those of the link."""
    packed = pack(presets()["prototype"].scenario)
    told = set()
    for place in range(2, len(packed)):
        draft = open_link(packed[:place] + ("A" if packed[place] != "A" else "B") + packed[place + 1 :])
        words = "\n".join(draft.dropped)
        if "changed on its way" in words:
            shows_example = "Nothing of it could be read" in words
            told.add(shows_example)
            assert ("Check every value" in words) != shows_example
    assert told == {True, False}


@pytest.mark.slow
def test_the_page_opens_wherever_a_link_is_cut(client: FlaskClient) -> None:
    document = presets()["support-transcripts"].scenario
    link = pack(document)
    for place in range(0, len(link), 3):
        answer = client.get("/estimate", query_string={"s": link[:place]})
        assert answer.status_code == 200
        page = unescape(answer.get_data(as_text=True))
        draft = open_link(link[:place])
        agrees(document, draft)
        assert all(each in page for each in draft.dropped)
        shown = set(re.findall('<legend>([^<]*) <span class="kind">', page))
        assert shown == set(draft.document.get("approaches", ()))


@pytest.mark.parametrize("kind", ["space", "line end", "full stop"])
def test_what_mail_does_to_a_link_does_no_harm(kind: str) -> None:
    document = presets()["prototype"].scenario
    link = pack(document)
    sent = {"space": f" {link} ", "line end": f"{link[:70]}\r\n{link[70:]}", "full stop": f"{link}."}[kind]
    draft = open_link(sent)
    assert draft.document == document
    assert draft.dropped == []


def test_of_a_link_without_its_last_letters_only_the_seal_is_missing() -> None:
    draft = open_link(pack(presets()["prototype"].scenario)[:-3])
    assert draft.document == presets()["prototype"].scenario
    assert draft.dropped == ["The last characters of the link are missing; nothing of the scenario is."]


def test_an_approach_without_what_it_needs_is_left_out_whole() -> None:
    document = deepcopy(presets()["support-transcripts"].scenario)
    del document["approaches"]["tuned 9B by the token"]["serving"]
    draft = open_link(pack(document))
    assert "tuned 9B by the token" not in draft.document["approaches"]
    assert "(/approaches/tuned 9B by the token): left out as a whole" in "\n".join(draft.dropped)


def test_rows_of_a_list_are_dropped_at_their_places() -> None:
    document = deepcopy(presets()["prototype"].scenario)
    events: list[dict[str, Any]] = [{"month": place + 1, "usd": 100} for place in range(12)]
    document["approaches"]["sums"] = {"kind": "lump_sum", "events": events}
    for place in (2, 10):
        events[place] = "soon"
    draft = open_link(pack(document))
    assert [each["month"] for each in draft.document["approaches"]["sums"]["events"]] == [
        place + 1 for place in range(12) if place not in (2, 10)
    ]


@pytest.mark.property
@given(rubbish=st.text(max_size=200))
def test_rubbish_opens_the_example(rubbish: str) -> None:
    draft = open_link(rubbish)
    assert draft.dropped
    read_scenario(draft.document)


@pytest.mark.parametrize("preset", sorted(presets()))
def test_a_preset_fits_and_reopens(client: FlaskClient, preset: str) -> None:
    link = make_link(presets()[preset].scenario)
    assert link is not None
    assert len(link) < 600
    assert unpack(link) == presets()[preset].scenario
    there, here = client.get(f"/?preset={preset}"), client.get(f"/estimate?s={link}")
    headline = there.get_data(as_text=True).partition('<h1 id="headline">')[2].partition("</h1>")[0]
    assert headline in here.get_data(as_text=True)


def test_the_longest_link_fits_into_the_request_line_of_gunicorn() -> None:
    assert (
        len(f"GET /compare?a={'x' * LONGEST}&a_on=2026-01-01&b_on=2026-01-01 HTTP/1.1\r\n")
        < options(Settings())["limit_request_line"]
    )


def test_a_scenario_too_large_for_a_link_says_so_and_offers_the_file(client: FlaskClient) -> None:
    import random

    words = random.Random(1)  # noqa: S311 - text that does not compress
    events = [
        {"month": 1 + turn % 12, "usd": words.random() * 1e6, "what": f"{words.random():.17f}"} for turn in range(400)
    ]
    document = {
        "workload": {"requests_per_month": 1000, "input_tokens": 1, "output_tokens": 1},
        "approaches": {"a": {"kind": "lump_sum", "events": events}, "b": {"kind": "lump_sum"}},
    }
    assert make_link(document) is None
    shown = client.post("/estimate", data={"scenario": json.dumps(document)}).get_data(as_text=True)
    assert f"too large for a link ({LONGEST} characters at most)" in shown
    assert "scenario.json" in shown


def test_a_field_of_tomorrow_is_dropped_and_told() -> None:
    document = {**presets()["prototype"].scenario, "colour": "blue", "horizon_months": "long"}
    draft = open_link(pack(document))
    assert any("/colour" in each for each in draft.dropped)
    assert any("/horizon_months" in each for each in draft.dropped)
    read_scenario(draft.document)


def test_a_bomb_does_not_go_off() -> None:
    draft = open_link(pack({"name": "a" * (LARGEST * 3)}))
    assert "bytes" in draft.dropped[0]


def test_a_changed_letter_is_no_end(client: FlaskClient) -> None:
    """Whatever letter of a link is changed: the page never says that the link ends; what is lost cannot be read."""
    packed = pack(presets()["review-sentiment"].scenario)
    unreadable = 0
    for place in range(len("3.") + 1, len(packed) - 6, 7):
        changed = packed[:place] + ("A" if packed[place] != "A" else "B") + packed[place + 1 :]
        told = "\n".join(open_link(changed).dropped)
        if "was changed on its way" in told:
            assert "ends before" not in told
            unreadable += "the link cannot be read as far as “" in told
    assert unreadable > 5


@pytest.mark.parametrize("typed", ["hello", "protoype", "", "hello.world"])
def test_what_is_no_link_is_not_called_one_of_another_version(typed: str) -> None:
    told = open_link(typed).dropped
    assert told[0].startswith("This is no link to a scenario")
    assert "Nothing of it could be read" in told[1]


def test_the_version_alone_is_the_begin_of_a_link() -> None:
    assert open_link("3").dropped[0].startswith("The link is cut off")


def test_another_version_is_named() -> None:
    assert "version" in open_link("9.abc").dropped[0]


def test_an_approach_may_be_called_by_a_digit_that_is_no_number(client: FlaskClient) -> None:
    """Python counts a raised one among the digits, and reads no number in it."""
    plans = {"¹": {"kind": "lump_sum", "upfront_usd": -1}, "b": {"kind": "lump_sum"}, "c": {"kind": "lump_sum"}}
    document = {**presets()["prototype"].scenario, "baseline": "b", "approaches": plans}
    assert open_link(pack(document)).document["approaches"]["¹"] == {"kind": "lump_sum"}
    text = json.dumps(document)
    sent = {"scenario": text, "digest": digest(text), "do": "remove:/approaches/¹"}
    assert client.post("/estimate", data=sent).status_code == 200
