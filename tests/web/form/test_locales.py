"""Numbers and days as the reader writes them, the same numbers underneath."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from estimator.presets import presets
from estimator.web.takeaway.permalink import pack
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


EVERYTHING = """() => {
  const form = document.getElementById("inputs");
  for (const each of document.querySelectorAll("[name=do]")) {
    const [action, what] = each.value.split(/:(.*)/s);
    if (action === "open" || action === "show") {
      const asked = Object.assign(document.createElement("input"), { type: "hidden", name: "open", value: what });
      form.append(asked);
    }
  }
  form.submit();
}"""
"""All that can be opened, in one page that the server writes whole."""

TEXTS = """page => {
  for (const each of page.querySelectorAll(".chart > *, .tools > :not([form])")) each.remove();
  const walker = page.createTreeWalker(page.querySelector("main"), NodeFilter.SHOW_TEXT);
  const found = { all: "", figures: [], others: [], choices: [] };
  while (walker.nextNode()) {
    const text = walker.currentNode.data;
    const around = walker.currentNode.parentElement;
    if (around.closest("time, code, pre, script, textarea")) continue;
    found.all += text;
    if (!/\\d/.test(text)) continue;
    if (around.matches("data, [data-value]")) found.figures.push([text, around.dataset.value ?? around.value]);
    else (around.tagName === "OPTION" ? found.choices : found.others).push(text);
  }
  return found;
}"""
SHOWN = f"() => ({TEXTS})(document)"
SENT = f"""async () => {{
  const form = document.getElementById("inputs");
  const reply = await fetch(form.action, {{ method: "POST", body: new URLSearchParams(new FormData(form)) }});
  return ({TEXTS})(new DOMParser().parseFromString(await reply.text(), "text/html"));
}}"""
DRAWN = "() => [...document.querySelectorAll('.chart svg text')].map(each => each.textContent)"
NO_NAME = re.compile(r"(?<![A-Za-z\d.])\d+[.,]\d+(?!\.\d)")
"""What is neither the 3.5 of Qwen3.5 nor a version such as 0.2.3."""


def unmarked(text: str) -> str:
    """Leave out what stands between the digits of a number."""
    return re.sub(r"(?<=\d)[.,\s\u202f\u00a0](?=\d)", "", text)


@pytest.mark.parametrize(
    ("locale", "preset"),
    [("de-DE", "review-sentiment"), ("de-DE", "support-transcripts"), ("fr-FR", "prototype"), ("de-DE", "prototype")],
)
def test_every_figure_of_the_page_is_written_as_the_reader_does(
    page: Page, address: str, locale: str, preset: str
) -> None:
    """With everything open no English figure is left, and each one is that of the page as the server sent it."""
    page.goto(f"{address}/?preset={preset}")
    drawn(page)
    with page.expect_navigation():
        page.evaluate(EVERYTHING)
    drawn(page)
    expect(
        page.locator(".workings, #curve-table, #assumption-table, [data-part=flips], [data-part=shares]")
    ).not_to_have_count(0)
    labels = page.evaluate(DRAWN)
    sent = page.evaluate(SENT)
    shown = page.evaluate(SHOWN)
    assert len(shown["figures"]) > 300
    for text, value in shown["figures"]:
        digits = re.search(r"\d(?:[\d.,\s\u202f\u00a0]*\d)?", text)
        assert digits, text
        plain = re.sub(r"[\s\u202f\u00a0]" if locale == "fr-FR" else r"\.", "", digits[0]).replace(",", ".")
        assert plain in value, text
        assert re.sub(r"[^\d.]", "", value).startswith(plain), text
    assert unmarked(shown["all"]) == unmarked(sent["all"])
    for text in shown["others"]:
        assert not NO_NAME.search(text), text
    english = re.compile(r"(?<![A-Za-z\d.])\d+\.\d(?!\d\d(?!\d))|\d,\d{3},")
    for text in [*shown["choices"], *labels]:
        assert not english.search(text), text
    assert any(NO_NAME.search(text) for text in sent["others"])


@pytest.mark.parametrize("locale", ["en-US"])
def test_an_english_reader_meets_the_page_as_it_was_sent(page: Page, address: str) -> None:
    page.goto(f"{address}/?preset=prototype")
    drawn(page)
    with page.expect_navigation():
        page.evaluate(EVERYTHING)
    drawn(page)
    sent = page.evaluate(SENT)
    assert page.evaluate(SHOWN) == sent


@pytest.mark.parametrize("locale", ["de-DE"])
def test_what_is_wrong_is_said_as_the_reader_writes(page: Page, address: str) -> None:
    page.goto(f"{address}/?preset=prototype")
    drawn(page)
    field = field_of(page, "/workload/requests_per_month")
    field.fill("12,5%")
    field.press("Tab")
    settled(page)
    for place in (".wrong .error", "#refusal ~ ul"):
        expect(page.locator(place)).to_contain_text("write the number itself, not 12,5%.")
    expect(field).to_have_value("12,5%")


@pytest.mark.parametrize("locale", ["de-DE"])
def test_names_with_figures_are_left_as_they_were_given(page: Page, address: str) -> None:
    """Of approaches and of the scenario, also where the same figure stands beside them."""
    scenario = {
        "name": "Plan 2.5",
        "horizon_months": 24,
        "workload": {"requests_per_month": 1000, "input_tokens": 1, "output_tokens": 1},
        "approaches": {
            "tuned 1.5 (new)": {"kind": "lump_sum", "upfront_usd": 1235},
            "prompt 1,000": {"kind": "lump_sum", "monthly_fixed_usd": 61.25},
        },
    }
    page.goto(f"{address}/estimate?s={pack(scenario)}")
    drawn(page)
    expect(page.locator("h3:has(.swatch)")).to_have_text(["tuned 1.5 (new)", "prompt 1,000"])
    expect(page.locator(".kicker")).to_contain_text("Plan 2.5 · 24 months")
    expect(page.locator("#headline")).to_contain_text("USD 1.2")
    expect(page.locator("#headline")).not_to_contain_text(re.compile(r"1,5|1\.000"))
    page.goto(f"{address}/compare?a={pack(scenario)}&b={pack({**scenario, 'horizon_months': 30})}")
    page.wait_for_function("document.querySelector('time').textContent.includes('20.11.2026')")
    expect(page.locator("#totals ~ div >> nth=0").locator("th[scope=row]")).to_have_text(
        ["tuned 1.5 (new)", "prompt 1,000"]
    )
    expect(page.locator("#totals ~ div >> nth=0").locator("td").first).to_have_text("1.235")


def german(text: str) -> str:
    """Write German numbers as English ones."""
    return (
        text.translate(str.maketrans(",.", ".,"))
        if re.fullmatch(r"[\d.,]+", text)
        else re.sub(r"\d[\d.,]*\d", lambda found: found[0].translate(str.maketrans(",.", ".,")), text)
    )
