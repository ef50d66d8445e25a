"""Two scenarios, or two days, side by side on one page."""

import re
from copy import deepcopy
from html import unescape
from random import Random

import pytest
from flask.testing import FlaskClient

from estimator.presets import presets
from estimator.web.takeaway.permalink import LONGEST, pack
from estimator.web.words.wording import whole_money


def test_page_shows_the_change_that_the_api_finds(client: FlaskClient) -> None:
    left = presets()["prototype"].scenario
    right = {**left, "horizon_months": 18}
    page = client.get("/compare", query_string={"a": "prototype", "b": pack(right)}).get_data(as_text=True)
    found = client.post("/api/v1/comparisons", json={"left": left, "right": right}).get_json()
    for each in found["approaches"].values():
        assert whole_money(each["total_usd"]["left"]) in page
        assert whole_money(each["total_usd"]["right"]) in page
        assert f"+{whole_money(each['total_usd']['change'])}" in page
    assert "/horizon_months" in page
    moved = page.partition('id="parts"')[2].partition("</table>")[0]
    for each in found["approaches"].values():
        for part in each["components"]:
            assert (f"<td>{whole_money(part['right'])}</td>" in moved) == bool(part["change"])
    assert "only in" not in page


def rows_of(page: str, table: str) -> dict[str, list[str]]:
    """Read one table: its rows by their heads; every row has as many cells as there are columns."""
    cut = page.partition(f'id="{table}"')[2].partition("</table>")[0]
    columns = len(re.findall('<th scope="col">', cut))
    found = {}
    for row in cut.partition("<tbody>")[2].split("</tr>")[:-1]:
        head = unescape(re.findall('<th scope="row"[^>]*>(.*?)</th>', row)[0])
        found[head] = [unescape(each) for each in re.findall("<td>(.*?)</td>", row)]
        assert len(found[head]) == columns - 1
    return found


def test_what_one_side_alone_has_says_so(client: FlaskClient) -> None:
    page = client.get("/compare?a=support-transcripts&b=review-sentiment").get_data(as_text=True)
    both = {"left": presets()["support-transcripts"].scenario, "right": presets()["review-sentiment"].scenario}
    found = client.post("/api/v1/comparisons", json=both).get_json()
    totals = rows_of(page, "totals")
    assert totals["style-guide prompt"] == [
        whole_money(found["approaches"]["style-guide prompt"]["total_usd"]["left"]),
        "–",
        "only in First",
    ]
    assert totals["few-shot prompt"][2] == "only in Second"
    assert 'id="parts"' not in page
    differences = rows_of(page, "differences")
    assert differences["style-guide prompt"] == ["Engineered prompt", "–", "only in First"]
    assert differences["Requests a month"] == ["1,200,000", "9,000,000", "+7,800,000 (+650%)"]
    assert differences["Baseline"][2] == "changed"
    assert "n/a" not in page
    assert all(cells[2] for cells in (*totals.values(), *differences.values()))


def test_inputs_are_written_as_the_form_writes_them(client: FlaskClient) -> None:
    """The presets say 0.01 against a range of -0.04, 0.01, 0.04 for the growth, 0.1 against 0.3 for the overlap."""
    page = client.get("/compare?a=support-transcripts&b=review-sentiment").get_data(as_text=True)
    rows = rows_of(page, "differences")
    assert rows["Growth"] == ["1% a month", "low -4%, likely 1%, high 4% a month", "changed"]
    assert rows["Overlap share"] == ["10%", "30%", "+20 points (+200%)"]
    assert rows["Time to label one example"] == ["180 seconds", "20 seconds", "-160 seconds (-89%)"]
    assert not [each for cells in rows.values() for each in cells if re.search(r"\bdist\b|_", each)]


def test_variants_of_one_price_are_told_apart(client: FlaskClient) -> None:
    """The prompt of the first side runs in batches by half: two prices of one token."""
    left = deepcopy(presets()["prototype"].scenario)
    left["workload"]["batch_share"] = 0.5
    right = deepcopy(left)
    right["approaches"]["quick prompt"]["serving"]["model"] = "openai/gpt-5.5"
    sent = {"a": pack(left), "b": pack(right)}
    page = client.get("/compare", query_string=sent).get_data(as_text=True)
    heads = re.findall('<th scope="row"[^>]*>(.*?)</th>', page.partition('id="differences"')[2])
    assert len(heads) == len(set(heads))
    assert any(", batch [" in each for each in heads)


