"""What is printed can be read: in the colours of paper whatever the screen wears."""

import pytest
from playwright.sync_api import Browser

from .browsing import drawn
from .conftest import opened

pytestmark = pytest.mark.slow

COLOURS = """() => [...document.querySelectorAll(".chart svg :is(text, path, line, circle)")].map(each => {
  const style = getComputedStyle(each);
  return [style.fill, style.stroke].join(" ");
})"""
"""What each mark, line and label of the charts is drawn in."""


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
