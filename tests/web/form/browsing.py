"""What the tests in a browser do again and again: wait, find a field, ask axe, ask the API."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from tests.web.asking import fetched

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def drawn(page: Page) -> None:
    page.wait_for_selector("html[data-drawn]")


def settled(page: Page) -> None:
    """Wait until no estimate is in flight and the charts of the last one stand."""
    page.wait_for_selector("#answer[aria-busy=false]")
    page.wait_for_function("!document.querySelector('#status').textContent.includes('Estimating')")


def field_of(page: Page, pointer: str) -> Locator:
    return page.locator(f"[name='{pointer}']")


def violations(page: Page, *, on_paper: bool = False) -> list[str]:
    """Find what axe objects to; nobody points at a target on paper."""
    page.evaluate(AXE.read_text("utf-8"))
    asked = {
        "runOnly": {"type": "tag", "values": RULES},
        "rules": {"target-size": {"enabled": not on_paper}},
        "resultTypes": ["violations"],  # all rules run; the thousands of places that pass are not written out
    }
    found = page.evaluate("asked => axe.run(asked).then(found => found.violations)", asked)
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


def answer_of(address: str, document: Any, include: str = "") -> dict[str, Any]:
    status, body = fetched(address, f"/api/v1/estimates{include}", json.dumps(document).encode())
    assert status == 200, body
    found: dict[str, Any] = json.loads(body)
    return found
