"""Links reopen the same scenario, fit into a request line, and open as far as they can be read."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from estimator.presets import presets
from estimator.web.gunicorn import options
from estimator.web.permalink import LARGEST, LONGEST, make_link, open_link, pack, unpack
from estimator.web.schemas.scenario import read_scenario
from estimator.web.settings import Settings

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


@pytest.mark.property
@given(document=scenarios, cut=st.floats(0, 1))
@settings(deadline=None)
def test_a_link_that_is_cut_off_opens_with_a_part_of_itself(document: dict[str, Any], cut: float) -> None:
    packed = pack(document)
    draft = open_link(packed[: int(cut * (len(packed) - 1))])
    assert draft.dropped
    assert isinstance(draft.document, dict)
    for name, value in draft.document.get("workload", {}).items():
        assert name in document["workload"] or value in presets()["review-sentiment"].scenario["workload"].values()


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
    assert len(link) < 1500
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


def test_another_version_is_named() -> None:
    assert "version" in open_link("9.abc").dropped[0]
