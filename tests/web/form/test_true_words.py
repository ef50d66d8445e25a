"""What stands beside the figures of the page: what they are measured against, discounted or not, how sure."""

import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from estimator.presets import presets
from estimator.web.charts.catalogue import draw
from estimator.web.form.draft import Draft
from estimator.web.page import solve_all
from estimator.web.words.input_names import in_words
from estimator.web.words.plain_values import share
from tests.web.form.test_page import words_of

CASCADE, STYLE = "tuned first, hard calls escalated", "style-guide prompt"


@pytest.fixture
def support(client: FlaskClient) -> dict[str, Any]:
    with client.application.test_request_context():
        return solve_all(Draft(json.loads(json.dumps(presets()["support-transcripts"].scenario))))


def test_what_is_lost_is_not_called_a_negative_saving(support: dict[str, Any]) -> None:
    """The strongest input turns the saving into a loss at one of its ends: see the bar."""
    top = support["levers"]["bars"][0]
    assert top["at_low"] < 0 < top["at_high"]
    finding = " ".join(draw("what-matters", support)["title"]["text"])
    lost, saved = (f"{abs(amount) / 1000:.3g}k" for amount in (top["at_low"], top["at_high"]))
    assert f"at {top['low']}, {CASCADE} costs USD {lost} more than {STYLE}; at {top['high']}, it saves " in finding
    assert finding.endswith(f"USD {saved}.")


def test_findings_are_sentences_with_the_currency_before_the_amount(support: dict[str, Any]) -> None:
    for name in ("what-matters", "components", "quality-and-cost", "cost-by-traffic"):
        spec = draw(name, support)
        assert re.search(r"[^.]\.$", " ".join(spec["title"]["text"]))
        assert re.search(r"[^.]\.$", spec["description"])
    assert re.search(r"USD \d+k\.$", " ".join(draw("components", support)["title"]["text"]))


def test_amounts_of_many_months_say_that_they_are_discounted(client: FlaskClient) -> None:
    document = json.loads(json.dumps(presets()["support-transcripts"].scenario))
    for rate, said in ((0.08, True), (0, False)):
        document["annual_discount_rate"] = rate
        with client.application.test_request_context():
            found = solve_all(Draft(document))
        for name in ("cost-over-time", "components", "quality-and-cost", "cost-by-traffic", "what-matters"):
            axes = json.dumps(draw(name, found)["layer"], ensure_ascii=False).replace('", "', " ")
            assert (", discounted" in axes) == said, name
        page = client.post("/estimate", data={"scenario": json.dumps(document)}).get_data(as_text=True)
        captions = re.findall("<caption>([^<]*, in USD[^<]*)", page)
        assert len(captions) >= 3
        assert all(("discounted" in caption) == said for caption in captions)


def test_axes_write_the_minus_of_all_other_figures(support: dict[str, Any]) -> None:
    assert "'−', '-'" in json.dumps(draw("what-matters", support), ensure_ascii=False)


def test_good_answers_stand_by_the_thousand_in_one_number_of_digits(client: FlaskClient) -> None:
    """Of the API: discounted totals over the requests answered well, here times 1,000."""
    for preset in ("support-transcripts", "review-sentiment"):
        scenario = presets()[preset].scenario
        found = client.post("/api/v1/estimates", json=scenario).get_json()["approaches"]
        page = client.get(f"/?preset={preset}").get_data(as_text=True)
        table = page.partition('id="quality-table"')[2].partition("</table>")[0]
        assert "A thousand good answers, USD, discounted" in table
        told = re.findall("<td>([^<]*)\n", table)
        assert [float(each) for each in told] == pytest.approx(
            [1000 * each["usd_per_success"] for each in found.values()], abs=0.005
        )
        assert len({len(each.partition(".")[2]) for each in told}) == 1


def test_good_answers_say_why_they_are_not_the_thousand_requests(client: FlaskClient) -> None:
    text = presets()["review-sentiment"].text
    page = words_of(client.post("/estimate", data={"scenario": text, "do": "open:workings"}))
    part = page.partition("A thousand good answers ")[2].partition("Requests answered well")[0]
    assert "The total is discounted, and the answers are counted as they come" in part


def test_every_break_even_says_against_what_and_how_sure(client: FlaskClient) -> None:
    """The quantiles are those of the API."""
    page = words_of(client.get("/?preset=review-sentiment"))
    scenario = presets()["review-sentiment"].scenario
    for pair in client.post("/api/v1/estimates", json=scenario).get_json()["break_even"]:
        early, late = (pair["month_quantiles"][each] for each in ("p10", "p90"))
        line = page.partition(f"{pair['candidate']} becomes cheaper than {pair['baseline']} after")[2].partition("\n")[
            0
        ]
        if early != late:
            assert f"In four of five cases it first becomes cheaper between {early:.1f}".removesuffix(".0") in line
            assert f" and {late:.1f}".removesuffix(".0") in line


def test_shares_hold_no_noise(client: FlaskClient) -> None:
    """A skewed sum beside one that hardly varies: its estimated share is above the whole, the other's below nothing."""
    document = {
        "workload": {"requests_per_month": 1000, "input_tokens": 1, "output_tokens": 1},
        "approaches": {
            "skewed": {"kind": "lump_sum", "upfront_usd": {"dist": "lognormal", "low": 100, "high": 10000}},
            "steady": {"kind": "lump_sum", "upfront_usd": {"dist": "uniform", "low": 20000, "high": 20001}},
        },
    }
    raw = client.post("/api/v1/sensitivity", json={"scenario": document}).get_json()["sobol"]
    assert raw["/approaches/skewed/upfront_usd"]["st"] > 1
    assert raw["/approaches/steady/upfront_usd"]["s1"] < 0
    page = client.post("/estimate", data={"scenario": json.dumps(document), "do": "show:shares"}).get_data(as_text=True)
    table, _, below = page.partition('id="share-table"')[2].partition("</details>")
    assert "<td>100%</td>" in table
    assert "steady" not in table.partition("<tbody>")[2]
    assert "1 more input brings under 0.1%." in below
    assert not re.search(r"e-\d|-\d", "".join(re.findall("<td>([^<]*)", table)))
    assert share(0.0004) == "under 0.1%"


def test_measured_errors_are_called_alike() -> None:
    names = [in_words(f"/approaches/x/{each}") for each in ERRORS]
    assert names == [f"{words} (x)" for words in ERRORS.values()]


ERRORS = {
    "training/gpu_hours_quantile": "Training: luck with the training time",
    "training/memory_quantile": "Training: luck with the training memory",
    "serving/speed_quantile": "Serving: luck with the serving speed",
    "quality/fit_quantile": "Luck with the quality curve",
    "serving/bill/quantile": "Luck with the bill",
}