def test_amounts_of_two_currencies_have_no_difference(client: FlaskClient) -> None:
    rate = {"table": "exchange_rates", "offer": "EUR", "price": "exchange_rate", "value": 0.8}
    other = {**presets()["prototype"].scenario, "currency": "EUR", "price_overrides": [rate]}
    page = client.get("/compare", query_string={"a": "prototype", "b": pack(other)}).get_data(as_text=True)
    assert "Totals, in USD and EUR" in page
    assert {cells[2] for cells in rows_of(page, "totals").values()} == {"–"}


def test_two_price_dates_show_the_price_that_moved_and_what_it_does(client: FlaskClient) -> None:
    """An output token of this model cost USD 2 a million in June 2025 and 7.50 in November 2026 (token_prices.csv)."""
    scenario = deepcopy(presets()["prototype"].scenario)
    model = "mistral/mistral-medium-latest"
    scenario["approaches"]["quick prompt"]["serving"]["model"] = model
    sent = {"a": pack(scenario), "a_on": "2025-06-01", "b": "", "b_on": "2026-11-20"}
    page = client.post("/compare", data=sent, follow_redirects=True).get_data(as_text=True)
    assert rows_of(page, "differences")[f"{model}, Output token [USD/Mtoken]"] == ["2", "7.5", "+5.5 (+275%)"]
    books = ["2025-06-01", "2026-11-20"]
    found = client.post("/api/v1/comparisons", json={"left": scenario, "price_books": books}).get_json()
    moved = found["approaches"]["quick prompt"]["total_usd"]
    assert moved["change"] > 0
    left, right, change = rows_of(page, "totals")["quick prompt"]
    assert (left, right) == (whole_money(moved["left"]), whole_money(moved["right"]))
    assert change.startswith(f"+{whole_money(moved['change'])}")
    assert "Tokens of the requests (quick prompt)" in rows_of(page, "parts")


def test_prices_seen_after_the_day_that_is_asked_are_warned_of(client: FlaskClient) -> None:
    """The wages were seen in May 2024, the prices of this example's models in 2026 (token_prices.csv, sources.csv)."""
    page = client.get("/compare?a=support-transcripts&b=support-transcripts&b_on=2025-06-01").get_data(as_text=True)
    warning = re.search(r"<li>Prices of <time.*?2025-06-01</time> were asked, and (\d+) of (\d+) are known only", page)
    assert warning
    assert 0 < int(warning[1]) < int(warning[2])
    assert 'aria-label="Warnings of Second"' in page
    assert "Nothing that is known" in page
    assert "both use the same inputs and prices" not in page
    sent = {"left": presets()["support-transcripts"].scenario, "price_books": ["2026-11-20", "2025-06-01"]}
    found = client.post("/api/v1/comparisons", json=sent).get_json()
    codes = [[each["code"] for each in found[side]["warnings"]] for side in ("left", "right")]
    assert ["prices_seen_later" in side for side in codes] == [False, True]


def test_a_day_of_which_no_price_is_known_is_refused_at_its_field(client: FlaskClient) -> None:
    """Of what this example takes the wages of data scientists were seen first, in May 2024 (sources.csv)."""
    page = client.get("/compare?a=prototype&b=prototype&b_on=2020-01-01").get_data(as_text=True)
    assert 'aria-describedby="b-on-h b-e" aria-invalid="true"' in page
    assert "No price of 2020-01-01 is known among the 9 that this scenario takes" in page
    assert "known from 2024-05-01 on" in page
    assert 'id="totals"' not in page
    assert 'id="totals"' in client.get("/compare?a=prototype&b=prototype&b_on=2024-05-01").get_data(as_text=True)
    scenario = {**presets()["prototype"].scenario, "price_book": "2020-01-01"}
    refused = client.post("/api/v1/estimates", json=scenario)
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.get_json()["errors"]] == ["/price_book"]


def test_prices_of_a_later_day_are_marked_in_the_list(client: FlaskClient) -> None:
    """As many are marked as the warning counts; without an older day none is."""
    link = pack({**presets()["prototype"].scenario, "price_book": "2025-06-01"})
    page = client.get(f"/estimate?s={link}").get_data(as_text=True)
    count = re.search(r"asked, and (\d+) of (\d+) are known only", re.sub("<[^>]+>", "", page))
    assert count
    assert page.count(", <b>later</b><td>") == int(count[1]) < int(count[2])
    assert "later: known only from a later day on" in page
    assert "<b>later</b>" not in client.get("/?preset=prototype").get_data(as_text=True)


