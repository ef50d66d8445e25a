"""Parts of the answer that take long: with script they come after the rest, and until then show what they showed."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, Route, expect

from .browsing import drawn, field_of, settled, violations

TRAFFIC = "/workload/requests_per_month"
PARTS = ("curve", "flips", "shares")
ASKED = ("Show the break-even over an input", "What would change this?", "What makes it uncertain?")
WHOLE = """async () => {
  const form = document.getElementById("inputs");
  const body = new URLSearchParams(new FormData(form));
  body.append("by-the-test", "");
  const reply = await fetch(form.action, { method: "POST", body });
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  return [...page.querySelectorAll("[data-part]")].map(each => each.textContent.replace(/\\s+/g, " ").trim());
}"""
SHOWN = """() => [...document.querySelectorAll("[data-part]")].map(each => {
  const copy = each.cloneNode(true);
  for (const drawn of copy.querySelectorAll(".chart > *, .tools > :not([form])")) drawn.remove();
  return copy.textContent.replace(/\\s+/g, " ").trim();
})"""
PLACES = "() => [...document.querySelectorAll('[data-part]')].map(e => [e.offsetTop, e.offsetHeight])"


class Gate:
    """Lets every request through but those for the parts that come later, until it is opened."""

    def __init__(self, page: Page) -> None:
        self.waiting: list[Route] = []
        self.lost: list[str] = []
        self.shut = False
        page.route("**/estimate", self.pass_on)
        page.on("requestfailed", lambda asked: self.lost.append(asked.url))

    def pass_on(self, route: Route) -> None:
        sent = parse_qs(route.request.post_data or "", keep_blank_values=True)
        if self.shut and not sent.keys() & {"later", "by-the-test"}:
            self.waiting.append(route)
        else:
            route.continue_()

    def wait(self, page: Page) -> None:
        """Wait until somebody stands at it."""
        for _ in range(600):
            if self.waiting:
                return
            page.wait_for_timeout(100)
        pytest.fail("Nobody asked for the parts that come later.")

    def open(self) -> None:
        self.shut = False
        for route in self.waiting:
            route.continue_()
        self.waiting.clear()


@pytest.fixture
def gate(page: Page, address: str) -> Iterator[Gate]:
    """Open every part of an example with ranges, then shut the gate."""
    page.goto(address)
    drawn(page)
    for name in ASKED:
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("button", name=name)).to_have_count(0)
        settled(page)
        page.wait_for_selector("[data-part][aria-busy=true]", state="detached")
    found = Gate(page)
    found.shut = True
    yield found
    page.unroute_all(behavior="ignoreErrors")


def change(page: Page, value: str) -> None:
    before = page.locator("#permalink").get_attribute("href")
    field_of(page, TRAFFIC + "#mode").or_(field_of(page, TRAFFIC)).first.fill(value)
    page.keyboard.press("Tab")
    expect(page.locator("#permalink")).not_to_have_attribute("href", before or "")
    settled(page)


def computed(page: Page) -> None:
    page.wait_for_selector("[data-part][aria-busy=true]", state="detached")
    expect(page.locator("[data-part]")).to_have_count(len(PARTS))


@pytest.mark.slow
def test_the_rest_of_the_answer_does_not_wait_for_what_takes_long(page: Page, gate: Gate) -> None:
    shown, places = page.evaluate(SHOWN), page.evaluate(PLACES)
    total = page.locator(".card .total").first.text_content() or ""
    change(page, "4,000,000")
    assert page.locator(".card .total").first.text_content() != total
    expect(page.locator("[data-part][aria-busy=true]")).to_have_count(len(PARTS))
    assert page.evaluate(SHOWN) == shown
    heights = [height for _, height in page.evaluate(PLACES)]
    assert heights == [height for _, height in places]
    expect(page.locator("[data-part=shares]")).to_have_css("filter", "grayscale(1)")
    assert "being computed" in page.locator("[data-part=flips]").evaluate(
        "e => getComputedStyle(e, '::before').content"
    )
    assert violations(page) == []
    gate.open()
    computed(page)
    assert page.evaluate(SHOWN) == page.evaluate(WHOLE) != shown
    expect(page.locator("[data-part=shares] .chart svg")).to_be_visible()
    expect(page.get_by_role("button", name="SVG of the chart what is uncertain")).to_be_visible()
    assert gate.lost == []


@pytest.mark.slow
def test_a_later_change_cancels_what_takes_long(page: Page, gate: Gate) -> None:
    change(page, "4,000,000")
    gate.wait(page)
    change(page, "5,000,000")
    assert len(gate.lost) == 1
    gate.open()
    computed(page)
    assert page.evaluate(SHOWN) == page.evaluate(WHOLE)


@pytest.mark.slow
def test_what_is_being_computed_can_be_hidden_and_asked_otherwise(page: Page, gate: Gate) -> None:
    change(page, "4,000,000")
    page.get_by_role("button", name="Hide what would change this").click()
    expect(page.locator("[data-part=flips]")).to_have_count(0)
    settled(page)
    page.locator("#curve").focus()
    page.locator("#curve").select_option("/workload/output_tokens")
    settled(page)
    expect(page.locator("#curve")).to_have_value("/workload/output_tokens")
    expect(page.locator("#curve")).to_be_focused()
    gate.open()
    page.wait_for_selector("[data-part][aria-busy=true]", state="detached")
    expect(page.locator("[data-part=curve] table")).to_contain_text("answer")
    expect(page.locator("#curve")).to_be_focused()
    assert page.evaluate(SHOWN) == page.evaluate(WHOLE)


@pytest.mark.slow
def test_a_wrong_input_leaves_the_parts_of_the_last_good_answer_to_come(page: Page, gate: Gate) -> None:
    change(page, "4,000,000")
    wanted = page.evaluate(WHOLE)
    field_of(page, "/workload/output_tokens#mode").or_(field_of(page, "/workload/output_tokens")).first.fill("many")
    page.keyboard.press("Tab")
    expect(page.locator("#refusal")).to_be_visible()
    gate.open()
    computed(page)
    assert page.evaluate(SHOWN) == wanted
    expect(page.get_by_role("button", name="Hide what would change this")).to_be_disabled()


@pytest.mark.slow
def test_parts_that_never_come_stay_grey(page: Page, gate: Gate) -> None:
    shown = page.evaluate(SHOWN)
    change(page, "4,000,000")
    gate.wait(page)
    for route in gate.waiting:
        route.fulfill(status=200, content_type="text/html", body="<p>")
    gate.waiting.clear()
    expect(page.get_by_role("status")).to_contain_text("What is grey is that of earlier inputs")
    computed(page)
    assert page.evaluate(SHOWN) == shown
    expect(page.locator("[data-part].stale")).to_have_count(len(PARTS))
    gate.open()
    change(page, "5,000,000")
    computed(page)
    assert page.evaluate(SHOWN) == page.evaluate(WHOLE)


def test_without_script_all_stands_in_one_answer(client: FlaskClient) -> None:
    page = client.get("/?preset=review-sentiment").get_data(as_text=True)
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert text is not None
    sent = {"scenario": text[1], "digest": "edited", "open": list(PARTS)}
    whole = client.post("/estimate", data=sent).get_data(as_text=True)
    assert "The choice turns with" in whole
    assert "What makes it uncertain</h3>" in whole
    assert 'data-chart="break-even-by-input"' in whole
    assert whole.count("<div data-part=") == len(PARTS)
    assert "aria-busy=true>" not in whole
    later = client.post("/estimate", data=sent | {"later": ["flips", "shares", "workings"]}).get_data(as_text=True)
    assert "The choice turns with" not in later
    assert "What makes it uncertain</h3>" not in later
    assert 'data-chart="break-even-by-input"' in later
    assert later.count("aria-busy=true>") == 2
    assert "Hide what would change this" in later
