"""Labels of charts on a small screen, measured in Chromium: apart from each other, and inside their chart."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from estimator.presets import presets

from .browsing import drawn, settled
from .conftest import watched

pytestmark = pytest.mark.slow

LEAST_GAP = 8
"""Pixels between two labels that are read as two; on 390 px the months stood 1.4 apart."""
PAGE_EDGE = 4
"""Pixels that a text may reach beyond its chart: the page leaves 14 at its edges."""
MIDDLE = 2
"""Pixels that boxes of triangles and letters are from their middles."""

GAPS = """() => [...document.querySelectorAll(".chart[data-chart]")].flatMap(place =>
  [...place.querySelectorAll(".role-axis-label")].map(axis => {
    const all = [...axis.querySelectorAll("text")];
    const shown = all.filter(each => each.textContent && +getComputedStyle(each).opacity);
    const boxes = shown.map(each => each.getBoundingClientRect());
    const lies = Math.max(...boxes.map(each => each.top)) - Math.min(...boxes.map(each => each.top)) < 2;
    const [begin, end] = lies ? ["left", "right"] : ["top", "bottom"];
    boxes.sort((one, other) => one[begin] - other[begin]);
    const gaps = boxes.slice(1).map((each, place) => each[begin] - boxes[place][end]);
    return [place.dataset.chart, shown.map(each => each.textContent).join(" "), Math.min(...gaps, 99)];
  }))"""
"""The least gap between the labels of each axis."""

BEYOND = """() => [...document.querySelectorAll(".chart[data-chart]")].flatMap(place => {
  const room = place.getBoundingClientRect();
  return [...place.querySelectorAll("text")].filter(each => each.textContent).map(each => {
    const box = each.getBoundingClientRect();
    return [place.dataset.chart, each.textContent, Math.max(box.right - room.right, room.left - box.left)];
  });
})"""
"""How far each text reaches beyond its chart."""

OFF_THEIR_BARS = """chart => {
  const middles = what => [...document.querySelectorAll(`[data-chart=${chart}] ${what}`)].map(each => {
    const box = each.getBoundingClientRect();
    return (box.top + box.bottom) / 2;
  });
  const bars = middles(".mark-rect.role-mark path");
  const marks = [...middles(".mark-symbol.role-mark path"), ...middles(".mark-text.role-mark text")];
  return [bars.length, marks.map(each => Math.min(...bars.map(bar => Math.abs(bar - each))))];
}"""
"""How many bars there are, and how far the middle of each mark and label is from the middle of a bar."""

CAPTIONS = """() => [...document.querySelectorAll("caption")].filter(each => each.checkVisibility()).map(each => {
  each.closest(".scroll").scrollLeft = 999;
  const box = each.getBoundingClientRect();
  return [box.left, box.right];
})"""
"""Where each caption begins and ends once its table was pushed aside."""


@pytest.fixture(params=[320, 390])
def small(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": request.param, "height": 900}, reduced_motion="reduce")
    made, wrong = watched(context, address)
    yield made
    context.close()
    assert wrong == []


def stand_apart(page: Page) -> None:
    gaps = page.evaluate(GAPS)
    assert len({chart for chart, _, _ in gaps}) == page.locator(".chart[data-chart]").count()
    assert [each for each in gaps if each[2] < LEAST_GAP] == []
    assert [each for each in page.evaluate(BEYOND) if each[2] > PAGE_EDGE] == []


@pytest.mark.parametrize("preset", sorted(presets()))
def test_labels_stand_apart_on_a_small_screen(small: Page, address: str, preset: str) -> None:
    small.goto(f"{address}/?preset={preset}")
    drawn(small)
    stand_apart(small)


def test_labels_of_what_is_asked_for_stand_apart_on_a_small_screen(small: Page, address: str) -> None:
    small.goto(address)
    drawn(small)
    for asked in ("What makes it uncertain?", "Show the break-even over an input"):
        small.get_by_role("button", name=asked).click()
        small.get_by_role("button", name=asked).wait_for(state="detached")
        settled(small)
    for chart in ("what-is-uncertain", "break-even-by-input"):
        expect(small.locator(f"[data-chart={chart}] svg")).to_be_visible()
    stand_apart(small)


def test_captions_are_read_whole_on_a_small_screen(small: Page, address: str) -> None:
    """Also where the table under them is pushed aside."""
    small.goto(address)
    drawn(small)
    for each in small.locator("details.table > summary").all():
        each.click()
    places = small.evaluate(CAPTIONS)
    width = small.evaluate("document.documentElement.clientWidth")
    assert len(places) >= 5
    assert [each for each in places if each[0] < 0 or each[1] > width] == []


def test_marks_and_labels_stand_on_the_middle_of_their_bars(page: Page, address: str) -> None:
    """Bars are 14 pixels high: one that is placed by its edge is 5 off."""
    page.goto(address)
    drawn(page)
    page.get_by_role("button", name="What makes it uncertain?").click()
    expect(page.locator("[data-chart=what-is-uncertain] svg")).to_be_visible()
    for chart in ("components", "what-is-uncertain"):
        bars, off = page.evaluate(OFF_THEIR_BARS, chart)
        assert bars >= 6
        assert len(off) >= bars
        assert max(off) < MIDDLE
