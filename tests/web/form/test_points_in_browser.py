"""Points by keyboard, with script and without: there, back, and Enter in a field sends what was typed and no figure."""

from playwright.sync_api import Page, expect

from tests.web.form.browsing import drawn, field_of, settled, violations

TRAFFIC = "/workload/requests_per_month"


def test_a_figure_opens_its_point_and_the_way_back_is_near(page: Page, address: str) -> None:
    page.goto(f"{address}/?preset=prototype")
    drawn(page)
    before = page.locator("#permalink").get_attribute("href")
    page.locator("#lever-table summary").press("Enter")
    figure = page.locator("#lever-table [name=at]").first
    value = figure.get_attribute("value") or ""
    figure.press("Enter")
    expect(page.locator("#elsewhere")).to_be_focused()
    settled(page)
    pointer, _, now = value.removeprefix("kept:").partition("=")
    assert field_of(page, pointer).count() == 0 or field_of(page, pointer).input_value() == now
    assert page.locator("#permalink").get_attribute("href") != before
    assert page.url.endswith(page.locator("#permalink").get_attribute("href") or "-")
    assert violations(page) == []
    page.get_by_role("button", name="Back to your scenario").press("Enter")
    expect(page.locator("#elsewhere")).to_have_count(0)
    settled(page)
    assert page.locator("#permalink").get_attribute("href") == before


def test_a_range_gives_way_to_a_number_and_comes_back(page: Page, address: str) -> None:
    """The growth of the first example is a range: at a point it is one field, on the way back three."""
    page.goto(address)
    drawn(page)
    low = page.locator("[id='f/workload/monthly_growth#low']")
    expect(low).to_have_count(1)
    page.locator("#lever-table summary").click()
    page.locator("[name=at][value^='kept:/workload/monthly_growth=']").first.click()
    expect(page.locator("#elsewhere")).to_be_focused()
    settled(page)
    expect(low).to_have_count(0)
    field = field_of(page, "/workload/output_tokens")
    field.fill("50")
    field.press("Tab")
    settled(page)
    expect(page.locator("#elsewhere")).to_have_count(1)
    page.get_by_role("button", name="Back to your scenario").click()
    expect(page.locator("#elsewhere")).to_have_count(0)
    expect(low).to_have_count(1)
    expect(field_of(page, "/workload/output_tokens")).to_have_value("50")


def test_without_script_a_sentence_leads_to_its_point_and_back(plain_page: Page, address: str) -> None:
    plain_page.goto(f"{address}/?preset=prototype")
    plain_page.locator(".evens [name=at]").first.press("Enter")
    expect(plain_page.locator("#elsewhere")).to_be_focused()
    assert field_of(plain_page, TRAFFIC).input_value() != "4,000"
    plain_page.get_by_role("button", name="Back to your scenario").press("Enter")
    expect(plain_page.locator("#elsewhere")).to_have_count(0)
    assert field_of(plain_page, TRAFFIC).input_value() == "4,000"


def test_enter_in_a_field_asks_for_no_figure(page: Page, plain_page: Page, address: str) -> None:
    """The first button of a form is the one that Enter presses: it must not be a figure of the answer."""
    for each in (page, plain_page):
        each.goto(f"{address}/?preset=prototype")
        before = each.locator("#permalink").get_attribute("href") or ""
        field_of(each, TRAFFIC).fill("5000")
        field_of(each, TRAFFIC).press("Enter")
        expect(each.locator("#permalink")).not_to_have_attribute("href", before)
        if each is page:
            settled(page)
        assert each.locator(".workings, #elsewhere").count() == 0
