"""Dated events of models and services: kept like prices, a later record corrects an earlier one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pricing.importing.book_folder import page_of, read_rows, write_rows, write_sources
from pricing.importing.publishing import refuse_closed_day
from pricing.importing.quotes import Change, ImportReport, Refusal, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class LifecycleQuote:
    """One event as an upstream gives it: what happens to an offer, and on which day."""

    offer: str
    applies_to: str
    event: str
    day: str
    replacement: str = ""
    verification: str = "seen"
    note: str = ""


def import_events(
    folder: Path, snapshot: Snapshot, events: Iterable[LifecycleQuote], *, recorded_on: date, report: ImportReport
) -> None:
    """Add the events that lifecycle.csv does not have yet, and report them."""
    rows = read_rows(folder, "lifecycle")
    known = {(row["offer"], row["applies_to"], row["event"]): row for row in sorted(rows, key=_recorded)}
    added = []
    for quote in events:
        try:
            date.fromisoformat(quote.day)
        except ValueError:
            report.refused.append(Refusal(quote.offer, quote.event, f"{quote.day!r} is no date"))
            continue
        before = known.get((quote.offer, quote.applies_to, quote.event))
        if before is not None and before["day"] == quote.day:
            report.confirmed += 1
            continue
        if before is not None and before["recorded_on"] >= recorded_on.isoformat():
            report.refused.append(
                Refusal(quote.offer, quote.event, f"{quote.day}: the book has {before['day']} already")
            )
            continue
        row = {
            "offer": quote.offer,
            "applies_to": quote.applies_to,
            "event": quote.event,
            "day": quote.day,
            "replacement": quote.replacement,
            "recorded_on": recorded_on.isoformat(),
            "source": snapshot.source,
            "verification": quote.verification,
            "note": quote.note,
        }
        added.append(row)
        known[quote.offer, quote.applies_to, quote.event] = row
        change = Change("lifecycle", quote.offer, quote.event, "", "", 0.0, None, None, quote.day)
        (report.changed if before is not None else report.new).append(change)
    if added:
        refuse_closed_day(folder, recorded_on)
        write_rows(folder, "lifecycle", [*rows, *added])
        write_sources(folder, [page_of(snapshot)], {snapshot.source})


def _recorded(row: dict[str, str]) -> str:
    return row["recorded_on"]
