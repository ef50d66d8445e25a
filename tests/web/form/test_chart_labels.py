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
