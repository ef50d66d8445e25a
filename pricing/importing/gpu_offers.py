"""GPU-hour prices: a collection of single-GPU offers (tardellirs/gpu-pricing, MIT), and a hand-checked list."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from estimator.errors import EstimatorError
from pricing.importing.addresses import addresses, level_of
from pricing.importing.merge import import_quotes
from pricing.importing.quotes import ImportReport, Page, Quote, Refusal, Snapshot
from pricing.importing.sanity import refuse_unsound
from pricing.importing.tuning_services import FAMILY, PROMOTION_ENDED, page_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMITMENTS = {
    "on-demand": "on_demand",
    "secure": "on_demand",
    "production": "on_demand",
    "spot": "spot",
    "preemptible": "spot",
    "community": "community",
    "marketplace": "marketplace",
    "marketplace median": "marketplace",
    "prototyping": "prototyping",
    "serverless": "serverless",
    "jobs": "serverless",
    "dedicated endpoint": "dedicated_endpoint",
    "dedicated endpoint (promo)": "dedicated_endpoint",
    "on-demand deployment": "dedicated_endpoint",
}
"""Their words for how a GPU is rented, and ours."""

NAMES = (
    (r"GB300", 0, "GB300"),
    (r"GB200", 0, "GB200"),
    (r"GH200", 96, "GH200-96GB"),
    (r"GH200", 141, "GH200-141GB"),
    (r"B300", 0, "B300"),
    (r"B200", 0, "B200"),
    (r"H200", 0, "H200-SXM"),
    (r"H100.*NVL$", 0, "H100-NVL"),
    (r"H100.*(PCIe|NVLink)", 0, "H100-PCIe"),
    (r"H100", 0, "H100-SXM"),
    (r"A100", 40, "A100-40GB"),
    (r"A100.*(PCIe|NVLink)", 0, "A100-80GB-PCIe"),
    (r"A100", 0, "A100-80GB-SXM"),
    (r"V100.*NVLink", 0, "V100-SXM2-16GB"),
    (r"V100", 16, "V100-SXM2-16GB"),
    (r"V100", 32, "V100-SXM2-32GB"),
    (r"L40S", 0, "L40S"),
    (r"RTX 4090", 24, "RTX-4090"),
    (r"RTX 5090", 32, "RTX-5090"),
    (r"RTX 6000 Ada", 0, "RTX-6000-Ada"),
    (r"\bA10$", 0, "A10"),
    (r"\bA10G$", 0, "A10G"),
    (r"\bL4$", 0, "L4"),
    (r"\bT4$", 0, "T4"),
    (r"MI300X", 0, "MI300X"),
    (r"MI325X", 0, "MI325X"),
    (r"MI355X", 0, "MI355X"),
)
"""(pattern of the listed name, memory in GB or 0 for any, name in gpus.csv), the first that fits counts."""


def gpu_name(listed: str, memory_gb: float) -> str:
    """Return our name of a listed GPU: that of gpus.csv, or the listed one tidied, with its memory.

    Examples
    --------
    >>> gpu_name("NVIDIA H100 SXM5", 80), gpu_name("NVIDIA A100 PCIe", 40), gpu_name("RTX 3060", 12)
    ('H100-SXM', 'A100-40GB', 'RTX-3060-12GB')
    """
    for pattern, memory, name in NAMES:
        if re.search(pattern, listed) and memory in {0, int(memory_gb)}:
            return name
    short = re.sub(r"^(NVIDIA|AMD|Tesla|GeForce|Quadro|HGX)\s+", "", re.sub(r"^NVIDIA (GeForce|HGX) ", "", listed))
    tidy = re.sub(r"[^A-Za-z0-9]+", "-", short).strip("-")
    return f"{tidy}-{memory_gb:g}GB" if f"{memory_gb:g}" not in tidy.split("-") else tidy


def _level(offer: dict[str, Any]) -> str:
    caveats = " ".join(offer.get("caveats") or ()).lower()
    return (
        "second-hand"
        if any(word in caveats for word in ("estimated", "stale", "min price", "cheapest live", "min live"))
        else "seen"
    )


def import_rows(book_folder: Path, source_file: Path, *, recorded_on: date, as_of: date | None = None) -> ImportReport:
    """Import a collection of GPU offers: the JSON of gpu-pricing, or the hand-checked CSV."""
    if source_file.suffix == ".csv":
        return _import_list(book_folder, source_file, recorded_on, as_of)
    offers = json.loads(source_file.read_text(encoding="utf-8"))
    if not isinstance(offers, list) or not offers or "price_usd_hour" not in offers[0]:
        raise EstimatorError(f"{source_file} is no list of GPU offers: expected objects with 'price_usd_hour'.")
    day = as_of or date.fromisoformat(max(offer["collected_at"] for offer in offers))
    snapshot = Snapshot(
        "gpu-pricing",
        day.isoformat(),
        day,
        "GPU offers collected by tardellirs/gpu-pricing",
        "tardellirs",
        "https://github.com/tardellirs/gpu-pricing/blob/HEAD/src/data/offerings.json",
    )
    refused: list[Refusal] = []
    pages: dict[str, Page] = {}
    quotes: dict[tuple[object, ...], Quote] = {}
    for offer in sorted(offers, key=lambda offer: str(offer["id"])):
        for quote in _offered(offer, snapshot, pages, refused):
            taken = quote
            tag = 2
            while taken.key in quotes:
                taken = _tagged(quote, tag)
                tag += 1
            quotes[taken.key] = taken
    sound = refuse_unsound(quotes.values(), refused)
    return import_quotes(book_folder, snapshot, sound, recorded_on=recorded_on, refused=refused, pages=pages.values())


def _tagged(quote: Quote, tag: int) -> Quote:
    return replace(quote, offer=f"{quote.offer}:{tag}")


def _offered(
    offer: dict[str, Any], snapshot: Snapshot, pages: dict[str, Page], refused: list[Refusal]
) -> Iterator[Quote]:
    name = f"{offer['provider_id']}/{gpu_name(offer['gpu_model'], offer['vram_gb'])}"
    if offer["tier"] not in COMMITMENTS:
        refused.append(Refusal(name, "gpu_hour", f"the tier {offer['tier']!r} is not known"))
        return
    commitment = COMMITMENTS[offer["tier"]]
    if offer["is_spot"] and commitment == "on_demand":
        commitment = "spot"
    page = Page(
        f"{snapshot.source}:{offer['provider_id']}",
        f"GPU prices of {offer['provider_id']}",
        offer["provider_id"],
        offer["source_url"],
        offer["collected_at"],
    )
    pages[page.id] = page
    yield Quote(
        "gpu_prices",
        name,
        "gpu_hour",
        float(offer["price_usd_hour"]),
        variant=commitment,
        from_quantity=8 if "8x node" in (offer.get("notes") or "") else 1,
        verification=_level(offer),
        note=f"listed as {offer['gpu_model']} {offer['vram_gb']} GB",
        source=page.id,
    )


def _import_list(book_folder: Path, source_file: Path, recorded_on: date, as_of: date | None) -> ImportReport:
    day = as_of or recorded_on
    snapshot = Snapshot(FAMILY, day.isoformat(), day, "Prices read by hand", "tune-or-prompt", "", complete=False)
    refused: list[Refusal] = []
    pages: dict[str, Page] = {}
    quotes: dict[tuple[object, ...], Quote] = {}
    with source_file.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = f"{row['provider']}/{row['gpu']}"
            if not row["price_usd_per_gpu_hour"]:
                refused.append(Refusal(name, "gpu_hour", "no price listed: a blank is not a price of 0"))
                continue
            page = page_for(row["source"], row["as_of"] or "", snapshot, pages)
            level = level_of(row["verification"], addresses(row["source"]))
            if level == "seen" and "old" in row["notes"]:
                level = "second-hand"
            quote = Quote(
                "gpu_prices",
                name,
                "gpu_hour",
                float(row["price_usd_per_gpu_hour"]),
                region=row["region"],
                variant=COMMITMENTS[row["tier"]],
                from_quantity=float(row["gpu_count"] or 1),
                verification=level,
                note=f"instance {row['instance_or_offer']}" if row["instance_or_offer"] else "",
                source=page.id if page else "",
            )
            if quote.key in quotes:
                refused.append(Refusal(name, "gpu_hour", f"listed twice: {row['instance_or_offer']}"))
                continue
            quotes[quote.key] = quote
            promotional, listed, since = PROMOTION_ENDED.get(row["provider"], (None, 0.0, ""))
            if quote.value == promotional:
                quotes[(*quote.key, since)] = replace(quote, value=listed, valid_from=since)
    sound = refuse_unsound(quotes.values(), refused)
    return import_quotes(book_folder, snapshot, sound, recorded_on=recorded_on, refused=refused, pages=pages.values())
