"""Bring the quotes of a snapshot into a price folder: nothing is overwritten, what is newer stays."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from datetime import date, timedelta
from math import isclose
from typing import TYPE_CHECKING, TypeAlias

from estimator.price_book.levels import AGREEMENT
from estimator.price_book.tables import read_units
from pricing.importing.book_folder import Row, number_text, read_rows, write_rows
from pricing.importing.quotes import Change, ImportReport, Page, Quote, Refusal, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Key: TypeAlias = tuple[str, str, str, str, str, float, str]
History: TypeAlias = dict[Key, list[Row]]

ONE_OWNER = frozenset({"token_prices"})
"""Tables in which an offer's prices in a region come from one upstream: tiers and variants of two would not fit."""


def import_quotes(
    folder: Path,
    snapshot: Snapshot,
    quotes: Iterable[Quote],
    *,
    recorded_on: date,
    refused: Iterable[Refusal] = (),
    pages: Iterable[Page] = (),
    add_new: bool = True,
) -> ImportReport:
    """Merge a snapshot into the tables of a folder and write them.

    Parameters
    ----------
    folder : the price folder
    snapshot : where and when the quotes were read
    quotes : the numbers
    recorded_on : the day of this import
    refused : quotes that the importer itself turned away
    pages : the pages that quotes name as their source, where it is not the snapshot itself
    add_new : whether offers that the book does not have come in, or are only compared
    """
    report = ImportReport(snapshot.source, refused=list(refused))
    pages = list(pages)
    by_key: dict[Key, list[Quote]] = defaultdict(list)
    for quote in quotes:
        by_key[quote.key].append(quote)
    tables = sorted({key[0] for key in by_key})
    if not tables:
        return report
    units = read_units(folder / "quantities.csv")
    rows = {table: read_rows(folder, table) for table in tables}
    history = _history(rows)
    read_on = {page.id: page.retrieved_on for page in pages}
    merge = _Merge(snapshot, recorded_on, units, history, report, read_on, add_new=add_new)
    for key in sorted(by_key):
        merge.take(key, sorted(by_key[key], key=lambda quote: quote.valid_from))
    if snapshot.complete:
        merge.end_missing({key for key in history if key not in by_key and key[0] in rows})
    for table in tables:
        if merge.added[table]:
            write_rows(folder, table, [*rows[table], *merge.added[table]])
    _write_checks(folder, merge.checks)
    cited = {row["source"] for added in merge.added.values() for row in added}
    cited |= {row["source"] for row in merge.checks}
    _write_sources(folder, [*pages, _page_of(snapshot)], cited)
    return report


def _history(rows: dict[str, list[Row]]) -> History:
    history: History = defaultdict(list)
    for table, those in rows.items():
        for row in those:
            key = (
                table,
                row["offer"],
                row["price"],
                row["region"],
                row["variant"],
                float(row["from_quantity"] or 0.0),
                row["hours_utc"],
            )
            history[key].append(row)
    return history


def family_of(source: str) -> str:
    """Name the upstream of a source.

    Examples
    --------
    >>> family_of("genai-prices@0.2.3")
    'genai-prices'
    """
    return source.partition("@")[0]


def value_on(rows: list[Row], day: str) -> float | None:
    """Return what a price is on a day by the rows of its history; None before the first and after the end."""
    reached = [row for row in rows if row["valid_from"] <= day]
    if not reached:
        return None
    text = max(reached, key=lambda row: (row["valid_from"], row["recorded_on"]))["value"]
    return float(text) if text else None


def same(one: float | None, other: float | None) -> bool:
    """Say whether two prices are the same number."""
    if one is None or other is None:
        return one is other
    return isclose(one, other, rel_tol=1e-9)


