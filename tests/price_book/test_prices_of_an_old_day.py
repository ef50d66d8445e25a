"""Prices of a day before anyone saw them are counted, and the reader is told how many and until when."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from estimator.estimate import estimate
from estimator.price_book import Library
from estimator.web.schemas.scenario import read_scenario
from tests.price_book.conftest import Write, line


@pytest.fixture
def folder(write: Write) -> Path:
    """An input price since 2025, an output price and a cached one that were first seen on 2026-04-01 (sources.csv)."""
    return write(
        line(valid_from="2025-01-01"),
        line(price="output_token", value="8"),
        line(price="cached_input_token", value="1"),
        line(price="input_token", value="3", valid_from="2026-05-01", recorded_on="2026-05-01"),
    )


def told(folder: Path, day: str | None, *rules: Any) -> list[str]:
    """The warning of an estimate at the prices of a day, whose approach reads input and output."""
    serving = {"kind": "api", "model": "acme/small"}
    document = {
        "price_book": day,
        "price_overrides": list(rules),
        "workload": {"requests_per_month": 1000, "input_tokens": 100, "output_tokens": 100},
        "approaches": {
            "prompt": {"kind": "prompt_engineering", "prompt_tokens": 0, "serving": serving},
            "sum": {"kind": "lump_sum", "upfront_usd": 1},
        },
    }
    found = estimate(read_scenario(document), Library(shipped=folder)).computed.setting.notes.warnings
    return [each.message for each in found if each.code == "prices_seen_later"]


def test_rows_seen_after_the_day_are_counted_with_the_last_day_of_them(folder: Path) -> None:
    (message,) = told(folder, "2025-06-01")
    assert message.startswith("Prices of 2025-06-01 were asked, and 1 of 2 are known only from a later day on")
    assert f"from {date(2026, 4, 1)}" in message


@pytest.mark.parametrize("day", ["2026-04-01", "2026-05-01", None])
def test_a_day_on_which_all_were_seen_says_nothing(folder: Path, day: str | None) -> None:
    assert told(folder, day) == []


def test_prices_of_the_request_are_the_askers_own(folder: Path) -> None:
    output = {"table": "token_prices", "offer": "acme/small", "price": "output_token", "value": 9}
    assert told(folder, "2025-06-01", output) == []
