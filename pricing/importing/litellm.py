"""Token prices and shutdown dates from litellm's table (BerriAI, MIT): USD for one token, one key a price and tier."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from estimator.errors import EstimatorError
from pricing.importing.book_folder import read_rows
from pricing.importing.lifecycle import LifecycleQuote, import_events
from pricing.importing.merge import import_quotes
from pricing.importing.providers import RESELLERS, known_spelling, our_provider
from pricing.importing.quotes import ImportReport, Quote, Refusal, Snapshot
from pricing.importing.sanity import refuse_unsound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

PRICES = {
    "input_cost_per_token": "input_token",
    "output_cost_per_token": "output_token",
    "cache_read_input_token_cost": "cached_input_token",
    "cache_creation_input_token_cost": "cache_write_token",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h_token",
    "output_cost_per_reasoning_token": "reasoning_token",
}
VARIANTS = {"batches": "batch"}
"""Their name of a variant and ours, where they differ."""

_KEY = re.compile(
    r"^(?P<price>"
    + "|".join(sorted(PRICES, key=len, reverse=True))
    + r")(?:_above_(?P<thousands>\d+)k_tokens)?(?:_(?P<variant>batches|priority|flex|ultrafast|balanced))?$"
)
_AZURE_ZONE = re.compile(r"^(?P<zone>eu|us|apac)/")
_AWS_REGION = re.compile(r"^(?P<region>[a-z]{2}(?:-gov)?-[a-z]+-\d)/")
_COMMITMENT = re.compile(r"\d-month-commitment")


def import_rows(book_folder: Path, source_file: Path, *, recorded_on: date, as_of: date | None = None) -> ImportReport:
    """Import litellm's table: its prices, and the shutdown dates of the models.

    Parameters
    ----------
    book_folder : the price folder to write to
    source_file : model_prices_and_context_window.json
    recorded_on : the day of the import
    as_of : the day on which the table was published; by default the day of the import
    """
    table = json.loads(source_file.read_text(encoding="utf-8"))
    if not isinstance(table, dict) or not any("litellm_provider" in entry for entry in table.values()):
        raise EstimatorError(
            f"{source_file} is no litellm table: expected an object of models with 'litellm_provider'."
        )
    match = re.search(r"(\d+\.\d+\.\d+)", source_file.name)
    day = as_of or recorded_on
    snapshot = Snapshot(
        "litellm",
        match[1] if match else day.isoformat(),
        day,
        f"litellm {match[1] if match else day}, table of model prices",
        "BerriAI",
        "https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json",
    )
    known = {row["offer"].lower(): row["offer"] for row in read_rows(book_folder, "token_prices")}
    refused: list[Refusal] = []
    quotes: dict[tuple[object, ...], Quote] = {}
    events: list[LifecycleQuote] = []
    for name, entry in sorted(table.items()):
        provider = str(entry.get("litellm_provider", ""))
        if provider in RESELLERS:
            continue
        if _COMMITMENT.search(name):
            refused.append(Refusal(name, "", "billed by the hour of a commitment, not by the token"))
            continue
        offer, region = _offer(name, provider, known)
        for quote in _quotes(offer, region, entry):
            quotes.setdefault(quote.key, quote)
        if entry.get("deprecation_date") and not region:
            events.append(LifecycleQuote(offer, "serving", "shutdown", entry["deprecation_date"]))
    sound = refuse_unsound(quotes.values(), refused)
    report = import_quotes(book_folder, snapshot, sound, recorded_on=recorded_on, refused=refused)
    import_events(book_folder, snapshot, events, recorded_on=recorded_on, report=report)
    return report


def _offer(name: str, provider: str, known: Mapping[str, str]) -> tuple[str, str]:
    """Return our offer and region for one of their names."""
    ours = our_provider(provider)
    model, region = name, ""
    for prefix in (f"{provider}/", "bedrock/", "vertex_ai/", "azure/", "mistral/", "accounts/fireworks/models/"):
        model = model.removeprefix(prefix)
    zone = _AZURE_ZONE.match(model) if ours == "azure" else None
    if zone:
        model, region = model[zone.end() :], f"data-zone-{zone['zone']}"
    place = _AWS_REGION.match(model) if ours == "aws" else None
    if place:
        model, region = model[place.end() :], place["region"]
    model = model.removeprefix("global-standard/").removeprefix("global/")
    return known_spelling(f"{ours}/{model}", known), region


def _quotes(offer: str, region: str, entry: dict[str, Any]) -> Iterator[Quote]:
    embedding = entry.get("mode") == "embedding"
    for key, value in entry.items():
        match = _KEY.match(key)
        if match is None or not isinstance(value, int | float):
            continue
        price = PRICES[match["price"]]
        if embedding and price != "input_token":
            continue
        yield Quote(
            "token_prices",
            offer,
            price,
            round(value * 1e6, 9),
            region=region,
            variant=VARIANTS.get(match["variant"] or "", match["variant"] or ""),
            from_quantity=1000.0 * int(match["thousands"] or 0),
            verification="seen" if str(entry.get("source", "")).startswith("http") else "second-hand",
        )
