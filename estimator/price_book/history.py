"""All tables of all folders, as they are on disk: every row that was ever recorded."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from importlib.resources import files
from math import isclose
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from estimator.errors import PriceNotFoundError, ScenarioError, UnknownNameError
from estimator.price_book.levels import AGREEMENT, RAISED, may_be_default
from estimator.price_book.rows import LifecycleEvent, PriceRow, covers
from estimator.price_book.tables import (
    CHECK_COLUMNS,
    LIFECYCLE_COLUMNS,
    PRICE_TABLES,
    SOURCE_COLUMNS,
    Table,
    TableError,
    parse_day,
    read_records,
    read_table,
    read_units,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

SHIPPED = Path(str(files("pricing")))
"""The folder of tables that travels with the package."""


class Place(NamedTuple):
    """Where a row stands: which layer of folders, which table, which line."""

    layer: int
    table: Table
    line: int


class Check(NamedTuple):
    """One look at a second source: what number it gave for a price, and when."""

    price: str
    region: str
    variant: str
    from_quantity: float
    checked_on: str
    recorded_on: str
    source: str
    seen: float | None


@dataclass(frozen=True, slots=True)
class Source:
    """A page, package or file that prices were read from."""

    id: str
    title: str
    publisher: str
    url: str
    retrieved_on: str
    archive_url: str


def _family(source: str) -> str:
    """Name the upstream of a source: two issues of one upstream are no second opinion."""
    return source.partition("@")[0]


class PriceHistory:
    """The tables of the shipped folder and of the operator's overlay folders, later ones on top."""

    def __init__(self, folders: Iterable[Path | str] = (), *, shipped: Path = SHIPPED) -> None:
        self.folders = (shipped, *(Path(folder) for folder in folders))
        self.units = read_units(shipped / "quantities.csv")
        self._tables: dict[str, list[Table]] = {name: [] for name in PRICE_TABLES}
        self._checks: dict[tuple[str, str], list[Check]] = defaultdict(list)
        self.sources: dict[str, Source] = {}
        self._events: list[tuple[LifecycleEvent, str, str]] = []
        days: set[str] = set()
        for layer, folder in enumerate(self.folders):
            self._read_folder(folder, layer, days)
        self._refuse_unknown_sources()
        self._days = sorted(days - {""})
        if not self._days:
            raise PriceNotFoundError(f"No dated row stands in {shipped}. Run 'estimator prices import' to fill it.")
        self._index: dict[str, dict[str, list[Place]]] = {name: self._places(name) for name in PRICE_TABLES}
        self._digests: dict[date, str] = {}

    def _read_folder(self, folder: Path, layer: int, days: set[str]) -> None:
        if not folder.is_dir():
            raise ScenarioError(f"The price folder {folder} does not exist. Name a folder of CSV tables.")
        known = {f"{name}.csv" for name in (*PRICE_TABLES, "lifecycle", "sources", "checks")}
        for path in sorted(folder.glob("*.csv")):
            if layer and path.name not in known:
                raise UnknownNameError("price table", path.name, known)
        for name in PRICE_TABLES:
            path = folder / f"{name}.csv"
            if path.exists():
                table = read_table(path, units=self.units, overlay=layer > 0)
                self._tables[name].append(table)
                days.update(table.columns["recorded_on"])
        if (folder / "sources.csv").exists():
            for record in read_records(folder / "sources.csv", SOURCE_COLUMNS, ("retrieved_on",))[0]:
                self.sources[record["id"]] = Source(**record)
        if (folder / "checks.csv").exists():
            for record in read_records(folder / "checks.csv", CHECK_COLUMNS, ("checked_on", "recorded_on"))[0]:
                days.add(record["recorded_on"])
                self._checks[record["table"], record["offer"]].append(
                    Check(
                        record["price"],
                        record["region"],
                        record["variant"],
                        float(record["from_quantity"] or 0.0),
                        record["checked_on"],
                        record["recorded_on"],
                        record["source"],
                        float(record["seen"]) if record["seen"] else None,
                    )
                )
        if (folder / "lifecycle.csv").exists():
            records, lines = read_records(folder / "lifecycle.csv", LIFECYCLE_COLUMNS, ("day", "recorded_on"))
            for record, line in zip(records, lines, strict=True):
                days.add(record["recorded_on"])
                self._events.append((self._event(record), record["recorded_on"], line))
            self._events.sort(key=lambda entry: entry[1])

    def _refuse_unknown_sources(self) -> None:
        known = self.sources.keys() | {""}
        for tables in self._tables.values():
            for table in tables:
                for line, source in enumerate(table.columns["source"]):
                    if source not in known:
                        raise TableError(table.path, line + 2, "source", source, "an id of sources.csv")

    def _event(self, record: dict[str, str]) -> LifecycleEvent:
        return LifecycleEvent(
            offer=record["offer"],
            applies_to=record["applies_to"],
            event=record["event"],
            day=date.fromisoformat(record["day"]),
            replacement=record["replacement"],
            recorded_on=parse_day(record["recorded_on"]),
            source=record["source"],
            source_url=self.sources[record["source"]].url if record["source"] in self.sources else "",
            verification=record["verification"],
            note=record["note"],
        )

    def _places(self, name: str) -> dict[str, list[Place]]:
        places: dict[str, list[Place]] = {}
        for table in self._tables[name]:
            layer = self.folders.index(table.path.parent)
            for line, offer in enumerate(table.columns["offer"]):
                places.setdefault(offer, []).append(Place(layer, table, line))
        return places

    @property
    def newest_day(self) -> date:
        """Name the day of the newest row or check: the book's own date, which stands for today."""
        return date.fromisoformat(self._days[-1])

    def first_seen(self, source: str, recorded_on: date | None) -> date | None:
        """Return when a row was first seen: the day of its source, or that of its recording where that is earlier."""
        told = self.sources[source].retrieved_on if source in self.sources else ""
        return min((day for day in (parse_day(told), recorded_on) if day is not None), default=None)

    @cached_property
    def first_day(self) -> date | None:
        """The first day on which any price is known to hold, None where no row states a day."""
        found = {
            (cells["valid_from"][line], cells["source"][line], cells["recorded_on"][line])
            for tables in self._tables.values()
            for cells in (table.columns for table in tables)
            for line in range(len(cells["offer"]))
        }
        days = (parse_day(valid) or self.first_seen(source, parse_day(recorded)) for valid, source, recorded in found)
        return min((day for day in days if day is not None), default=None)

    @property
    def tables(self) -> tuple[str, ...]:
        """Name every table of prices."""
        return PRICE_TABLES

    def places(self, table: str) -> dict[str, list[Place]]:
        """Return where the rows of each offer of a table stand."""
        if table not in self._index:
            raise UnknownNameError("price table", table, PRICE_TABLES)
        return self._index[table]

    @cached_property
    def sellers(self) -> dict[str, tuple[str, ...]]:
        """Return what each provider sells, for amounts of money; a role is its own provider."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for name in PRICE_TABLES:
            for offer in self._index[name] if name not in {"caching_rules", "exchange_rates"} else ():
                found[offer.partition("/")[0]][offer] = None
        return {provider: tuple(offers) for provider, offers in found.items()}

    @cached_property
    def _events_of(self) -> dict[str, list[tuple[LifecycleEvent, str]]]:
        """Return the events under their offer, or under "" where they hold for all whose names begin so."""
        found: dict[str, list[tuple[LifecycleEvent, str]]] = defaultdict(list)
        for event, recorded, _ in self._events:
            found["" if event.offer.endswith("*") else event.offer].append((event, recorded))
        return dict(found)

    def events(self, offer: str, known_by: date) -> list[LifecycleEvent]:
        """Return the events of an offer that were known by a day, in the order of their recording."""
        asked = known_by.isoformat()
        dated = [
            (recorded, event)
            for name in ("", offer)
            for event, recorded in self._events_of.get(name, ())
            if recorded <= asked and covers(event.offer, offer)
        ]
        return [event for _, event in sorted(dated, key=lambda entry: entry[0])]

    @cached_property
    def caching_patterns(self) -> tuple[str, ...]:
        """Return the rules of prompt caching, the general ones first."""
        return tuple(sorted(self._index["caching_rules"], key=len))

    @cached_property
    def bare_names(self) -> dict[str, tuple[str, ...]]:
        """Return, for each model id without its provider, in lower case, the offers that sell it."""
        found: dict[str, list[str]] = defaultdict(list)
        for offer in self._index["token_prices"]:
            found[offer.partition("/")[2].lower()].append(offer)
        return {name: tuple(sorted(offers)) for name, offers in found.items()}

    @cached_property
    def lower_names(self) -> dict[str, str]:
        """Return every token offer under its name in lower case."""
        return {offer.lower(): offer for offer in self._index["token_prices"]}

    def row(self, place: Place, known_by: date) -> PriceRow:
        """Build one row with its address, level and last check, as known by a day."""
        cells = place.table.columns
        line = place.line
        value = place.table.values[line]
        source = self.sources.get(cells["source"][line])
        verification = cells["verification"][line] or "own"
        checked = source.retrieved_on if source and source.url else ""
        if place.layer and not source:
            checked = cells["recorded_on"][line]
        row = PriceRow(
            table=place.table.name,
            offer=cells["offer"][line],
            price=cells["price"][line],
            value=None if value != value else value,
            unit=cells["unit"][line],
            currency=cells["currency"][line],
            region=cells["region"][line],
            variant=cells["variant"][line],
            from_quantity=place.table.quantities[line],
            hours_utc=cells["hours_utc"][line],
            valid_from=parse_day(cells["valid_from"][line]),
            recorded_on=parse_day(cells["recorded_on"][line]),
            source=cells["source"][line],
            source_url=source.url if source else "",
            verification=verification,
            note=cells["note"][line],
            checked_on=parse_day(checked),
            origin="overlay" if place.layer else "table",
        )
        return row if place.layer or row.value is None else self._with_checks(row, known_by)

    def address(self, source: str) -> str:
        """Return the address of a source, "" if it has none."""
        return self.sources[source].url if source in self.sources else ""

    def title(self, source: str) -> str:
        """Return what a source calls itself, its id if it has no title."""
        return (self.sources[source].title if source in self.sources else "") or source

    def _with_checks(self, row: PriceRow, known_by: date) -> PriceRow:
        """Raise or lower the level of a row by what other upstreams say, and move its last check.

        A check named "*" saw every price again that its upstream gives of the offer. Only the checks count that
        were recorded by the day.
        A number that differs counts against a row unless it is older than the row's own source.
        """
        known = known_by.isoformat()
        checked, agrees, disagrees = row.checked_on, False, False
        for check in self._checks.get((row.table, row.offer), ()):
            place = (check.price, check.region, check.variant, check.from_quantity)
            same_upstream = _family(check.source) == _family(row.source)
            mine = place == (row.price, row.region, row.variant, row.from_quantity) and not row.hours_utc
            mine = mine or (check.price == "*" and same_upstream)
            if check.recorded_on > known or not mine or not self.address(check.source):
                continue
            day = date.fromisoformat(check.checked_on)
            if check.seen is None or isclose(check.seen, row.value or 0.0, rel_tol=AGREEMENT):
                checked = day if checked is None else max(checked, day)
                agrees = agrees or not same_upstream
            elif row.checked_on is None or day >= row.checked_on:
                disagrees = True
        level = row.verification
        if agrees and level in RAISED:
            level = "verified"
        elif disagrees and may_be_default(level):
            level = "conflicting"
        return replace(row, checked_on=checked, verification=level)

    def digest(self, known_by: date) -> str:
        """Return the hash of every row that was recorded by a day: the content that answers depend on."""
        if known_by not in self._digests:
            self._digests[known_by] = self._digest(known_by.isoformat())
        return self._digests[known_by]

    def _digest(self, asked: str) -> str:
        content = hashlib.sha256()
        cited: set[str] = set()
        for name in PRICE_TABLES:
            for table in self._tables[name]:
                content.update(f"\n{name}\n".encode())
                recorded, source = table.columns["recorded_on"], table.columns["source"]
                chosen = [line for line, day in enumerate(recorded) if day <= asked]
                cited.update(source[line] for line in chosen)
                content.update("\n".join(table.lines[line] for line in chosen).encode())
        content.update(b"\nlifecycle\n")
        content.update("\n".join(line for _, recorded, line in self._events if recorded <= asked).encode())
        content.update(
            "\n".join(f"{name} {self.sources[name].url}" for name in sorted(cited & self.sources.keys())).encode()
        )
        return content.hexdigest()

    @cached_property
    def versions(self) -> dict[str, date]:
        """Return every version that these tables have had, and the day up to which each one knows."""
        found: dict[str, date] = {}
        for text in self._days:
            day = date.fromisoformat(text)
            found[f"{text}+{self.digest(day)[:12]}"] = day
        return found

    def version(self, known_by: date) -> str:
        """Name the content known by a day: the day and the first 12 digits of the content's hash."""
        return f"{known_by.isoformat()}+{self.digest(known_by)[:12]}"

    def day_of(self, version: str) -> date:
        """Return the day up to which a version knows, its content checked against the hash."""
        day, _, content = version.rpartition("+")
        for text in [day] if day in self._days else reversed(self._days):
            known_by = date.fromisoformat(text)
            if self.digest(known_by)[:12] == content:
                return known_by
        raise UnknownNameError("price book version", version, reversed(self.versions))
