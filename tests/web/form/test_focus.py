"""Who works with the keyboard alone never loses the focus: after each button it stands on what the button brought."""

import pytest
from playwright.sync_api import Page, expect

from .browsing import drawn, field_of, settled

pytestmark = pytest.mark.slow

PROMPT = "/approaches/quick prompt"


def press(page: Page, value: str) -> None:
    page.locator(f"[name=do][value='{value}']").press("Enter")
    settled(page)


def focused(page: Page, within: str) -> bool:
    """Whether the focus is on an element or inside it."""
    return bool(
        page.evaluate(f"() => document.activeElement !== document.body && !!document.activeElement.closest({within!r})")
    )


def test_the_focus_goes_to_what_a_button_brought(page: Page, address: str) -> None:
    page.goto(f"{address}/?preset=prototype")
    drawn(page)
    for value, within in (
        ("open:curve", "#curve"),
        ("close:curve", "[value='open:curve']"),
        ("open:workings", ".workings"),
        ("open:assumptions", "#assumption-table"),
        ("open:curl", "#curl-text"),
        ("close:curl", "[value='open:curl']"),
        ("range:/workload/input_tokens", "[id='wf/workload/input_tokens']"),
        ("single:/workload/input_tokens", "[id='wf/workload/input_tokens']"),
        (f"copy:{PROMPT}", "[id='g/approaches/quick_prompt_(copy)']"),
        (f"remove:{PROMPT} (copy)", "#add"),
        ("open:", "[id='g']"),
        ("append:/price_overrides:discount", "[id='g/price_overrides/0']"),
        ("remove:/price_overrides/0", "[value='append:/price_overrides:discount']"),
        ("show:flips", "#why"),
        ("close:flips", "[value='show:flips']"),
    ):
        press(page, value)
        page.wait_for_timeout(50)
        assert focused(page, within), value
    page.locator("[name=do][value=add]").press("Enter")
    settled(page)
    assert focused(page, "[id='g/approaches/new_prompt']")


def test_an_unknown_model_leaves_the_focus_where_it_went(page: Page, address: str) -> None:
    """Its section then shows all its fields: the whole form is written anew under the reader's fingers."""
    page.goto(f"{address}/?preset=prototype")
    drawn(page)
    field = field_of(page, f"{PROMPT}/serving/model")
    field.fill("no-such-model")
    field.press("Tab")
    went = page.evaluate("document.activeElement.id || document.activeElement.value")
    expect(page.get_by_text("This cannot be computed yet")).to_be_visible()
    settled(page)
    assert page.evaluate("document.activeElement.id || document.activeElement.value") == went