def test_a_day_before_every_price_is_refused_with_the_first_day(client: FlaskClient) -> None:
    """The oldest row of the shipped book is a wage of a study of April 2018 (sources.csv, hara-2018)."""
    page = client.get("/compare?a=prototype&b=prototype&b_on=1990-01-01").get_data(as_text=True)
    assert "the first one is of 2018-04-01" in page
    assert 'aria-describedby="b-on-h b-e" aria-invalid="true"' in page
    scenario = {**presets()["prototype"].scenario, "price_book": "1990-01-01"}
    refused = client.post("/api/v1/estimates", json=scenario)
    assert refused.status_code == 422
    assert "2018-04-01" in refused.get_data(as_text=True)
    assert client.get("/api/v1/prices/token_prices?on=1990-01-01").status_code == 422


def test_the_form_leads_to_an_address_that_can_be_shared(client: FlaskClient) -> None:
    link = pack(presets()["prototype"].scenario)
    sent = {"a": f"https://example.org/estimate?s={link}", "a_on": "", "b": "", "b_on": "2026-06-01"}
    answer = client.post("/compare", data=sent)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/compare?a={link}&b_on=2026-06-01"
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert 'prices of <time datetime="2026-11-20">' in page
    assert 'prices of <time datetime="2026-06-01">' in page


def test_two_scenarios_too_long_for_one_address_are_compared_all_the_same(client: FlaskClient) -> None:
    lot = Random(1)  # noqa: S311 - text that does not compress
    links = []
    for name in ("one", "two"):
        events = [{"month": 1, "usd": lot.random(), "what": f"{lot.random():.17f}"} for _ in range(200)]
        document = {**presets()["prototype"].scenario, "name": name}
        document["approaches"] = {**document["approaches"], "sums": {"kind": "lump_sum", "events": events}}
        links.append(pack(document))
    assert 4100 < len(links[0]) < LONGEST
    answer = client.post("/compare", data={"a": links[0], "b": links[1]})
    assert answer.status_code == 200
    assert rows_of(answer.get_data(as_text=True), "differences")["What it is"] == ["one", "two", "changed"]


def test_the_same_twice_differs_in_nothing(client: FlaskClient) -> None:
    page = client.get("/compare?a=prototype&b=prototype").get_data(as_text=True)
    assert "Nothing: both use the same inputs and prices." in page


def test_page_says_which_side_cannot_be_read(client: FlaskClient) -> None:
    page = client.get("/compare?a=prototype&b=prototype&b_on=soon").get_data(as_text=True)
    assert 'aria-describedby="b-on-h b-e" aria-invalid="true"' in page
    assert 'id="b-e"' in page
    assert 'value="soon"' not in page
    page = client.get("/compare?a=prototype&b=prototype&b_on=2026-02-30").get_data(as_text=True)
    assert '<p class="error" id="b-e">Must be a day of the calendar, not 2026-02-30.</p>' in page
    unknown = {"a": pack({**presets()["prototype"].scenario, "price_book": "never"}), "b": "prototype"}
    page = client.get("/compare", query_string=unknown).get_data(as_text=True)
    assert 'aria-describedby="a-h a-e" aria-invalid="true"' in page


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("protoype", "Unknown example 'protoype'. Nearest known: prototype. This is no link to a scenario"),
        ("2.abc", "The link is of version '2'"),
        ("3.AAAA", "The link"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field_and_nothing_is_compared_instead(
    client: FlaskClient, asked: str, told: str
) -> None:
    page = unescape(client.get("/compare", query_string={"a": "prototype", "b": asked}).get_data(as_text=True))
    assert told in page.partition('id="b-e">')[2].partition("</p>")[0]
    assert f'value="{asked}"' in page
    assert 'id="totals"' not in page
    assert "Review sentiment" not in page.partition("<datalist")[0]


def test_page_compares_the_same_link_at_two_days(client: FlaskClient) -> None:
    page = client.get("/compare?a=prototype&a_on=2026-11-20").get_data(as_text=True)
    assert 'prices of <time datetime="2026-11-20">' in page
