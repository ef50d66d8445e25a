"""Bring the quotes of a snapshot into a price folder: nothing is overwritten, what is newer stays."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from math import isclose
from typing import TYPE_CHECKING, TypeAlias

from estimator.errors import UnknownNameError
from estimator.price_book.levels import AGREEMENT
from estimator.price_book.tables import CHECK_COLUMNS, read_units
from pricing.importing.book_folder import Row, number_text, page_of, read_rows, write_rows, write_sources
from pricing.importing.publishing import refuse_closed_day
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
    read_on = {source["id"]: source["retrieved_on"] for source in read_rows(folder, "sources")}
    read_on |= {page.id: page.retrieved_on for page in pages if page.retrieved_on} | {
        snapshot.source: snapshot.as_of.isoformat()
    }
    merge = _Merge(snapshot, recorded_on, units, history, report, read_on, add_new=add_new)
    for key in sorted(by_key):
        merge.take(key, sorted(by_key[key], key=lambda quote: quote.valid_from))
    if snapshot.complete and not merge.older:
        turned_away = {refusal.offer for refusal in report.refused}
        merge.end_missing({key for key in history if key not in by_key and key[1] not in turned_away})
    checks = new_checks(folder, [*merge.checks, *merge.whole_offers()])
    if checks or any(merge.added.values()):
        refuse_closed_day(folder, recorded_on)
    for table in tables:
        if merge.added[table]:
            write_rows(folder, table, [*rows[table], *merge.added[table]])
    if checks:
        write_rows(folder, "checks", [*read_rows(folder, "checks"), *checks])
    cited = {row["source"] for added in merge.added.values() for row in added} | {row["source"] for row in checks}
    write_sources(folder, [*pages, page_of(snapshot)], cited)
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
        mine = [day for source, day in read_on.items() if day and family_of(source) == snapshot.family]
        self.older = max(mine) > self.as_of
        self.later = snapshot.complete and min(mine) < self.as_of
        self.owners: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for key, rows in history.items():
            self.owners[key[0], key[1], key[3]].update(family_of(row["source"]) for row in rows)
        self.added: dict[str, list[Row]] = defaultdict(list)
        self.checks: list[Row] = []
        self.seen_again: dict[tuple[str, str], bool] = {}

    def take(self, key: Key, quotes: list[Quote]) -> None:
        """Bring in the dated quotes of one price."""
        rows = self.history.get(key)
        if rows and any(family_of(row["source"]) == self.snapshot.family for row in rows):
            self._update(rows, quotes)
        elif rows:
            self._compare(rows, quotes)
        else:
            self._enter(key, quotes)

    def _enter(self, key: Key, quotes: list[Quote]) -> None:
        """Bring in a price that the book does not have.

        It holds from an unknown day on, unless an earlier issue of this upstream was read and did not have it.
        """
        owners = self.owners.get((key[0], key[1], key[3]), set())
        if key[0] in ONE_OWNER and owners and self.snapshot.family not in owners:
            self.report.left_out += 1
        elif self.older and self.snapshot.family in owners:
            self._refuse(quotes[0], "an issue of this upstream that the book already has no longer gives it")
        elif self.add_new:
            before = None
            since = self.as_of if self.later and len(quotes) == 1 else ""
            for quote in quotes:
                self.report.new.append(self._add(quote, quote.valid_from or since, before))
                before = quote.value

    def _update(self, rows: list[Row], quotes: list[Quote]) -> None:
        """Bring in a newer or older issue of the same upstream: a quote without a date holds on the day of the issue.

        With dated quotes behind it, it holds on the day before the next of them.
        """
        for place, quote in enumerate(quotes):
            following = quotes[place + 1].valid_from if place + 1 < len(quotes) else ""
            day = self.as_of if not following or following > self.as_of else _day_before(following)
            day = max(day, quote.valid_from)
            if same(value_on(rows, day), quote.value):
                self.report.confirmed += 1
                self.seen_again.setdefault(key_of_offer(quote), True)
                continue
            self.seen_again[key_of_offer(quote)] = False
            at = quote.valid_from or (self.as_of if len(quotes) == 1 else "")
            if self.older:
                self._refuse(quote, f"the book knows a newer issue than that of {self.as_of}: what it says stays")
            elif any(row["valid_from"] == at and row["recorded_on"] >= self.recorded_on for row in rows):
                self._refuse(quote, f"a row of {at or 'no date'} that says otherwise was recorded on the same day")
            else:
                self.report.changed.append(self._add(quote, at, value_on(rows, at)))

    def whole_offers(self) -> list[Row]:
        """Return one check for each offer of which every price was seen again in another issue of its upstream."""
        earlier: set[tuple[str, str]] = {
            (key[0], key[1])
            for key, rows in self.history.items()
            for row in rows
            if family_of(row["source"]) == self.snapshot.family and not self._is_this_issue(row["source"])
        }
        return [
            self._check_row(table, offer, "*", "", "", "", self.as_of, self.snapshot.source, "")
            for (table, offer), every in sorted(self.seen_again.items())
            if every and (table, offer) in earlier
        ]

    def _is_this_issue(self, source: str) -> bool:
        return source.partition(":")[0] == self.snapshot.source

    def _refuse(self, quote: Quote, reason: str) -> None:
        self.report.refused.append(Refusal(quote.offer, quote.price, reason))

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
            if newest["valid_from"] >= self.as_of or self.read_on.get(newest["source"], "") >= self.as_of:
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
        if quote.price not in self.units:
            raise UnknownNameError("price", quote.price, self.units)
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
        source = quote.source or self.snapshot.source
        day = self.read_on.get(source, "")
        if day:
            quantity = number_text(quote.from_quantity)
            place = (quote.table, quote.offer, quote.price, quote.region, quote.variant, quantity)
            self.checks.append(self._check_row(*place, day, source, number_text(quote.value)))

    def _check_row(self, *cells: str) -> Row:
        *place, day, source, seen = cells
        return dict(zip(CHECK_COLUMNS, (*place, day, self.recorded_on, source, seen), strict=True))


def key_of_offer(quote: Quote) -> tuple[str, str]:
    """Name the offer of a quote."""
    return (quote.table, quote.offer)


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def new_checks(folder: Path, checks: list[Row]) -> list[Row]:
    """Return the checks that the folder does not have, whenever they were recorded."""

    def known_as(row: Row) -> tuple[str, ...]:
        return tuple(value for column, value in row.items() if column != "recorded_on")

    kept = {known_as(row) for row in read_rows(folder, "checks")}
    return [row for row in checks if known_as(row) not in kept]
