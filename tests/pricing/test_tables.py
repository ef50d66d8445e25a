"""The tables that travel with the package: what they cover, how they are kept, and that published ones are frozen."""

import csv
import re
from pathlib import Path

import pytest

from estimator.price_book import Library, PriceBook
from estimator.price_book.history import SHIPPED
from estimator.price_book.levels import LEVELS, may_be_default
from estimator.price_book.tables import PRICE_TABLES
from pricing.importing.book_folder import order, read_rows
from pricing.importing.publishing import published

pytestmark = pytest.mark.tables

FROZEN = {
    "2026-11-20": "b71c2f2ca00588c405730535fc747c27e1509d867eba7deda7a49a03b46bd98c",
}
"""The content of each published day. A line is added when a day is published; changing one breaks old answers."""


@pytest.fixture(scope="module")
def book(library: Library) -> PriceBook:
    return library.book()


def providers(offers: tuple[str, ...]) -> set[str]:
    return {offer.partition("/")[0] for offer in offers}


def test_tokens_are_covered(book):
    offers = book.offers("token_prices")
    assert len(offers) > 2_000
    assert len(providers(offers)) > 40
    rows = book.rows("token_prices")
    assert {"", "batch", "priority", "flex", "fast"} <= {row.variant for row in rows}
    assert any(row.from_quantity for row in rows)
    assert any(row.hours_utc for row in rows)
    assert {"cached_input_token", "cache_write_token", "cache_write_1h_token", "request"} <= {row.price for row in rows}


def test_dated_history_and_future_rows_are_there(library):
    days = {row["valid_from"] for row in read_rows(SHIPPED, "token_prices")} - {""}
    assert min(days) < "2026-01-01"
    assert max(days) > library.newest_day.isoformat()


def test_managed_tuning_is_covered(book):
    rows = book.rows("training_prices") + book.rows("hosting_prices")
    assert len({(row.offer, row.variant, row.region) for row in rows}) >= 60
    assert len(providers(book.offers("training_prices"))) >= 10


def test_gpus_are_covered_with_ways_of_renting_kept_apart(book):
    rows = book.rows("gpu_prices")
    assert len(rows) >= 300
    assert len(providers(book.offers("gpu_prices"))) > 20
    assert {"on_demand", "spot", "community", "marketplace", "serverless"} <= {row.variant for row in rows}


def test_people_labels_and_tools_are_covered(book):
    for role in ("annotator", "domain_expert", "prompt_engineer", "ml_engineer"):
        low, middle, high = (
            book.price(role, name, unit="USD/h", region="us")
            for name in ("wage_hour_low", "wage_hour", "wage_hour_high")
        )
        assert low < middle < high
        assert may_be_default(middle.row.verification)
    assert len(book.rows("label_prices")) >= 15
    assert book.rows("tool_prices")


def test_life_cycles_are_covered(book):
    assert len(read_rows(SHIPPED, "lifecycle")) > 300
    assert book.lifecycle("openai/gpt-4.1-2025-04-14", "tuning").replacement == "openai/gpt-6-luna"
    assert book.lifecycle("openai/anything", "tuning").new_jobs_until.isoformat() == "2027-01-06"


@pytest.mark.parametrize("table", [*PRICE_TABLES, "sources", "checks", "lifecycle"])
def test_rows_are_sorted(table):
    rows = read_rows(SHIPPED, table)
    places = [order(table, row) for row in rows]
    assert places == sorted(places)
    assert len(set(places)) == len(places)


def test_every_source_can_be_opened_or_its_rows_are_unverified(library):
    for source in library.sources.values():
        assert source.url == "" or re.match(r"https://[\w.-]+|docs/model\.md$", source.url), source
    for table in PRICE_TABLES:
        for row in read_rows(SHIPPED, table):
            if not library.address(row["source"]):
                assert row["verification"] == "unverified", (table, row)


def test_every_level_and_every_price_name_is_explained():
    rows = [row for table in PRICE_TABLES for row in read_rows(SHIPPED, table)]
    assert {row["verification"] for row in rows} <= LEVELS.keys()
    with (SHIPPED / "quantities.csv").open(newline="") as file:
        assert all(row["meaning"] for row in csv.DictReader(file))
    readme = (SHIPPED / "README.md").read_text()
    assert all(level in readme for level in LEVELS)


def test_tables_stay_small():
    assert sum(path.stat().st_size for path in SHIPPED.glob("*.csv")) < 5_000_000


def test_published_days_are_frozen(library):
    versions = published(Path(SHIPPED))
    assert {row["known_by"]: row["digest"] for row in versions} == FROZEN
    for row in versions:
        known_by = library.book(version=row["version"]).known_by
        assert known_by.isoformat() == row["known_by"]
        assert library.digest(known_by) == row["digest"]
