"""Managed fine-tuning prices from a hand-checked list: a line for each service, base model, method and tier."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from pricing.importing.addresses import addresses, day_of, level_of
from pricing.importing.merge import import_quotes
from pricing.importing.quotes import ImportReport, Page, Quote, Refusal, Snapshot
from pricing.importing.sanity import refuse_unsound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

FAMILY = "hand-checked"

TRAINING = {
    "training_usd_per_1m_tokens": "training_token",
    "training_usd_per_hour": "training_hour",
    "min_charge_usd_per_job": "minimum_run",
    "tuned_input_usd_per_1m": "input_token",
    "tuned_cached_input_usd_per_1m": "cached_input_token",
    "tuned_output_usd_per_1m": "output_token",
}
HOSTING = {"hosting_usd_per_hour": "hosting_hour", "storage_usd_per_month": "storage_month"}

NOTES = {
    "openai": "no hosting fee; no new jobs after 2027-01-06",
    "together": "serving needs a dedicated endpoint; hosting is one H100 80GB",
    "fireworks": "serving needs a dedicated deployment; hosting is one H100 or H200",
    "thinking-machines": "served by the token, no host of its own",
    "google-vertex": "Gemini 2.5 left Vertex AI on 2026-10-20",
    "mistral": "price of the training tokens is not published here: state it",
    "ori": "training tokens of every epoch and the validation tokens are billed",
    "replicate": "own container, one H100, billed by the second",
    "predibase": "no longer self-serve; hosting is one A100",
}
"""What a caller should know before taking the price."""

PROMOTION_ENDED = {"together": (3.99, 5.49, "2026-10-01")}
"""A price that was a promotion: (promotional, list, first day of the list price)."""


def import_rows(book_folder: Path, source_file: Path, *, recorded_on: date, as_of: date | None = None) -> ImportReport:
    """Import the list of managed fine-tuning services."""
    day = as_of or recorded_on
    snapshot = Snapshot(FAMILY, day.isoformat(), day, "Prices read by hand", "tune-or-prompt", "", complete=False)
    pages: dict[str, Page] = {}
    quotes: list[Quote] = []
    refused: list[Refusal] = []
    with source_file.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["provider"] == "azure":
                refused.append(Refusal(f"azure/{row['base_model']}", "", "comes from Azure's own price list"))
                continue
            found = list(_quotes(row, snapshot, pages))
            if not found:
                refused.append(Refusal(f"{row['provider']}/{row['base_model']}", "", "no number in the list"))
            quotes += found
    return import_quotes(
        book_folder,
        snapshot,
        refuse_unsound(quotes, refused),
        recorded_on=recorded_on,
        refused=refused,
        pages=pages.values(),
    )


def page_for(text: str, as_of: str, snapshot: Snapshot, pages: dict[str, Page]) -> Page | None:
    """Return the page that a remark names, entered once into `pages`; None if it names none."""
    urls = addresses(text)
    if not urls:
        return None
    read = day_of(text.partition(";")[0]) or day_of(as_of)
    name = urls[0].removeprefix("https://")
    short = name.removeprefix("github.com/").replace("blob/HEAD/", "").replace("blob/main/", "")
    page = Page(
        id=f"{snapshot.source}:{short}" + (f"#{read}" if read else ""),
        title=name,
        publisher=name.partition("/")[0],
        url=urls[0],
        retrieved_on=read,
    )
    return pages.setdefault(page.id, page)


def _quotes(row: dict[str, str], snapshot: Snapshot, pages: dict[str, Page]) -> Iterator[Quote]:
    page = page_for(row["source"], row["as_of"] or "", snapshot, pages)
    level = level_of(row["verification"], addresses(row["source"]))
    offer = f"{row['provider']}/{row['base_model']}"
    provisioned = "Provisioned Throughput" in row["service"]
    method = "provisioned-1-month" if provisioned else row["method"].partition(" ")[0]
    tier = {"standard": "", "data zone": "data-zone"}.get(row["tier"], "" if provisioned else row["tier"])
    note = NOTES.get(row["provider"], "")

    def quote(table: str, price: str, value: float, *, variant: str = method, valid_from: str = "") -> Quote:
        free = "free below 16B" if value == 0 else ""
        return Quote(
            table,
            offer,
            price,
            value,
            region=tier,
            variant=variant,
            valid_from=valid_from,
            verification=level,
            note="; ".join(part for part in (free, note) if part),
            source=page.id if page else "",
        )

    for columns, table in ((TRAINING, "training_prices"), (HOSTING, "hosting_prices")):
        for column, price in columns.items():
            if row[column]:
                yield quote(table, price, float(row[column]))
    if row["provider"] in PROMOTION_ENDED and row["hosting_usd_per_hour"]:
        promotional, listed, since = PROMOTION_ENDED[row["provider"]]
        if float(row["hosting_usd_per_hour"]) == promotional:
            yield quote("hosting_prices", "hosting_hour", listed, valid_from=since)
    longer = re.search(r"6-month rate ([\d.]+)", row["notes"])
    if provisioned and longer:
        yield quote("hosting_prices", "hosting_hour", float(longer[1]), variant="provisioned-6-month")
    per_gb = re.search(r"storage ([\d.]+) USD per GB-month", row["notes"])
    if per_gb:
        yield quote("hosting_prices", "storage_gb_month", float(per_gb[1]))
    if "plus validation tokens" in row["notes"]:
        yield quote("training_prices", "validation_billed_share", 1.0)
