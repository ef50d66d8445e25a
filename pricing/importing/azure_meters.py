"""Azure prices from the retail price list: a meter's name says model, direction, tier and whether it is tuned.

The names are not made for machines ("4.1 mini ft cd inp Dz Tokens"), so each word is looked up, and a meter with a
word that is not understood is refused rather than guessed.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from estimator.errors import EstimatorError
from pricing.importing.book_folder import read_rows
from pricing.importing.merge import import_quotes
from pricing.importing.providers import known_spelling
from pricing.importing.quotes import ImportReport, Quote, Refusal, Snapshot
from pricing.importing.sanity import refuse_unsound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

MODELS = {
    "4.1": "gpt-4.1",
    "4.1 mini": "gpt-4.1-mini",
    "4.1 nano": "gpt-4.1-nano",
    "4o 0806": "gpt-4o-2024-08-06",
    "4o": "gpt-4o-2024-08-06",
    "4o mini": "gpt-4o-mini-2024-07-18",
    "4o 1120": "gpt-4o-2024-11-20",
    "4o 0513": "gpt-4o-2024-05-13",
    "4o mini 0718": "gpt-4o-mini-2024-07-18",
    "35 turbo16k": "gpt-3.5-turbo-16k",
    "35 turbo4k": "gpt-3.5-turbo-4k",
    "babbage 002": "babbage-002",
    "davinci 002": "davinci-002",
    "o1": "o1",
    "o1 1217": "o1-2024-12-17",
    "o1 mini": "o1-mini",
    "o1 pro": "o1-pro",
    "o3 0416": "o3-2025-04-16",
    "o3 mini": "o3-mini",
    "o3 mini 0131": "o3-mini-2025-01-31",
    "o3 pro": "o3-pro",
    "o4 mini": "o4-mini",
    "o4 mini 0416": "o4-mini-2025-04-16",
    "codex mini": "codex-mini",
    "5": "gpt-5",
    "5 mini": "gpt-5-mini",
    "5 nano": "gpt-5-nano",
    "5 pro": "gpt-5-pro",
    "5 chat": "gpt-5-chat",
    "5 codex": "gpt-5-codex",
    "5.1": "gpt-5.1",
    "5.1 chat": "gpt-5.1-chat",
    "5.1 codex": "gpt-5.1-codex",
    "5.1 codex max": "gpt-5.1-codex-max",
    "5.1 codex mini": "gpt-5.1-codex-mini",
    "5.2": "gpt-5.2",
    "5.2 chat": "gpt-5.2-chat",
    "5.2 codex": "gpt-5.2-codex",
    "5.2 pro": "gpt-5.2-pro",
    "5.3 chat": "gpt-5.3-chat",
    "5.3 codex": "gpt-5.3-codex",
    "5.4": "gpt-5.4",
    "5.4 mini": "gpt-5.4-mini",
    "5.4 nano": "gpt-5.4-nano",
    "5.4 pro": "gpt-5.4-pro",
    "5.5": "gpt-5.5",
    "oss 20b": "gpt-oss-20b",
    "oss 120b": "gpt-oss-120b",
    "20b": "gpt-oss-20b",
    "3.3 70b": "Llama-3.3-70B",
    "llama3.3 70b": "Llama-3.3-70B",
    "llama3.3": "Llama-3.3-70B",
    "llama 3.3 70b": "Llama-3.3-70B",
    "llama 4 maverick 17b": "Llama-4-Maverick-17B-128E-Instruct-FP8",
    "mnstrl 3b": "Ministral-3B",
    "ministral 3b": "Ministral-3B",
    "codestral": "codestral",
    "large 3": "mistral-large-3",
    "grok 3": "grok-3",
    "grok 3 mini": "grok-3-mini",
    "grok 4": "grok-4",
    "r1": "deepseek-r1",
    "v3": "deepseek-v3",
    "v3 0324": "deepseek-v3-0324",
    "v3.1": "deepseek-v3.1",
    "v3.2": "deepseek-v3.2",
    "v4 flash": "deepseek-v4-flash",
    "v4 pro": "deepseek-v4-pro",
    "k2 thinking": "kimi-k2-thinking",
    "k2.5": "kimi-k2.5",
    "k2.6": "kimi-k2.6",
    "command a": "cohere-command-a",
    "embedding 3 large": "text-embedding-3-large",
    "embedding 3 small": "text-embedding-3-small",
    "embedding ada": "text-embedding-ada-002",
}
"""The words of a meter that name the model, and the model."""

TIERS = {
    "glbl": "global",
    "global": "global",
    "glb": "global",
    "gl": "global",
    "dz": "data-zone",
    "dzone": "data-zone",
    "datazone": "data-zone",
    "regnl": "regional",
    "regional": "regional",
    "rgnl": "regional",
    "regn": "regional",
}
DIRECTIONS = {
    "inp": "input_token",
    "inpt": "input_token",
    "input": "input_token",
    "in": "input_token",
    "opt": "output_token",
    "outp": "output_token",
    "outpt": "output_token",
    "output": "output_token",
    "out": "output_token",
}
CACHED = frozenset({"cached", "cchd", "cd", "ccchd"})
BATCH = frozenset({"batch", "bat", "btch"})
PRIORITY = frozenset({"priority", "prty", "pri", "pp"})
TRAINING = frozenset({"training", "trng"})
HOSTING = frozenset({"hosting", "hstng"})
GRADING = frozenset({"grader", "grdr"})
TUNED = frozenset({"ft", "rft"})
EMPTY = frozenset({"tokens", "token", "tkn", "unit", "1m", "1k", "gpt", "az", "deployment", "model", "text", "txt"})


@dataclass(frozen=True, slots=True)
class Meter:
    """One line of the price list."""

    name: str
    usd: float
    unit: str
    starts: str
    regions: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter's name says."""

    model: str
    price: str
    tier: str
    tuned: str
    variant: str


