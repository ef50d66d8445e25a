"""Every state of every page: accessible in light and dark, by keyboard, at every width, quiet, and printed cleanly."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from estimator.presets import presets

from .browsing import drawn, field_of, settled, violations
from .conftest import opened

pytestmark = pytest.mark.slow

WIDTHS = (320, 390, 768, 1440, 3840)
REDRAWN_MS = 300
"""After which charts are drawn again at another width."""
FOCUSABLE = "a[href],button,input:not([type=hidden]),select,textarea,summary,[tabindex='0']"


def example(page: Page, address: str) -> None:
    page.goto(address)
    drawn(page)


def scratch(page: Page, address: str) -> None:
    page.goto(f"{address}/?preset=scratch")
    drawn(page)


def unknown_example(page: Page, address: str) -> None:
    page.goto(f"{address}/?preset=nope")
    drawn(page)


def ranges(page: Page, address: str) -> None:
    example(page, address)
    for name in ("Requests a month", "Length of an answer"):
        page.get_by_role("button", name=f"range for {name}").click()
        expect(page.get_by_role("button", name=f"one value for {name}")).to_be_visible()
        settled(page)
    expect(page.get_by_text("Four in five cases").first).to_be_visible()


def wrong_input(page: Page, address: str) -> None:
    example(page, address)
    field_of(page, "/workload/output_tokens").fill("many")
    field_of(page, "/workload/output_tokens").press("Tab")
    expect(page.locator("#refusal")).to_be_visible()
    settled(page)


def cut_link(page: Page, address: str) -> None:
    """Only letters of its seal are missing: nothing of the scenario is lost."""
    cut(page, address, 0.995)
    expect(page.locator("#headline")).to_be_visible()


def badly_cut_link(page: Page, address: str) -> None:
    cut(page, address, 0.7)
    expect(page.locator("#refusal")).to_be_visible()


def cut(page: Page, address: str, share: float) -> None:
    page.goto(f"{address}/?preset=support-transcripts")
    link = page.locator("#permalink").get_attribute("href") or ""
    page.goto(f"{address}{link[: int(share * len(link))]}")
    drawn(page)
    expect(page.get_by_role("heading", name="What could not be opened")).to_be_visible()


def everything(page: Page, address: str) -> None:
    page.goto(f"{address}/?preset=entity-extraction")
    drawn(page)
    page.get_by_role("button", name="range for Requests a month").click()
    expect(page.get_by_role("button", name="one value for Requests a month")).to_be_visible()
    settled(page)
    for asked in (
        "Show the break-even over an input",
        "How are these figures worked out?",
        "What would change this?",
    ):
        page.get_by_role("button", name=asked).click()
        expect(page.get_by_role("button", name=asked)).to_have_count(0)
        settled(page)
    page.get_by_role("button", name=re.compile("more inputs of The task")).click()
    expect(page.get_by_role("button", name="fewer inputs of The task")).to_be_visible()
    settled(page)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")


def compared(page: Page, address: str) -> None:
    page.goto(f"{address}/compare?a=support-transcripts&b=review-sentiment")
    expect(page.get_by_role("heading", name="What differs")).to_be_visible()


def two_days(page: Page, address: str) -> None:
    page.goto(f"{address}/compare?a=support-transcripts&b_on=2025-06-01")
    expect(page.get_by_role("heading", name="What differs")).to_be_visible()


def wrongly_compared(page: Page, address: str) -> None:
    page.goto(f"{address}/compare?a=3.abc&b=prototype&b_on=soon")
    expect(page.locator("#b-e")).to_be_visible()


def page_at(path: str) -> Callable[[Page, str], None]:
    def go(page: Page, address: str) -> None:
        page.goto(f"{address}{path}")

    return go


STATES: dict[str, Callable[[Page, str], None]] = {
    "an example": example,
    "from scratch": scratch,
    "an unknown example": unknown_example,
    "ranges": ranges,
    "a wrong input": wrong_input,
    "a cut link": cut_link,
    "a badly cut link": badly_cut_link,
    "everything asked for": everything,
    "compared": compared,
    "two days compared": two_days,
    "wrongly compared": wrongly_compared,
    "the form to compare": page_at("/compare"),
    "the equations": page_at("/model"),
    "the operations": page_at("/docs"),
}


DESK = {"width": 1440, "height": 900}


@pytest.fixture
def tab(browser: Browser, address: str) -> Iterator[Page]:
    """A page whose colours, motion and width change while it is open."""
    with opened(browser, address, viewport=DESK, reduced_motion="reduce") as page:
        yield page


@pytest.fixture(scope="module", params=STATES)
def in_state(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """A page in one of the states, for tests that only look at it."""
    with opened(browser, address, viewport=DESK, reduced_motion="reduce") as page:
        STATES[request.param](page, address)
        yield page


@pytest.fixture
def shown(in_state: Page) -> Page:
    """A page in one of the states as it came, whoever looked at it before."""
    in_state.set_viewport_size(DESK)
    in_state.emulate_media(color_scheme="light")
    in_state.wait_for_timeout(REDRAWN_MS)
    in_state.evaluate("document.activeElement.blur()")
    in_state.evaluate("window.getSelection().collapse(document.body, 0)")
    return in_state


def test_state_is_accessible_in_light_and_dark_and_fits_every_screen(shown: Page) -> None:
    assert violations(shown) == []
    assert shown.locator("html").get_attribute("lang") == "en"
    assert shown.title().endswith("tune-or-prompt")
    for landmark in ("banner", "navigation", "main", "contentinfo"):
        expect(shown.get_by_role(landmark)).to_have_count(1)
    for width in reversed(WIDTHS):
        shown.set_viewport_size({"width": width, "height": 900})
        assert shown.evaluate("document.documentElement.scrollWidth") <= width, width
    shown.emulate_media(color_scheme="dark")
    shown.wait_for_timeout(REDRAWN_MS)
    assert violations(shown) == []


def test_charts_wear_other_colours_in_the_dark(tab: Page, address: str) -> None:
    """All of them, those out of sight too."""
    example(tab, address)
    ink = "each => getComputedStyle(each).fill"
    words = tab.locator(".chart svg text")
    bright = {words.nth(place).evaluate(ink) for place in (0, words.count() - 1)}
    tab.emulate_media(color_scheme="dark")
    for place in (0, words.count() - 1):
        expect(words.nth(place)).not_to_have_css("fill", bright.copy().pop())


def test_everything_in_a_state_is_reached_by_tab_and_seen_there(shown: Page) -> None:
    """From the head of the page to its end; what has the focus is marked by a line around it."""
    wanted = shown.evaluate(
        """what => [...document.querySelectorAll(what)]
            .filter(each => each.checkVisibility({visibilityProperty: true}) && !each.disabled && each.tabIndex >= 0)
            .map((each, place) => (each.dataset.place = place)).length""",
        FOCUSABLE,
    )
    assert wanted >= 6
    seen: set[str] = set()
    unseen: set[str] = set()
    for _ in range(3 * wanted):
        shown.keyboard.press("Tab")
        place, outline, html = shown.evaluate(
            """() => {
              const each = document.activeElement, style = getComputedStyle(each);
              return [each.dataset.place ?? "", parseFloat(style.outlineWidth), each.outerHTML.slice(0, 120)];
            }"""
        )
        if place in seen and place == "0":
            break
        if place:
            seen.add(place)
            if outline < 2:
                unseen.add(html)
        if len(seen) == wanted:
            break
    assert not unseen
    missed = shown.evaluate(
        "seen => [...document.querySelectorAll('[data-place]')].filter(e => !seen.includes(e.dataset.place))"
        ".map(e => e.outerHTML.slice(0, 120))",
        sorted(seen),
    )
    assert missed == []


@pytest.mark.parametrize("state", ["a wrong input", "a badly cut link"])
def test_what_is_wrong_leads_to_its_place(tab: Page, address: str, state: str) -> None:
    STATES[state](tab, address)
    links = tab.locator("#answer > .bad a")
    assert links.count() >= 1
    for link in links.all():
        target = (link.get_attribute("href") or "").removeprefix("#")
        assert tab.evaluate("id => Boolean(document.getElementById(id))", target), target


@pytest.mark.parametrize("state", ["ranges", "everything asked for", "a wrong input", "a cut link", "from scratch"])
def test_state_is_printed_on_two_pages(tab: Page, address: str, state: str) -> None:
    STATES[state](tab, address)
    printed = tab.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2


@pytest.mark.parametrize("preset", sorted(presets()))
def test_what_was_asked_for_is_printed_on_two_pages(tab: Page, address: str, preset: str) -> None:
    """With both answers of the choice open, and then with the break-even over an input beside them."""
    tab.goto(f"{address}/?preset={preset}")
    drawn(tab)
    for asked, printed in (
        ("What would change this?", None),
        ("What makes it uncertain?", 2),
        ("Show the break-even over an input", 2),
    ):
        tab.get_by_role("button", name=asked).click()
        tab.get_by_role("button", name=asked).wait_for(state="detached")
        settled(tab)
        if printed:
            assert len(re.findall(rb"/Type\s*/Page\b", tab.pdf(prefer_css_page_size=True))) == printed


@pytest.mark.parametrize(("motion", "expected"), [("reduce", "none"), ("no-preference", "busy")])
def test_nothing_moves_for_those_who_want_that(tab: Page, address: str, motion: str, expected: str) -> None:
    tab.emulate_media(reduced_motion=motion)
    example(tab, address)
    moving = tab.evaluate(
        """() => {
          document.getElementById("answer").setAttribute("aria-busy", "true");
          const all = [...document.querySelectorAll("*")];
          const moves = each => parseFloat(getComputedStyle(each).transitionDuration) > 0;
          const busy = getComputedStyle(document.getElementById("answer"), "::before").animationName;
          return [busy, all.filter(moves).length];
        }"""
    )
    assert moving == [expected, 0]


def test_approaches_are_added_copied_and_removed_without_script(plain_page: Page, address: str) -> None:
    page = plain_page
    page.goto(f"{address}/?preset=prototype")
    page.get_by_role("button", name="copy quick prompt").click()
    name = page.locator("[id='ng/approaches/quick_prompt_(copy)']")
    expect(name).to_have_value("quick prompt (copy)")
    expect(page.locator(".card h3", has_text="quick prompt (copy)")).to_be_visible()
    name.fill("longer prompt")
    page.locator("[name='/approaches/quick prompt (copy)/prompt_tokens']").fill("4,000")
    page.get_by_role("button", name="Estimate").click()
    expect(page.locator(".card h3", has_text="longer prompt")).to_be_visible()
    expect(page.locator("[name='/approaches/longer prompt/prompt_tokens']")).to_have_value("4,000")
    page.get_by_label("Add an approach").select_option("lump_sum")
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator("[name='/approaches/new fixed sums/upfront_usd']").fill("12k")
    page.get_by_role("button", name="Estimate").click()
    expect(page.locator(".card h3", has_text="new fixed sums")).to_be_visible()
    page.get_by_role("button", name="remove longer prompt").click()
    expect(page.locator(".card h3", has_text="longer prompt")).to_have_count(0)
    page.get_by_role("button", name="range for Requests a month").click()
    expect(page.get_by_text("Four in five cases").first).to_be_visible()


def test_a_cut_link_is_told_without_script(plain_page: Page, address: str) -> None:
    page = plain_page
    page.goto(f"{address}/?preset=prototype")
    link = page.locator("#permalink").get_attribute("href") or ""
    page.goto(f"{address}{link[: len(link) * 2 // 5]}")
    told = page.get_by_role("region", name="What could not be opened")
    expect(told).to_contain_text("The link is cut off")
    expect(told).to_contain_text("whatever does not stand in the form is lost")
    expect(field_of(page, "/workload/requests_per_month")).to_have_value("4,000")
    expect(field_of(page, "/approaches/quick prompt/prompt_tokens")).to_have_value("")
    expect(field_of(page, "/approaches/quick prompt/prompt_tokens")).to_have_attribute("aria-invalid", "true")
    serving = page.locator("[name='/approaches/tuned 4B by the token/serving/kind']")
    expect(serving).to_have_value("")
    serving.select_option("gpus")
    page.get_by_role("button", name="Estimate").click()
    expect(serving).to_have_value("gpus")
    expect(field_of(page, "/approaches/tuned 4B by the token/serving/gpu")).to_be_visible()
