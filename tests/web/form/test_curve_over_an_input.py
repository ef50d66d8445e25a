"""The break-even over an input as the page draws it: the numbers of the API, and what cannot be drawn says why."""

import re

import pytest
from flask.testing import FlaskClient

from estimator.presets import presets


def page_over(client: FlaskClient, over: str, preset: str = "prototype", **sent: str) -> str:
    """Read the page on which the break-even over an input was asked for."""
    asked = {"scenario": presets()[preset].text, "do": "open:curve", "curve": over, **sent}
    page = client.post("/estimate", data=asked)
    assert page.status_code == 200
    return page.get_data(as_text=True)


@pytest.mark.parametrize("preset", sorted(presets()))
def test_break_even_over_any_input_is_that_of_the_api(client: FlaskClient, preset: str) -> None:
    scenario = presets()[preset].scenario
    page = page_over(client, "/workload/output_tokens", preset)
    ends = re.findall('name="curve-(?:from|to)"[^>]*value="([^"]+)"', page)
    low, high = (float(end.replace(",", "")) for end in ends)
    names = list(scenario["approaches"])
    baseline = scenario.get("baseline", names[0])
    table = page.partition('id="curve-table"')[2].partition("</details>")[0]
    for place, name in enumerate(name for name in names if name != baseline):
        x = {"pointer": "/workload/output_tokens", "from": low, "to": high, "points": 41}
        question = {"scenario": scenario, "candidate": name, "baseline": baseline, "x": x}
        found = client.post("/api/v1/break-even-curves", json=question).get_json()
        rows = re.findall('<tr><th scope="row">.*?</th>(.*?)</tr>', table)
        for row, roots in zip(rows, found["y"][:: (len(found["y"]) - 1) // 8], strict=True):
            cell = re.findall("<td>(.*?)</td>", row)[2 * place]
            assert cell == (", ".join(f"{month:.1f}" for month in roots) or "–")


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"curve-from": "many"}, "&#39;many&#39; is not a number"),
        ({"curve-from": "9000", "curve-to": "20"}, "must be the lower one"),
        ({"curve-from": "-5", "curve-to": "20"}, "at least 0"),
        ({"curve": "/nowhere"}, "Requests a month"),
    ],
)
def test_curve_that_cannot_be_drawn_says_why(client: FlaskClient, sent: dict[str, str], told: str) -> None:
    at = "/workload/input_tokens"
    assert told in page_over(client, at, **{"curve-of": at, **sent})


@pytest.mark.parametrize("sought", ["/delay_cost_usd_per_month", "/workload/batch_share"])
def test_a_second_input_that_is_nothing_today_is_looked_for_all_the_same(client: FlaskClient, sought: str) -> None:
    at = "/workload/input_tokens"
    page = page_over(client, at, **{"curve-of": at, "curve-in": sought})
    assert 'id="curve-e"' not in page
    assert 'id="curve-table"' in page
    finding = re.sub(
        "<[^>]+>", "", page.partition('id="by-input"')[2].partition("<p class=finding>")[2].partition("</p>")[0]
    )
    # a share is looked for from nothing to all, another number that is 0 from 0 to 100; 600 tokens / 4 are 150
    between = "0% and 100%" if "share" in sought else "0 and 100"
    assert f"at 150 tokens nowhere between {between}" in finding
    assert "at 1,500 tokens nowhere" in finding


def test_a_wrong_end_marks_the_ends_and_not_the_second_input(client: FlaskClient) -> None:
    at = "/workload/output_tokens"
    page = page_over(client, at, **{"curve-of": at, "curve-to": "many"})
    assert 'id="curve-to"' in page
    field = page.partition('id="curve-to"')[2].partition(">")[0]
    assert 'aria-invalid="true"' in field
    assert "aria-invalid" not in page.partition('id="curve-in"')[2].partition(">")[0]


def test_page_shows_the_break_even_in_a_second_input(client: FlaskClient) -> None:
    page = page_over(client, "/workload/output_tokens", **{"curve-in": "/workload/requests_per_month"})
    assert "in Requests a month" in page
    assert 'data-chart="break-even-by-input"' in page
    assert '<option value="/workload/requests_per_month" selected>' in page


def test_a_section_is_asked_for_while_the_text_is_edited(client: FlaskClient) -> None:
    page = page_over(client, "/workload/batch_share", digest="0")
    assert 'id="curve-table"' in page
    assert 'value="50%"' in page


@pytest.mark.parametrize(
    "sought", ["/wages/ml_engineer", "/approaches/tuned 8B on own replicas/serving/usd_per_gpu_hour"]
)
def test_a_second_input_that_nobody_stated_is_looked_for_around_what_was_looked_up(
    client: FlaskClient, sought: str
) -> None:
    at = "/workload/requests_per_month"
    page = page_over(client, at, "review-sentiment", **{"curve-of": at, "curve-in": sought})
    assert 'id="curve-e"' not in page
    assert 'id="curve-table"' in page