def import_rows(book_folder: Path, source_file: Path, *, recorded_on: date, as_of: date | None = None) -> ImportReport:
    """Import the retail price list: tuning, hosting and tuned-token prices, and the token prices it agrees on.

    Parameters
    ----------
    book_folder : the price folder to write to
    source_file : the JSON of the price list ({"fetched_at", "items"}), or a CSV of its fine-tuning meters
    recorded_on : the day of the import
    as_of : the day of the list; by default `fetched_at`, or the date in the file's name
    """
    meters, fetched = _read(source_file)
    if as_of is None and not fetched:
        raise EstimatorError(f"{source_file} does not say when it was fetched: state the day of the list.")
    day = as_of or date.fromisoformat(fetched)
    snapshot = Snapshot(
        "azure-meters",
        day.isoformat(),
        day,
        f"Azure retail prices of {day}",
        "Microsoft",
        "https://prices.azure.com/api/retail/prices",
    )
    known = {row["offer"].lower(): row["offer"] for row in read_rows(book_folder, "token_prices")}
    refused: list[Refusal] = []
    grouped: dict[Reading, list[Meter]] = defaultdict(list)
    for meter in meters:
        found = read_name(meter.name)
        if isinstance(found, str):
            refused.append(Refusal(f"azure/{meter.name}", "", found))
        else:
            grouped[found].append(meter)
    quotes = list(_quotes(grouped, known, refused))
    sound = refuse_unsound(quotes, refused)
    return import_quotes(book_folder, snapshot, sound, recorded_on=recorded_on, refused=refused)


def _read(path: Path) -> tuple[list[Meter], str]:
    if path.suffix == ".json":
        content = json.loads(path.read_text(encoding="utf-8"))
        if "items" not in content:
            raise EstimatorError(f"{path} is no price list: expected an object with 'items'.")
        meters = [
            Meter(
                item["meterName"],
                float(item["retailPrice"]),
                item["unitOfMeasure"],
                item["effectiveStartDate"][:10],
                len(item["regions"]),
            )
            for item in content["items"]
        ]
        return meters, str(content.get("fetched_at", ""))[:10]
    with path.open(encoding="utf-8", newline="") as file:
        meters = [
            Meter(
                row["meter_name"],
                float(row["retail_price_usd"]),
                row["unit_of_measure"],
                row["effective_start_date"],
                int(row["n_regions"]),
            )
            for row in csv.DictReader(file)
        ]
    match = re.search(r"\d{4}-\d{2}-\d{2}", path.name)
    return meters, match[0] if match else ""


