"""What is printed can be read: in the colours of paper whatever the screen wears."""

import re

import pytest
from playwright.sync_api import Browser, expect

from estimator.presets import presets

from .browsing import drawn
from .conftest import opened

pytestmark = pytest.mark.slow

COLOURS = """() => [...document.querySelectorAll(".chart svg :is(text, path, line, circle)")].map(each => {
  const style = getComputedStyle(each);
  return [style.fill, style.stroke].join(" ");
})"""
"""What each mark, line and label of the charts is drawn in."""

PAPER_WIDTH = 687
"""Pixels of an A4 page between its margins: 210 mm less twice 14 mm, at 96 pixels an inch."""


def test_a_dark_page_is_printed_in_the_colours_of_paper(browser: Browser, address: str) -> None:
    """Black words, and marks and grids as a light page prints them: by style, not by drawing again."""
    worn = {}
    for scheme in ("light", "dark"):
        with opened(browser, address, color_scheme=scheme) as page:
            page.goto(address)
            drawn(page)
            shown = page.evaluate(COLOURS)
            page.emulate_media(media="print", color_scheme=scheme)
            worn[scheme] = page.evaluate(COLOURS)
            words = page.locator(".chart svg text").evaluate_all("all => all.map(each => getComputedStyle(each).fill)")
            assert set(words) == {"rgb(0, 0, 0)"}
            assert (shown == worn[scheme]) is False
    assert len(worn["dark"]) > 100
    assert worn["dark"] == worn["light"]


@pytest.mark.parametrize("preset", sorted(presets()))
def test_without_script_paper_shows_the_tables_of_the_charts(browser: Browser, address: str, preset: str) -> None:
    """Each as wide as the paper at most; the picture is not there to stand for them."""
    settings = {"java_script_enabled": False, "viewport": {"width": PAPER_WIDTH, "height": 1000}}
    with opened(browser, address, **settings) as page:
        page.goto(f"{address}/?preset={preset}")
        page.emulate_media(media="print")
        told = page.locator("section.figure:has(.chart):visible")
        assert told.count() >= 2
        for section in told.all():
            table = section.locator("table")
            expect(table).to_be_visible()
            box = table.bounding_box()
            assert box
            assert box["x"] + box["width"] <= PAPER_WIDTH
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) <= 3
