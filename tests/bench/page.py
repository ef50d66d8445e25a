"""The page: bytes and milliseconds of the first one on the server, and a change estimated and drawn in Chromium."""

import statistics
import sys
import time
from pathlib import Path

from tests.bench.service import server
from tests.bench.table import Line
from tests.web.asking import fetched

CHROMIUM = "/usr/bin/chromium"
ASSETS = ("/static/page.css", "/static/page.js")
TIMES = 15
BUTTONS = ("Show the break-even over an input", "What would change this?", "What makes it uncertain?")
SECOND_INPUT = "/workload/output_tokens"
WAITING = "[data-part][aria-busy=true]"
RESOURCES = "performance.getEntriesByType('resource').filter(each => each.name.endsWith('/estimate'))"


def of_the_page() -> list[Line]:
    """Ask for the first page, then change the traffic again and again; medians after a first round."""
    with server([str(Path(sys.executable).with_name("estimator")), "serve", "--workers", "2", "--port"]) as (
        port,
        _,
        _,
    ):
        address = f"http://127.0.0.1:{port}"
        first, size = first_page(address)
        drawn, answered = changes(address)
        all_open, _ = changes(address, all_open=True)
    return [
        Line("first page with style and script, uncompressed", size / 1000, "kB", wanted="below 100 kB"),
        Line("first page on the server", first, "ms", wanted="below 150 ms"),
        Line("a change until it is estimated and drawn", drawn, "ms", "the request alone", answered, "below 200 ms"),
        Line("the same with all that takes long open", all_open, "ms", "nothing open", drawn, "below 200 ms"),
    ]


def first_page(address: str) -> tuple[float, int]:
    """Return the milliseconds of the first page, and its bytes with style and script."""
    taken, size = [], 0
    for _ in range(TIMES):
        start = time.perf_counter()
        size = len(fetched(address, "/")[1])
        taken.append(1000 * (time.perf_counter() - start))
    for each in ASSETS:
        size += len(fetched(address, each)[1])
    return statistics.median(taken), size


def changes(address: str, *, all_open: bool = False) -> tuple[float, float]:
    """Return the milliseconds from a change of the traffic to the charts in sight, and of the requests in them.

    Parameters
    ----------
    all_open : whether everything that takes long is asked for before: break-even in a second input, turns, shares
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address)
        page.wait_for_selector("html[data-drawn]")
        if all_open:
            for button in BUTTONS:
                page.get_by_role("button", name=button).click()
                page.wait_for_selector(f"text='{button}'", state="detached")
            page.select_option("#curve-in", SECOND_INPUT)
            page.wait_for_selector("[data-part=curve][aria-busy=true]")
            page.wait_for_selector(WAITING, state="detached")
        page.evaluate("performance.clearMeasures(); performance.clearResourceTimings()")
        for turn in range(TIMES):
            page.fill("[name='/workload/requests_per_month']", str(9_000_000 + 1000 * turn))
            page.keyboard.press("Tab")
            page.wait_for_function("many => performance.getEntriesByType('measure').length > many", arg=turn)
            page.wait_for_selector(WAITING, state="detached")
            page.wait_for_timeout(400)
        taken: list[float] = page.evaluate("performance.getEntriesByType('measure').map(each => each.duration)")
        asked: list[float] = page.evaluate(f"({RESOURCES}).map(each => each.duration)")
        browser.close()
    return statistics.median(taken[1:]), statistics.median(asked[1:])


BENCHES = {"page": of_the_page}
