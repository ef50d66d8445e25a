"""A real server on a free port, Debian's Chromium, and pages that tolerate no error and no request elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.web.served import served

CHROMIUM = "/usr/bin/chromium"
IN_HOUSE = "tune.intranet"
"""A name of this machine that the browser does not take for its own: a plain http page there is not trusted."""
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    f"--host-resolver-rules=MAP {IN_HOUSE} 127.0.0.1",
)
PATIENCE_MS = 60_000
"""For a machine that is busy with other things; nothing here measures time."""


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("form") / "log") as (address, _):
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.fail(f"{CHROMIUM} is missing: install the package chromium.")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


def watched(context: BrowserContext, address: str) -> tuple[Page, list[str]]:
    """Open a page that notes every console error and every request that leaves the origin."""
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request", lambda asked: None if asked.url.startswith((address, "data:", "blob:")) else wrong.append(asked.url)
    )
    return page, wrong


@contextmanager
def opened(browser: Browser, address: str, **settings: Any) -> Iterator[Page]:
    """Open a page by itself, and find nothing wrong on it in the end."""
    context = browser.new_context(**settings)
    page, wrong = watched(context, address)
    try:
        yield page
    finally:
        context.close()
    assert wrong == []


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with opened(browser, address, viewport={"width": 1280, "height": 900}, reduced_motion="reduce") as page:
        yield page


@pytest.fixture
def plain_page(browser: Browser, address: str) -> Iterator[Page]:
    """A page without script."""
    with opened(browser, address, java_script_enabled=False) as page:
        yield page
