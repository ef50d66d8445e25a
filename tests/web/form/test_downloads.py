"""Everything that is taken away from the real page opens, and holds the numbers of the API."""

import csv
import json
import re
import shlex
import struct
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from playwright.sync_api import Locator, Page, expect

from estimator.presets import presets
from estimator.web.documents import read_yaml

from .browsing import answer_of, drawn, field_of, settled
from .conftest import PATIENCE_MS

pytestmark = pytest.mark.slow


def download(page: Page, button: Locator, folder: Path) -> Path:
    with page.expect_download() as waited:
        button.click()
    path = folder / waited.value.suggested_filename
    waited.value.save_as(path)
    return path


def rows_in(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as sheet:
        return list(csv.DictReader(sheet))


def changed_page(page: Page, address: str) -> dict[str, Any]:
    """Open an example, change it as a visitor would, and return the scenario that then stands in the form."""
    page.goto(f"{address}/?preset=review-sentiment")
    drawn(page)
    field_of(page, "/workload/requests_per_month").fill("5,000,000")
    field_of(page, "/workload/requests_per_month").press("Tab")
    expect(page.locator("#text")).to_have_value(re.compile("requests_per_month: 5000000"))
    settled(page)
    document = {**presets()["review-sentiment"].scenario}
    document["workload"] = {**document["workload"], "requests_per_month": 5000000}
    return document


def test_scenario_and_command_give_the_answer_of_the_page(page: Page, address: str, tmp_path: Path) -> None:
    document = changed_page(page, address)
    headline = page.locator("#headline").text_content() or ""
    taken = download(page, page.get_by_role("button", name="Scenario as JSON"), tmp_path)
    assert json.loads(taken.read_text("utf-8")) == document
    taken = download(page, page.get_by_role("button", name="as YAML", exact=True), tmp_path)
    assert read_yaml(taken.read_text("utf-8")) == document
    page.get_by_role("button", name="As curl").click()
    command = shlex.split(page.locator("#curl-text").text_content() or "")
    assert command[:3] == ["curl", "-H", "Content-Type: application/json"]
    assert (command[3], command[4]) == (f"{address}/api/v1/estimates", "-d")
    found = answer_of(address, json.loads(command[5]))
    assert found["recommendation"]["headline"] == " ".join(headline.split())
    assert found["scenario_id"] in page.locator(".rests").inner_text()
    page.goto(address + (page.locator("#permalink").get_attribute("href") or ""))
    expect(page.locator("#headline")).to_have_text(headline)


def test_workbook_and_csv_hold_the_numbers_of_the_api(page: Page, address: str, tmp_path: Path) -> None:
    found = answer_of(address, changed_page(page, address), "?include=monthly_components,volume")
    book = openpyxl.load_workbook(download(page, page.get_by_role("button", name="Spreadsheet"), tmp_path))
    totals = {row[0]: row[4] for row in book["Totals"].iter_rows(min_row=2, values_only=True)}
    assert totals == pytest.approx({name: each["total_usd"] for name, each in found["approaches"].items()})
    parts = {row[:2]: row[-1] for row in book["Components by month"].iter_rows(min_row=2, values_only=True)}
    assert sum(parts.values()) == pytest.approx(sum(each["total_usd"] for each in found["approaches"].values()))
    *_, last = book["Cumulative cost"].iter_rows(min_row=2, values_only=True)
    assert last[1:] == pytest.approx([each["cumulative_usd"][-1] for each in found["approaches"].values()])
    rows = rows_in(download(page, page.get_by_role("button", name="CSV", exact=True), tmp_path))
    for name, each in found["approaches"].items():
        told = {row["component"]: float(row["total_usd"]) for row in rows if row["approach"] == name}
        assert told == pytest.approx({part["id"]: part["total_usd"] for part in each["components"]})


def test_every_chart_is_taken_as_data_and_as_picture(page: Page, address: str, tmp_path: Path) -> None:
    """Over time, by traffic, over an input, components, what matters, what is uncertain: on one page."""
    page.goto(f"{address}/?preset=entity-extraction")
    drawn(page)
    page.get_by_role("button", name="range for Requests a month").click()
    expect(page.locator("[id='f/workload/requests_per_month#low']")).to_be_visible()
    settled(page)
    for ask in ("Show the break-even over an input", "What makes it uncertain?"):
        charts = page.locator(".chart svg").count()
        page.get_by_role("button", name=ask).click()
        expect(page.locator(".chart svg")).not_to_have_count(charts, timeout=PATIENCE_MS)
        settled(page)
        for tools in page.locator("[data-tools]").all():
            chart = tools.get_attribute("data-tools") or ""
            if (tmp_path / f"{chart}.csv").exists():
                continue
            expect(tools.get_by_role("button")).to_have_count(3)
            by_kind = {kind: download(page, tools.get_by_role("button", name=kind), tmp_path) for kind in KINDS}
            assert {path.name for path in by_kind.values()} == {f"{chart}.{kind.lower()}" for kind in KINDS}
            rows = rows_in(by_kind["CSV"])
            assert len(rows) >= 2
            assert any(is_number(value) for row in rows for value in row.values())
            picture = ET.fromstring(by_kind["SVG"].read_bytes())  # noqa: S314 - our own picture
            assert picture.tag.endswith("svg")
            assert "".join(picture.itertext()).strip()
            head = by_kind["PNG"].read_bytes()[:24]
            assert head.startswith(b"\x89PNG")
            assert min(struct.unpack(">II", head[16:24])) > 200
    taken = {path.stem for path in tmp_path.glob("*.csv")}
    assert taken >= {"cost-over-time", "cost-by-traffic", "components", "break-even-by-input", "what-matters"}
    assert "what-is-uncertain" in taken
    document = read_yaml(page.locator("#text").input_value())
    found = answer_of(address, document)
    over_time = rows_in(tmp_path / "cost-over-time.csv")
    for name, each in found["approaches"].items():
        last = max((row for row in over_time if row["approach"] == name), key=lambda row: float(row["month"]))
        assert float(last["cost_usd"]) == pytest.approx(each["total_usd"], rel=1e-5)
    spent = sum(float(row["cost_usd"]) for row in rows_in(tmp_path / "components.csv"))
    assert spent == pytest.approx(sum(each["total_usd"] for each in found["approaches"].values()), rel=1e-5)


KINDS = ("CSV", "SVG", "PNG")


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_a_file_of_a_scenario_that_cannot_be_computed_is_a_page_that_says_so(plain_page: Page, address: str) -> None:
    """Without script the buttons stand beside no answer; the scenario as text is still there to be copied."""
    page = plain_page
    page.goto(address)
    field_of(page, "/workload/output_tokens").fill("many")
    page.get_by_role("button", name="Spreadsheet").click()
    expect(page.locator("#refusal")).to_be_visible()
    expect(field_of(page, "/workload/output_tokens")).to_have_value("many")


def test_two_price_dates_are_compared_from_the_form(page: Page, address: str) -> None:
    changed_page(page, address)
    page.get_by_role("link", name="Compare it with another, or with the prices of another day").click()
    second = page.get_by_role("group", name="Second")
    second.get_by_label("Prices of").fill("2025-06-01")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#b-title + p")).to_contain_text("Jun 1, 2025")
    expect(page.locator("#a-title + p")).to_contain_text("Nov 20, 2026")
    expect(page).to_have_url(re.compile(r"/compare\?a=3\..*&b_on=2025-06-01"))
    document = changed_document(page)
    for side, day in (("left", "2026-11-20"), ("right", "2025-06-01")):
        found = answer_of(address, {**document, "price_book": day})
        place = 1 if side == "left" else 2
        for row in page.locator("table").first.locator("tbody tr").all():
            name = row.locator("th").inner_text()
            total = found["approaches"][name]["total_usd"]
            assert row.locator("td").nth(place - 1).inner_text() == f"{total:,.0f}"


def changed_document(page: Page) -> dict[str, Any]:
    """Open the first side again in the form, and read what stands in it."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open it").first.click(modifiers=["Control"])
    other = opened.value
    text = other.locator("#text").input_value()
    other.close()
    return dict(read_yaml(text))
