"""What the tests in a browser do again and again: wait, find a field, ask axe, ask the API."""

import json
from pathlib import Path
from urllib.request import Request, urlopen

from playwright.sync_api import Locator, Page

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
    asked = {"runOnly": {"type": "tag", "values": RULES}, "rules": {"target-size": {"enabled": not on_paper}}}
    found = page.evaluate("asked => axe.run(asked)", asked)
    return [f"{each['id']}: {node['html'][:200]}" for each in found["violations"] for node in each["nodes"]]


def answer_of(address: str, document: dict[str, object]) -> dict[str, dict[str, str]]:
    asked = Request(  # noqa: S310 - our own server
        f"{address}/api/v1/estimates", json.dumps(document).encode(), {"Content-Type": "application/json"}
    )
    with urlopen(asked) as reply:  # noqa: S310 - our own server
        found: dict[str, dict[str, str]] = json.load(reply)
    return found