def read_name(name: str) -> Reading | str:
    """Read a meter's name; text says why it is not understood.

    Examples
    --------
    >>> read_name("4.1 mini ft cd inp Dz Tokens")
    Reading(model='gpt-4.1-mini', price='cached_input_token', tier='data-zone', tuned='sft', variant='')
    >>> read_name("gpt-4o-rt-aud-0603 Inp regnl Tokens")
    'the words 4o rt aud 0603 name no model that is known'
    """
    words = [word for word in re.split(r"[\s_-]+", name.lower().replace("fine tuned", "ft")) if word not in EMPTY]
    here = set(words)
    if here & GRADING:
        return "tokens of a grader: they are billed at the price of the grading model"
    developer = "dev" in here
    tiers = [TIERS[word] for word in words if word in TIERS]
    directions = [DIRECTIONS[word] for word in words if word in DIRECTIONS]
    role = CACHED | BATCH | PRIORITY | TRAINING | HOSTING | TUNED | TIERS.keys() | DIRECTIONS.keys() | {"dev"}
    model = " ".join(word for word in words if word not in role)
    if model not in MODELS:
        return f"the words {model} name no model that is known"
    tuned = _tuned(here, MODELS[model])
    if not directions and (here & CACHED or MODELS[model].startswith("text-embedding")):
        directions = ["input_token"]
    price = _price(here, directions, tuned)
    if price is None or len(set(directions)) > 1 or len(set(tiers)) > 1:
        return "says neither training, hosting, input nor output, or two of them"
    tier = "developer" if developer else (tiers[0] if tiers else "global")
    variant = "batch" if here & BATCH else "priority" if here & PRIORITY else ""
    return Reading(MODELS[model], price, tier, tuned, variant)


def _tuned(here: set[str], model: str) -> str:
    if not here & (TUNED | TRAINING | HOSTING):
        return ""
    return "rft" if model.startswith(("o1", "o3", "o4")) else "sft"


def _price(here: set[str], directions: list[str], tuned: str) -> str | None:
    if here & HOSTING:
        return "hosting_hour"
    if here & TRAINING or (tuned and not directions):
        return "training"
    if not directions:
        return None
    return "cached_input_token" if here & CACHED and directions[0] == "input_token" else directions[0]


def _quotes(
    grouped: Mapping[Reading, list[Meter]], known: Mapping[str, str], refused: list[Refusal]
) -> Iterator[Quote]:
    by_token = {found for found, meters in grouped.items() if found.price == "training" and _per_token(meters)}
    for found, meters in sorted(grouped.items(), key=lambda item: repr(item[0])):
        offer = f"azure/{found.model}"
        hourly = [meter for meter in meters if "Hour" in meter.unit]
        counted = [meter for meter in meters if meter.unit in {"1K", "1M"}]
        wanted = hourly if found.price == "hosting_hour" or (found.price == "training" and not counted) else counted
        if found.price == "training" and hourly and found in by_token:
            refused.append(Refusal(offer, "training_hour", "an older billing by the hour beside that by the token"))
        if not wanted:
            refused.append(Refusal(offer, found.price, f"a unit that does not fit: {meters[0].unit}"))
            continue
        chosen = max(wanted, key=lambda meter: (meter.regions, meter.starts, meter.usd))
        others = sorted({_value(meter) for meter in wanted} - {_value(chosen)})
        note = f"meter {chosen.name}, {chosen.regions} regions"
        note += f"; elsewhere {', '.join(f'{value:g}' for value in others)}" if others else ""
        tuned_price = {"training": "training_token" if wanted is counted else "training_hour"}
        price = tuned_price.get(found.price, found.price)
        method = f"{found.tuned}+{found.variant}" if found.variant else found.tuned
        plain_tier = "" if found.tier == "global" else found.tier
        yield Quote(
            _table(found),
            offer if found.tuned else known_spelling(offer, known),
            price,
            _value(chosen),
            region=found.tier if found.tuned else plain_tier,
            variant=method if found.tuned else found.variant,
            valid_from=chosen.starts,
            note=note,
        )


def _table(found: Reading) -> str:
    if not found.tuned:
        return "token_prices"
    return "hosting_prices" if found.price == "hosting_hour" else "training_prices"


def _per_token(meters: Iterable[Meter]) -> bool:
    return any(meter.unit in {"1K", "1M"} for meter in meters)


def _value(meter: Meter) -> float:
    return round(meter.usd * {"1K": 1000.0, "1M": 1.0}.get(meter.unit, 1.0), 9)
