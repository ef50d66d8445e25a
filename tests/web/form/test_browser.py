"""The page in Chromium: drawn, changed, taken away, by keyboard, without script, without an error."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from estimator.presets import presets
from estimator.web.words.wording import whole_money

from .browsing import answer_of, drawn, field_of, settled, violations
from .conftest import IN_HOUSE, watched

HEARD = """() => {
  window.heard = [];
  const told = document.querySelector("#status");
  new MutationObserver(() => heard.push(told.textContent.trim())).observe(told, {childList: true, subtree: true});
}"""
"""Notes what a live region says, as a screen reader hears it: after each change as a whole."""

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("preset", sorted(presets()))
def test_preset_is_drawn_accessible_and_prints_on_two_pages(page: Page, address: str, preset: str) -> None:
    page.goto(f"{address}/?preset={preset}")
    drawn(page)
    charts = page.locator(".chart[data-chart]")
    assert charts.count() >= 2
    assert page.locator(".chart svg").count() == charts.count()
    for place in range(charts.count()):
        picture = charts.nth(place).locator("[role=graphics-document]").first
        assert len(picture.get_attribute("aria-label") or "") > 30
    spoken = page.locator(".chart svg [role=graphics-symbol]")
    told = spoken.evaluate_all("all => all.map(each => each.getAttribute('aria-roledescription'))")
    assert set(told) == {"axis", "legend"}  # the description and the table say what the marks would repeat, unrounded
    assert violations(page) == []
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
    page.emulate_media(media="print")
    expect(page.locator("#price-table table")).to_be_visible()
    assert not page.locator("#inputs").is_visible()
    assert violations(page, on_paper=True) == []


def test_a_change_is_estimated_at_once(page: Page, address: str) -> None:
    page.goto(address)
    drawn(page)
    before = page.locator("#headline").inner_text()
    field = field_of(page, "/workload/requests_per_month")
    field.fill("200,000")
    field.press("Tab")
    expect(page.locator("#headline")).not_to_have_text(before)
    settled(page)
    document = dict(presets()["review-sentiment"].scenario)
    document["workload"] = {**document["workload"], "requests_per_month": 200000}
    best = answer_of(address, document)["recommendation"]
    expect(page.locator("#headline")).to_have_text(best["headline"])
    expect(page.get_by_role("status")).to_contain_text(best["approach"])
    page.reload()
    expect(page.locator("#headline")).to_have_text(best["headline"])


def test_a_mistake_stands_at_its_field_and_is_kept(page: Page, address: str) -> None:
    """The answer to the last good inputs stays, marked as such, until there is another."""
    page.goto(address)
    drawn(page)
    headline = page.locator("#headline").text_content() or ""
    page.evaluate(HEARD)
    field = field_of(page, "/workload/output_tokens")
    field.fill("many")
    field.press("Tab")
    expect(page.locator("#refusal")).to_be_visible()
    settled(page)
    expect(field).to_have_value("many")
    expect(field).to_have_attribute("aria-invalid", "true")
    told = page.locator(f"[id='{(field.get_attribute('aria-describedby') or '').split()[-1]}']")
    expect(told).to_contain_text("number")
    expect(page.locator("#headline")).to_have_text(headline)
    expect(page.locator("#answer")).to_have_class(re.compile("stale"))
    expect(page.get_by_text("the answer to the last inputs that could be computed")).to_be_visible()
    expect(page.locator("[data-chart=cost-over-time] svg")).to_be_visible()
    expect(page.get_by_role("button", name="Spreadsheet")).to_be_disabled()
    assert page.evaluate("heard") == [
        "Estimating…",
        "Not computed: 1 thing to change; the answer shown is that of the last good inputs",
    ]
    assert page.locator("#answer [role=alert], #answer [aria-live]").count() == 0
    field.fill("lots")
    field.press("Tab")
    settled(page)
    expect(page.locator("#answer > .bad")).to_have_count(1)
    field.fill("180")
    field.press("Tab")
    expect(page.locator("#answer")).not_to_have_class(re.compile("stale"))
    expect(page.locator("#refusal")).to_have_count(0)
    expect(page.get_by_role("button", name="Spreadsheet")).to_be_enabled()


def test_what_is_wrong_is_heard_where_the_form_takes_another_shape(page: Page, address: str) -> None:
    """The live region outlives the form around it; one that is replaced says nothing."""
    page.goto(f"{address}/?preset=prototype")
    drawn(page)
    page.evaluate(HEARD)
    page.get_by_role("button", name="remove quick prompt").press("Enter")
    expect(page.locator("#refusal")).to_be_visible()
    settled(page)
    assert [each.partition(":")[0] for each in page.evaluate("heard")] == ["Estimating…", "Not computed"]
    expect(page.locator("#headline")).to_be_visible()


def test_an_answer_that_never_comes_leaves_the_last_one_marked(page: Page, address: str) -> None:
    page.goto(address)
    drawn(page)
    page.route("**/estimate", lambda route: route.fulfill(status=200, content_type="text/html", body="<p>"))
    field = field_of(page, "/workload/output_tokens")
    field.fill("170")
    field.press("Tab")
    expect(page.get_by_role("status")).to_contain_text("The service did not answer")
    expect(page.locator("#answer")).to_have_class(re.compile("stale"))
    page.unroute("**/estimate")
    field.fill("175")
    field.press("Tab")
    expect(page.locator("#answer")).not_to_have_class(re.compile("stale"))


def test_without_script_a_mistake_stands_at_its_field_and_is_read_first(plain_page: Page, address: str) -> None:
    page = plain_page
    page.goto(address)
    field_of(page, "/workload/requests_per_month").fill("many")
    field_of(page, "/workload/output_tokens").fill("-3")
    page.get_by_role("button", name="Estimate").click()
    expect(page.locator("#refusal")).to_be_focused()
    expect(page.locator("#answer > .bad li")).to_have_count(2)
    for pointer, typed in (("/workload/requests_per_month", "many"), ("/workload/output_tokens", "-3")):
        field = field_of(page, pointer)
        expect(field).to_have_value(typed)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(page.locator(f"[id='f{pointer}-e']")).to_be_visible()
    page.locator("#answer > .bad a").first.click()
    expect(field_of(page, "/workload/requests_per_month")).to_be_visible()
    field_of(page, "/workload/requests_per_month").fill("180")
    field_of(page, "/workload/output_tokens").fill("8")
    page.get_by_role("button", name="Estimate").click()
    expect(page.locator("#headline")).to_be_visible()


def test_approaches_are_added_copied_named_and_removed_by_keyboard(page: Page, address: str) -> None:
    page.goto(address)
    drawn(page)
    page.get_by_role("button", name="copy few-shot prompt").focus()
    page.keyboard.press("Enter")
    name = page.locator("[id='ng/approaches/few-shot_prompt_(copy)']")
    expect(name).to_be_visible()
    settled(page)
    name.fill("shorter prompt")
    name.press("Tab")
    expect(page.locator(".card h3", has_text="shorter prompt")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="remove shorter prompt").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".card h3", has_text="shorter prompt")).to_have_count(0)
    page.get_by_label("Add an approach").select_option("lump_sum")
    page.get_by_role("button", name="Add", exact=True).press("Enter")
    asked = page.locator("[name='/approaches/new fixed sums/upfront_usd']")
    expect(asked).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".card h3", has_text="new fixed sums")).to_have_count(0)
    asked.fill("12k")
    asked.press("Tab")
    expect(page.locator(".card h3", has_text="new fixed sums")).to_be_visible()


def test_a_range_is_given_and_taken_back(page: Page, address: str) -> None:
    page.goto(address)
    drawn(page)
    page.get_by_role("button", name="range for Requests a month").click()
    low = page.locator("[id='f/workload/requests_per_month#low']")
    expect(low).to_have_value("6,300,000")
    settled(page)
    page.get_by_role("button", name="one value for Requests a month").click()
    expect(field_of(page, "/workload/requests_per_month")).to_have_value("9,000,000")


def test_models_are_found_by_search(page: Page, address: str) -> None:
    page.goto(address)
    drawn(page)
    field = page.locator("[name='/approaches/few-shot prompt/serving/model']")
    with page.expect_response(re.compile("/names")):
        field.fill("gemini flash")
    option = page.locator(f"[id='{field.get_attribute('list')}'] option").first
    expect(option).to_have_text(re.compile("USD .* seen"))
    assert "gemini" in (option.get_attribute("value") or "")


def test_a_field_that_is_gone_when_its_search_begins_does_no_harm(page: Page, address: str) -> None:
    """An answer may replace a field between the last letter and the question; the fixture fails on any error."""
    page.goto(f"{address}/?preset=prototype")
    drawn(page)
    page.evaluate(
        """async () => {
            const { search } = await import("/static/names.js");
            const field = document.querySelector("[data-search]");
            search(field, String);
            field.closest(".field").remove();
            await new Promise((later) => setTimeout(later, 400));
        }"""
    )


def test_an_older_answer_to_a_search_does_not_replace_a_newer_one(page: Page, address: str) -> None:
    held: list[Route] = []

    def answered(route: Route) -> None:
        if "q=gemini" in route.request.url:
            held.append(route)
        else:
            route.fulfill(json=[{"name": "newer", "note": ""}])

    page.route("**/names?*", answered)
    page.goto(f"{address}/?preset=prototype")
    drawn(page)
    field = field_of(page, "/approaches/quick prompt/serving/model")
    with page.expect_request(re.compile("q=gemini")):
        field.fill("gemini")
    with page.expect_response(re.compile("q=claude")):
        field.fill("claude")
    options = page.locator(f"[id='{field.get_attribute('list')}'] option")
    expect(options).to_have_text(["newer"])
    held[0].fulfill(json=[{"name": "older", "note": ""}])
    page.evaluate("() => new Promise((later) => setTimeout(later, 300))")
    expect(options).to_have_text(["newer"])


@pytest.mark.parametrize("opened", [False, True])
def test_every_input_is_reached_by_tab(page: Page, address: str, opened: bool) -> None:
    page.goto(f"{address}/?preset=prototype")
    drawn(page)
    while opened and (more := page.get_by_role("button", name=re.compile("more inputs of|[0-9] inputs of"))).count():
        more.first.press("Enter")
        settled(page)
    names = page.eval_on_selector_all(
        "#inputs input:not([type=hidden]),#inputs select,#inputs button",
        "all => all.filter(e => e.checkVisibility()).length",
    )
    assert names > (140 if opened else 20)
    page.locator("#inputs button.main").focus()
    seen = 1
    for _ in range(names + 5):
        page.keyboard.press("Tab")
        inside = page.evaluate(
            "(all => all.contains(document.activeElement) && !document.activeElement.closest('details'))"
            "(document.querySelector('#inputs'))"
        )
        if not inside:
            break
        seen += 1
    assert seen == names


def test_the_inputs_are_a_few_keys_from_the_head_of_the_page(page: Page, address: str) -> None:
    page.goto(address)
    drawn(page)
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to your scenario")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to your scenario")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#inputs button.main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('#inputs input')")


def test_a_figure_opens_its_working(page: Page, address: str) -> None:
    page.goto(address)
    drawn(page)
    figure = page.locator(".parts td button").nth(3)
    target = f"working-{figure.get_attribute('value')}"
    figure.press("Enter")
    summary = page.locator(f"#{target} > summary")
    expect(summary).to_be_focused()
    expect(page.locator(f"#{target} li, #{target} p").first).to_be_visible()
    settled(page)
    link = page.locator(".parts td a").first
    other = (link.get_attribute("href") or "").removeprefix("#")
    link.click()
    expect(page.locator(f"#{other} li, #{other} p").first).to_be_visible()


def test_a_month_opens_its_working(page: Page, address: str) -> None:
    page.goto(address)
    drawn(page)
    page.locator("#month-table summary").click()
    page.locator("#month-table [value=month-7]").press("Enter")
    expect(page.locator("#working-month-7 > summary")).to_be_focused()
    expect(page.locator("[id='working-2-month-7'] li").first).to_be_visible()
    settled(page)
    assert violations(page) == []


def test_what_is_asked_for_is_shown_and_accessible(page: Page, address: str) -> None:
    """The tornado, what is uncertain, the break-even over any input, workings and defaults: all on one page."""
    page.goto(f"{address}/?preset=entity-extraction")
    drawn(page)
    for asked in ("Show the break-even over an input", "How are these figures worked out?"):
        page.get_by_role("button", name=asked).press("Enter")
        settled(page)
    page.get_by_role("button", name=re.compile("defaults that you did not state")).press("Enter")
    expect(page.locator("#assumption-table")).to_be_visible()
    settled(page)
    page.get_by_label("Over", exact=True).select_option("/workload/output_tokens")
    expect(page.locator("#curve-table th").first).to_contain_text("Length of an answer")
    settled(page)
    page.locator("#curve-to").fill("1,000")
    page.locator("#curve-to").press("Enter")
    expect(page.locator("[data-part=curve] .finding")).to_contain_text("at 1,000")
    settled(page)
    expect(page.locator("[data-chart=break-even-by-input] svg")).to_be_visible()
    page.get_by_role("button", name="What makes it uncertain?").press("Enter")
    expect(page.locator("#why")).to_be_focused()
    settled(page)
    expect(page.locator("[data-chart=what-matters] svg")).to_be_visible()
    page.get_by_role("button", name="What would change this?").press("Enter")
    expect(page.get_by_text("The choice turns with")).to_be_visible()
    expect(page.locator("#why")).to_be_focused()
    expect(page.locator("#curve-to")).to_have_value("1,000")
    assert violations(page) == []


def test_without_script_it_is_whole(plain_page: Page, address: str) -> None:
    page = plain_page
    page.goto(address)
    expect(page.locator("#headline")).to_be_visible()
    expect(page.locator("#month-table table")).to_be_visible()
    field_of(page, "/workload/requests_per_month").fill("50,000")
    page.get_by_role("button", name="Estimate").click()
    expect(field_of(page, "/workload/requests_per_month")).to_have_value("50,000")
    expect(page.locator("#headline")).to_contain_text("few-shot prompt")
    page.get_by_role("button", name=re.compile("more inputs of The data")).click()
    expect(field_of(page, "/labelling/overlap_share")).to_be_visible()
    page.get_by_role("button", name="Show the break-even over an input").click()
    page.get_by_label("Over", exact=True).select_option("/workload/input_tokens")
    page.locator("[data-part=curve] .choose button").click()
    expect(page.locator("#curve-table caption")).to_contain_text("Break-even against few-shot prompt")
    expect(page.locator("#curve-table th").first).to_contain_text("Length of a request")
    figure = page.locator(".card button").first
    target = f"working-{figure.get_attribute('value')}"
    figure.click()
    expect(page.locator(f"#{target} > summary")).to_be_focused()
    expect(page.locator(f"#{target} li").first).to_be_visible()
    with page.expect_download() as waited:
        page.get_by_role("button", name="CSV of the chart cost over time").click()
    assert waited.value.suggested_filename == "cost-over-time.csv"
    page.get_by_role("link", name="Link to this scenario").click()
    expect(field_of(page, "/workload/requests_per_month")).to_have_value("50,000")


def test_downloads_open(page: Page, address: str, tmp_path: Path) -> None:
    page.goto(address)
    drawn(page)
    for button, name in [("Spreadsheet", "estimate.xlsx"), ("CSV", "estimate.csv"), ("as YAML", "scenario.yaml")]:
        with page.expect_download() as waited:
            page.get_by_role("button", name=button, exact=True).click()
        assert waited.value.suggested_filename == name
        waited.value.save_as(tmp_path / name)
    book = openpyxl.load_workbook(tmp_path / "estimate.xlsx", read_only=True)
    assert "Components by month" in book.sheetnames
    book.close()
    for kind, begins in [("SVG", b"<svg"), ("PNG", b"\x89PNG"), ("CSV", b"group,approach,cost_usd")]:
        with page.expect_download() as waited:
            page.get_by_role("button", name=f"{kind} of the chart components").click()
        waited.value.save_as(tmp_path / kind)
        assert (tmp_path / kind).read_bytes().startswith(begins)
    assert ET.fromstring((tmp_path / "SVG").read_bytes()).tag.endswith("svg")  # noqa: S314 - our own picture


def test_the_command_for_a_terminal_is_copied(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(address)
    drawn(page)
    page.get_by_role("button", name="As curl").click()
    page.locator("[data-copy=curl-text]").click()
    expect(page.locator("[data-copy=curl-text]")).to_have_text("copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"curl -H 'Content-Type: application/json' '{address}/api/v1/estimates' -d ")


def test_no_copy_is_offered_where_the_browser_refuses_it(browser: Browser, address: str) -> None:
    """On plain http, as within a company, there is no clipboard; what would be copied stands there."""
    elsewhere = address.replace("127.0.0.1", IN_HOUSE)
    context = browser.new_context()
    page, wrong = watched(context, elsewhere)
    page.goto(elsewhere)
    drawn(page)
    assert page.evaluate("[isSecureContext, Boolean(navigator.clipboard)]") == [False, False]
    page.get_by_role("button", name="As curl").click()
    expect(page.locator("#curl-text")).to_be_visible()
    settled(page)
    expect(page.locator("[data-copy]")).to_have_count(2)
    for button in page.locator("[data-copy]").all():
        expect(button).to_be_hidden()
    expect(page.locator("[data-print]")).to_be_visible()
    context.close()
    assert [each for each in wrong if "Cross-Origin-Opener-Policy header has been ignored" not in each] == []


def test_compare_shows_both(page: Page, address: str) -> None:
    page.goto(f"{address}/compare?a=prototype&b=patent-drafting")
    for preset in ("prototype", "patent-drafting"):
        found = answer_of(address, presets()[preset].scenario)
        expect(page.locator("main")).to_contain_text(found["recommendation"]["headline"])
        for approach in found["approaches"].values():
            expect(page.locator("main")).to_contain_text(whole_money(approach["total_usd"]))
