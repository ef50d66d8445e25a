"""Token prices from genai-prices (pydantic, MIT): the installed package, or its table flattened to CSV."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from estimator.errors import EstimatorError
from pricing.importing.merge import import_quotes
from pricing.importing.quotes import ImportReport, Quote, Refusal, Snapshot
from pricing.importing.sanity import refuse_unsound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PRICES = {
    "input_mtok": ("input_token", 1.0),
    "cache_read_mtok": ("cached_input_token", 1.0),
    "cache_write_mtok": ("cache_write_token", 1.0),
    "cache_write_1h_mtok": ("cache_write_1h_token", 1.0),
    "output_mtok": ("output_token", 1.0),
    "output_reasoning_mtok": ("reasoning_token", 1.0),
    "requests_kcount": ("request", 1e-3),
}
"""Their keys of text prices: our name, and the factor to our unit."""

VARIANT_CONTEXTS = ("processing", "service_tier", "speed", "route")
"""The request contexts that choose a price of text tokens."""

FLAT_COLUMNS = ["provider", "model_id", "effective_from", "other_condition", "price_context", "unit_key"]

Steps = dict[float, float]
"""Price by the input tokens from which it holds."""


@dataclass(frozen=True, slots=True)
class PriceSet:
    """Prices under one condition: a start date, hours of the day, or neither."""

    starts: str = ""
    hours_utc: str = ""
    prices: dict[str, Steps] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VariantSet:
    """Prices of one request context from a day on; they stand in for the standard ones they name."""

    variant: str
    starts: str = ""
    prices: dict[str, Steps] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelSheet:
    """What genai-prices says of one model, conditions in its own order: later ones win, earlier variants win."""

    offer: str
    note: str
    sets: tuple[PriceSet, ...]
    variants: tuple[VariantSet, ...]


def import_rows(
    book_folder: Path, source_file: Path | None = None, *, recorded_on: date, as_of: date | None = None
) -> ImportReport:
    """Import genai-prices.

    Parameters
    ----------
    book_folder : the price folder to write to
    source_file : a flat CSV of its table; without one the installed package is read
    recorded_on : the day of the import
    as_of : the day on which its prices were seen true; by default the newest dated price that is not in the future
    """
    sheets = read_package() if source_file is None else read_flat(source_file)
    issue = _package_version() if source_file is None else _issue_of(source_file)
    days = {found.starts for sheet in sheets for found in sheet.sets}
    days |= {found.starts for sheet in sheets for found in sheet.variants}
    newest = max((day for day in days if day and day <= recorded_on.isoformat()), default=recorded_on.isoformat())
    snapshot = Snapshot(
        family="genai-prices",
        version=issue,
        as_of=as_of or date.fromisoformat(newest),
        title=f"genai-prices {issue}, prices of each provider",
        publisher="Pydantic",
        url="https://github.com/pydantic/genai-prices/tree/main/prices/providers",
        complete=source_file is None,
    )
    refusals: list[Refusal] = []
    quotes = refuse_unsound([quote for sheet in sheets for quote in _quotes(sheet)], refusals)
    return import_quotes(book_folder, snapshot, quotes, recorded_on=recorded_on, refused=refusals)


def _package_version() -> str:
    try:
        return version("genai-prices")
    except PackageNotFoundError as missing:
        raise EstimatorError(
            "genai-prices is not installed. Install the extra: pip install 'tune-or-prompt[import]', "
            "or name a flat CSV file of its table."
        ) from missing


def _issue_of(path: Path) -> str:
    match = re.search(r"(\d+\.\d+\.\d+)", path.name)
    return match[1] if match else path.stem


def _text_steps(found: Iterable[tuple[str, float, float]]) -> dict[str, Steps]:
    """Collect (key, from tokens, price) by our names, other media left out."""
    steps: dict[str, Steps] = defaultdict(dict)
    for key, start, value in found:
        if key in PRICES:
            name, factor = PRICES[key]
            steps[name][start] = value * factor
    return dict(steps)


# -- the installed package ------------------------------------------------------------------------------------------


def read_package() -> list[ModelSheet]:
    """Read every model of the installed package that has text prices."""
    _package_version()
    from genai_prices.data import providers

    sheets = [_package_sheet(provider.id, model) for provider in providers for model in provider.models]
    return [sheet for sheet in sheets if _has_text_prices(sheet)]


def _package_sheet(provider: str, model: Any) -> ModelSheet:
    from genai_prices.types import ModelPrice

    sets = []
    conditional = (
        [(None, model.prices)]
        if isinstance(model.prices, ModelPrice)
        else [(entry.constraint, entry.prices) for entry in model.prices]
    )
    for constraint, prices in conditional:
        starts, hours = _condition(constraint)
        sets.append(PriceSet(starts, hours, _text_steps(_package_prices(prices))))
    variants = [
        VariantSet(
            _variant_name(found.when), _condition(found.constraint)[0], _text_steps(_package_prices(found.prices))
        )
        for found in model.price_variants or ()
        if _variant_name(found.when)
    ]
    note = "deprecated by its provider" if model.deprecated else ""
    return ModelSheet(f"{provider}/{model.id}", note, tuple(sets), tuple(found for found in variants if found.prices))


def _package_prices(prices: Any) -> Iterator[tuple[str, float, float]]:
    for key, value in vars(prices).items():
        if value is None or key.startswith("_"):
            continue
        if hasattr(value, "tiers"):
            yield key, 0.0, float(value.base)
            yield from ((key, float(tier.start), float(tier.price)) for tier in value.tiers)
        else:
            yield key, 0.0, float(value)


def _condition(constraint: Any) -> tuple[str, str]:
    if constraint is None:
        return "", ""
    if hasattr(constraint, "start_date"):
        return constraint.start_date.isoformat(), ""
    return "", f"{constraint.start_time:%H:%M}-{constraint.end_time:%H:%M}"


def _variant_name(when: dict[str, str]) -> str:
    """Name a request context by its values; "" for contexts that choose no price of text."""
    if not when or any(key not in VARIANT_CONTEXTS for key in when):
        return ""
    return "+".join(value.replace("/", "-") for _, value in sorted(when.items()))


# -- the flat file --------------------------------------------------------------------------------------------------


def read_flat(path: Path) -> list[ModelSheet]:
    """Read the flat CSV: a row for each price key, tier, start date and request context."""
    groups: dict[str, dict[tuple[str, str, str], list[tuple[str, float, float]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    notes: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            lacking = [column for column in FLAT_COLUMNS if row.get(column) is None]
            if lacking:
                raise EstimatorError(f"{path}, line {line}: no column {', '.join(lacking)}. Expected the flat table.")
            offer = f"{row['provider']}/{row['model_id']}"
            condition = (row["effective_from"], _flat_hours(row["other_condition"]), row["price_context"])
            groups[offer][condition].append(
                (row["unit_key"], float(row["tier_starts_after_input_tokens"]), float(row["price_usd"]))
            )
            if row["deprecated"] == "True":
                notes[offer] = "deprecated by its provider"
    sheets = [_flat_sheet(offer, conditions, notes.get(offer, "")) for offer, conditions in groups.items()]
    return [sheet for sheet in sheets if _has_text_prices(sheet)]


def _flat_hours(condition: str) -> str:
    match = re.match(r"time_of_day (\d\d:\d\d):00\+00:00-(\d\d:\d\d):00\+00:00$", condition)
    if condition and match is None:
        raise EstimatorError(f"The condition {condition!r} is not known: expected 'time_of_day HH:MM:SS+00:00-…'.")
    return f"{match[1]}-{match[2]}" if match else ""


def _flat_sheet(
    offer: str, conditions: dict[tuple[str, str, str], list[tuple[str, float, float]]], note: str
) -> ModelSheet:
    sets, variants = [], []
    for (starts, hours, context), found in sorted(conditions.items()):
        prices = _text_steps(found)
        if not context:
            sets.append(PriceSet(starts, hours, prices))
        else:
            name = _variant_name(dict(part.split("=", 1) for part in context.split(";")))
            if name and prices:
                variants.append(VariantSet(name, starts, prices))
    variants.sort(key=lambda found: (found.variant, found.starts), reverse=True)
    return ModelSheet(offer, note, tuple(sets), tuple(variants))


# -- quotes ---------------------------------------------------------------------------------------------------------


def _has_text_prices(sheet: ModelSheet) -> bool:
    return any({"input_token", "output_token"} & found.prices.keys() for found in sheet.sets)


def _standard_on(sheet: ModelSheet, day: str) -> dict[str, Steps]:
    """Return the prices outside special hours on a day: the last set that has started."""
    chosen = sheet.sets[0].prices
    for found in sheet.sets:
        if not found.hours_utc and found.starts <= day:
            chosen = found.prices
    return chosen


def _variant_on(sheet: ModelSheet, variant: str, day: str) -> dict[str, Steps]:
    """Return the prices that a variant names on a day: the first set that has started and names them."""
    chosen: dict[str, Steps] = {}
    for found in sheet.variants:
        if found.variant == variant and found.starts <= day:
            chosen = {**found.prices, **chosen}
    return chosen


def _quotes(sheet: ModelSheet) -> Iterator[Quote]:
    """Write the sheet as dated quotes: a price is quoted on each day on which it changes."""
    days = sorted({found.starts for found in sheet.sets if not found.hours_utc} | {""})
    yield from _series(sheet, "", "", [(day, _standard_on(sheet, day)) for day in days])
    for found in sheet.sets:
        if found.hours_utc:
            yield from _series(sheet, "", found.hours_utc, [("", found.prices)])
    for variant in sorted({found.variant for found in sheet.variants}):
        starts = sorted({found.starts for found in sheet.variants if found.variant == variant})
        yield from _series(sheet, variant, "", [(day, _variant_on(sheet, variant, day)) for day in starts])


def _series(sheet: ModelSheet, variant: str, hours: str, dated: list[tuple[str, dict[str, Steps]]]) -> Iterator[Quote]:
    before: dict[tuple[str, float], float] = {}
    for day, prices in dated:
        now = {(name, start): value for name, steps in prices.items() for start, value in steps.items()}
        for name, start in sorted(now.keys() | before.keys()):
            value = now.get((name, start))
            if value != before.get((name, start)):
                yield Quote(
                    "token_prices",
                    sheet.offer,
                    name,
                    value,
                    variant=variant,
                    from_quantity=start,
                    hours_utc=hours,
                    valid_from=day,
                    note=sheet.note if value is not None else "no longer listed",
                )
        before = now