class _Merge:
    """One import under way."""

    def __init__(
        self,
        snapshot: Snapshot,
        recorded_on: date,
        units: dict[str, str],
        history: History,
        report: ImportReport,
        read_on: dict[str, str],
        *,
        add_new: bool,
    ) -> None:
        self.snapshot = snapshot
        self.as_of = snapshot.as_of.isoformat()
        self.recorded_on = recorded_on.isoformat()
        self.units = units
        self.history = history
        self.report = report
        self.read_on = read_on
        self.add_new = add_new
        self.owners: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for key, rows in history.items():
            self.owners[key[0], key[1], key[3]].update(family_of(row["source"]) for row in rows)
        self.added: dict[str, list[Row]] = defaultdict(list)
        self.checks: list[Row] = []

    def take(self, key: Key, quotes: list[Quote]) -> None:
        """Bring in the dated quotes of one price."""
        rows = self.history.get(key)
        if not rows:
            owners = self.owners.get((key[0], key[1], key[3]), set())
            if key[0] in ONE_OWNER and owners and self.snapshot.family not in owners:
                self.report.left_out += 1
            elif self.add_new:
                for place, quote in enumerate(quotes):
                    before = quotes[place - 1].value if place else None
                    self.report.new.append(self._add(quote, quote.valid_from, before))
            return
        if any(family_of(row["source"]) == self.snapshot.family for row in rows):
            self._update(rows, quotes)
        else:
            self._compare(rows, quotes)

    def _update(self, rows: list[Row], quotes: list[Quote]) -> None:
        """Bring in a newer or older issue of the same upstream."""
        seen = max(row["recorded_on"] for row in rows)
        newest = max((issue_of(row["source"]) for row in rows), default="")
        for place, quote in enumerate(quotes):
            following = quotes[place + 1].valid_from if place + 1 < len(quotes) else ""
            day = self.as_of if not following or following > self.as_of else _day_before(following)
            day = max(day, quote.valid_from)
            if same(value_on(rows, day), quote.value):
                self._confirm(rows, quote, day)
                continue
            at = quote.valid_from or (self.as_of if len(quotes) == 1 else "")
            if any(row["valid_from"] > at for row in rows) and not quote.valid_from:
                self.report.refused.append(
                    Refusal(quote.offer, quote.price, f"the book has a newer price than {self.as_of}; it stays")
                )
                continue
            corrected = [row for row in rows if row["valid_from"] == at]
            if corrected and max(seen, newest) >= self.recorded_on:
                self.report.refused.append(
                    Refusal(quote.offer, quote.price, f"a row of {at or 'no date'} recorded {seen} says otherwise")
                )
                continue
            self.report.changed.append(self._add(quote, at, value_on(rows, at)))

    def _confirm(self, rows: list[Row], quote: Quote, day: str) -> None:
        self.report.confirmed += 1
        active = [row for row in rows if row["valid_from"] <= day]
        latest = max(active, key=lambda row: (row["valid_from"], row["recorded_on"]), default=None)
        if latest is not None and quote.value is not None and latest["source"] != self.snapshot.source:
            self._check(quote)

    def _compare(self, rows: list[Row], quotes: list[Quote]) -> None:
        """Hold the quotes of one upstream against the rows of another."""
        reached = [quote for quote in quotes if quote.valid_from <= self.as_of]
        ours = value_on(rows, self.as_of)
        if not reached or reached[-1].value is None or ours is None:
            return
        quote = reached[-1]
        self._check(quote)
        if isclose(ours, quote.value or 0.0, rel_tol=AGREEMENT):
            self.report.confirmed += 1
        else:
            self.report.disagreements.append(self._change(quote, self.as_of, ours))

    def end_missing(self, keys: set[Key]) -> None:
        """End the prices of this upstream that the snapshot no longer lists."""
        for key in sorted(keys):
            rows = self.history[key]
            newest = max(rows, key=lambda row: (row["valid_from"], row["recorded_on"]))
            if family_of(newest["source"]) != self.snapshot.family or not newest["value"]:
                continue
            if newest["valid_from"] >= self.as_of or issue_of(newest["source"]) >= self.snapshot.version:
                continue
            table, offer, price, region, variant, from_quantity, hours_utc = key
            quote = Quote(
                table,
                offer,
                price,
                None,
                region,
                variant,
                from_quantity,
                hours_utc,
                verification=newest["verification"],
                note=f"no longer listed by {self.snapshot.source}",
            )
            self.report.ended.append(self._add(quote, self.as_of, float(newest["value"])))

    def _change(self, quote: Quote, valid_from: str, before: float | None) -> Change:
        return Change(
            quote.table,
            quote.offer,
            quote.price,
            quote.region,
            quote.variant,
            quote.from_quantity,
            before,
            quote.value,
            valid_from,
        )

    def _add(self, quote: Quote, valid_from: str, before: float | None) -> Change:
        self.added[quote.table].append(
            {
                "offer": quote.offer,
                "price": quote.price,
                "value": number_text(quote.value),
                "unit": self.units[quote.price],
                "currency": quote.currency,
                "region": quote.region,
                "variant": quote.variant,
                "from_quantity": number_text(quote.from_quantity),
                "hours_utc": quote.hours_utc,
                "valid_from": valid_from,
                "recorded_on": self.recorded_on,
                "source": quote.source or self.snapshot.source,
                "verification": quote.verification,
                "note": quote.note,
            }
        )
        return self._change(quote, valid_from, before)

    def _check(self, quote: Quote) -> None:
        day = self.read_on.get(quote.source, self.as_of)
        if not day:
            return
        self.checks.append(
            {
                "table": quote.table,
                "offer": quote.offer,
                "price": quote.price,
                "region": quote.region,
                "variant": quote.variant,
                "from_quantity": number_text(quote.from_quantity),
                "checked_on": day,
                "source": quote.source or self.snapshot.source,
                "seen": number_text(quote.value),
            }
        )


def issue_of(source: str) -> str:
    """Return the issue of a source, which sorts like its date or version number."""
    return source.partition("@")[2].partition(":")[0]


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _write_checks(folder: Path, checks: list[Row]) -> None:
    if not checks:
        return
    kept = read_rows(folder, "checks")
    known = {tuple(row.values()) for row in kept}
    fresh = [row for row in checks if tuple(row.values()) not in known]
    if fresh:
        write_rows(folder, "checks", [*kept, *fresh])


def _page_of(snapshot: Snapshot) -> Page:
    return Page(snapshot.source, snapshot.title, snapshot.publisher, snapshot.url, snapshot.as_of.isoformat())


def write_source(folder: Path, snapshot: Snapshot) -> None:
    """Enter a snapshot in sources.csv, once."""
    _write_sources(folder, [_page_of(snapshot)], {snapshot.source})


def _write_sources(folder: Path, pages: list[Page], cited: set[str]) -> None:
    rows = read_rows(folder, "sources")
    known = {row["id"] for row in rows}
    fresh = {page.id: {**asdict(page), "archive_url": ""} for page in pages if page.id in cited - known}
    if fresh:
        write_rows(folder, "sources", [*rows, *fresh.values()])
