"""What an importer hands over: quotes of one snapshot, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One upstream as it stood on one day.

    Parameters
    ----------
    family : the upstream, "genai-prices"
    version : which issue of it, "0.2.3"
    as_of : day on which its numbers were seen true
    title, publisher, url : what a person needs to find it
    complete : whether an offer that it no longer lists has ended; False for partial lists
    """

    family: str
    version: str
    as_of: date
    title: str
    publisher: str
    url: str
    complete: bool = True

    @property
    def source(self) -> str:
        """Name the snapshot in sources.csv."""
        return f"{self.family}@{self.version}"


@dataclass(frozen=True, slots=True)
class Page:
    """One page behind a snapshot that draws on many: what sources.csv says of it."""

    id: str
    title: str
    publisher: str
    url: str
    retrieved_on: str


@dataclass(frozen=True, slots=True)
class Quote:
    """One number of a snapshot, in the words of our tables; the value None ends a price at its date."""

    table: str
    offer: str
    price: str
    value: float | None
    region: str = ""
    variant: str = ""
    from_quantity: float = 0.0
    hours_utc: str = ""
    valid_from: str = ""
    verification: str = "seen"
    note: str = ""
    source: str = ""
    currency: str = "USD"

    @property
    def key(self) -> tuple[str, str, str, str, str, float, str]:
        """Name the price that the quote is of, without its date."""
        return (self.table, self.offer, self.price, self.region, self.variant, self.from_quantity, self.hours_utc)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A quote that did not come in, and why."""

    offer: str
    price: str
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """A price that came in as a new row."""

    table: str
    offer: str
    price: str
    region: str
    variant: str
    from_quantity: float
    before: float | None
    after: float | None
    valid_from: str


@dataclass
class ImportReport:
    """What one import did.

    Parameters
    ----------
    source : the snapshot that was read
    new : prices that the book did not have
    changed : prices that have another value from a day on, or are corrected
    ended : prices that the upstream no longer lists
    disagreements : prices that another upstream gives differently: written to checks.csv, the row stays
    refused : quotes that broke a rule
    confirmed : number of prices seen again with the same value
    left_out : number of prices of an offer that belongs to another upstream, which does not give them
    """

    source: str
    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    ended: list[Change] = field(default_factory=list)
    disagreements: list[Change] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    confirmed: int = 0
    left_out: int = 0

    def summary(self) -> str:
        """Say in one line what happened."""
        return (
            f"{self.source}: {len(self.new)} new, {len(self.changed)} changed, {len(self.ended)} ended, "
            f"{self.confirmed} confirmed, {len(self.disagreements)} disagree, {len(self.refused)} refused, "
            f"{self.left_out} left to another upstream"
        )
