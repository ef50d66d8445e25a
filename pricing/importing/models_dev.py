"""Token prices from models.dev (MIT), flattened to CSV: USD for a million tokens, long context as JSON."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from typing import TYPE_CHECKING

from estimator.errors import EstimatorError
from pricing.importing.book_folder import read_rows
from pricing.importing.merge import import_quotes
from pricing.importing.providers import RESELLERS, known_spelling, our_provider
from pricing.importing.quotes import ImportReport, Quote, Refusal, Snapshot
from pricing.importing.sanity import refuse_unsound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRICES = {
    "input": "input_token",
    "output": "output_token",
    "cache_read": "cached_input_token",
    "cache_write": "cache_write_token",
    "reasoning": "reasoning_token",
}
COLUMNS = {f"{name}_usd_per_1m": price for name, price in PRICES.items()}


def import_rows(book_folder: Path, source_file: Path, *, recorded_on: date, as_of: date | None = None) -> ImportReport:
    """Import the flat table of models.dev.

    Parameters
    ----------
    book_folder : the price folder to write to
    source_file : the flat CSV, a line for each provider and model
    recorded_on : the day of the import
    as_of : the day of the table; by default the date in the file's name
    """
    match = re.search(r"\d{4}-\d{2}-\d{2}", source_file.name)
    if as_of is None and match is None:
        raise EstimatorError(f"{source_file} names no date: state the day of the table.")
    day = as_of or date.fromisoformat(match[0] if match else "")
    snapshot = Snapshot(
        "models-dev",
        day.isoformat(),
        day,
        f"models.dev, providers and models on {day}",
        "models.dev",
        "https://github.com/anomalyco/models.dev/tree/HEAD/providers",
    )
    known = {row["offer"].lower(): row["offer"] for row in read_rows(book_folder, "token_prices")}
    refused: list[Refusal] = []
    quotes: dict[tuple[object, ...], Quote] = {}
    with source_file.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["provider"] in RESELLERS or row["provider"].endswith(("-plan", "-plan-cn")):
                continue
            model = re.sub(r"^accounts/fireworks/(models|routers)/", "", row["model_id"])
            offer = known_spelling(f"{our_provider(row['provider'])}/{model}", known)
            if model == "accounts/fire":
                refused.append(Refusal(offer, "", "the name of the model is cut off"))
                continue
            for quote in _quotes(offer, row):
                quotes.setdefault(quote.key, quote)
    sound = refuse_unsound(quotes.values(), refused)
    return import_quotes(book_folder, snapshot, sound, recorded_on=recorded_on, refused=refused)


def _quotes(offer: str, row: dict[str, str]) -> Iterator[Quote]:
    for column, price in COLUMNS.items():
        if row[column]:
            yield Quote("token_prices", offer, price, float(row[column]), verification="second-hand")
    for tier in json.loads(row["long_context_tiers_json"] or "[]"):
        for name, price in PRICES.items():
            if tier.get(name) is not None:
                yield Quote(
                    "token_prices",
                    offer,
                    price,
                    float(tier[name]),
                    from_quantity=float(tier["tier"]["size"]),
                    verification="second-hand",
                )
