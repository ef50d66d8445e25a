"""Numbers and days as the reader writes them, the same numbers underneath."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from estimator.presets import presets
from estimator.web.words.wording import whole_money

from .browsing import answer_of, drawn, field_of, settled
from .conftest import opened, watched

pytestmark = pytest.mark.slow


@pytest.fixture
def page(browser: Browser, address: str, locale: str) -> Iterator[Page]:
    """A page in a browser of a place."""
    with opened(browser, address, locale=locale, reduced_motion="reduce") as page:
        yield page


@pytest.mark.parametrize("locale", ["de-DE"])
def test_numbers_and_days_are_written_as_the_reader_does(page: Page, address: str) -> None:
    """A German reads 93.066,50 and types 1.234,5; the numbers stay those of the API."""
    page.goto(address)
    drawn(page)
    found = answer_of(address, presets()["review-sentiment"].scenario)
    for place, approach in enumerate(found["approaches"].values()):
        shown = page.locator(".card .total button").nth(place)
        assert german(shown.inner_text()) == whole_money(approach["total_usd"])
        assert shown.get_attribute("data-value") == whole_money(approach["total_usd"]).replace(",", "")
    headline = page.locator("#headline").text_content() or ""
    assert german(headline) == found["recommendation"]["headline"]
    assert "." in headline.partition("USD ")[2].partition(" ")[0]
    expect(page.locator(".kicker time")).to_have_text(["20.11.2026", "01.05.2024"])
    requests = field_of(page, "/workload/requests_per_month")
    expect(requests).to_have_value("9.000.000")
    requests.fill("8.500.000")
    requests.press("Tab")
    settled(page)
    field_of(page, "/workload/output_tokens").fill("8,5")
    field_of(page, "/workload/output_tokens").press("Tab")
    settled(page)
    expect(page.locator("#text")).to_have_value(
        re.compile("requests_per_month: 8500000.*output_tokens: 8.5", re.DOTALL)
    )
    expect(requests).to_have_value("8.500.000")
    with page.expect_download() as waited:
        page.get_by_role("button", name="Scenario as JSON").click()
    workload = json.loads(Path(waited.value.path()).read_text("utf-8"))["workload"]
    assert (workload["requests_per_month"], workload["output_tokens"]) == (8500000, 8.5)


@pytest.mark.parametrize(
    ("locale", "shown", "typed"),
    [
        ("en-IN", "90,00,000", "85,00,000"),
        ("fr-FR", "9[\\s\u202f]000[\\s\u202f]000", "8 500 000"),
        ("de-CH", "9['’]000['’]000", "8'500'000"),
    ],
)
def test_numbers_are_typed_as_they_are_shown(page: Page, address: str, shown: str, typed: str) -> None:
    page.goto(address)
    drawn(page)
    requests = field_of(page, "/workload/requests_per_month")
    expect(requests).to_have_value(re.compile(f"^{shown}$"))
    requests.fill(typed)
    requests.press("Tab")
    expect(page.locator("#text")).to_have_value(re.compile("requests_per_month: 8500000"))
    length = field_of(page, "/workload/output_tokens")
    length.fill("1.5k")
    length.press("Tab")
    expect(page.locator("#text")).to_have_value(re.compile("output_tokens: 1500"))
    settled(page)


@pytest.mark.parametrize("locale", ["de-DE"])
def test_notes_of_the_search_are_written_as_the_reader_does(page: Page, address: str) -> None:
    page.goto(f"{address}/?preset=prototype")
    drawn(page)
    field = field_of(page, "/approaches/quick prompt/serving/model")
    with page.expect_response(re.compile("/names")):
        field.fill("azure/gpt-5")
    option = page.locator(f"[id='{field.get_attribute('list')}'] option").first
    expect(option).to_have_text(
        "azure/gpt-5 – USD 1,25 in, USD 10 out a million tokens; seen on 20.11.2026; ends on 09.02.2027"
    )
    field.press("Tab")
    expect(page.locator("[id='wf/approaches/quick_prompt/serving/model'] .told")).to_contain_text("ends on 09.02.2027")
    settled(page)


def test_a_day_in_a_name_is_left_as_it_is(browser: Browser, address: str) -> None:
    context = browser.new_context(locale="de-DE", reduced_motion="reduce")
    page, wrong = watched(context, address)
    note = "ended on 2026-10-23; its seller names acme-2024-08-06 instead, source acme@2026-05-24:shop"
    page.route("**/names?*", lambda route: route.fulfill(json=[{"name": "acme", "note": note}]))
    page.goto(f"{address}/?preset=prototype")
    drawn(page)
    field = field_of(page, "/approaches/quick prompt/serving/model")
    with page.expect_response(re.compile("/names")):
        field.fill("acme")
    option = page.locator(f"[id='{field.get_attribute('list')}'] option").first
    expect(option).to_have_text(f"acme – {note.replace('2026-10-23', '23.10.2026')}")
    assert wrong == []
    context.close()


def german(text: str) -> str:
    """Write German numbers as English ones."""
    return (
        text.translate(str.maketrans(",.", ".,"))
        if re.fullmatch(r"[\d.,]+", text)
        else re.sub(r"\d[\d.,]*\d", lambda found: found[0].translate(str.maketrans(",.", ".,")), text)
    )
