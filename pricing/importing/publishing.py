"""Publish a version: from then on the day is closed, and its content is frozen by digest."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from estimator.errors import EstimatorError
from estimator.price_book.library import Library
from estimator.price_book.tables import VERSION_COLUMNS

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path


class ClosedDayError(EstimatorError):
    """A row recorded on a day whose content is published: answers that name that version would change."""


def published(folder: Path) -> list[dict[str, str]]:
    """Return the published versions of a folder, oldest first."""
    path = folder / "versions.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return sorted(csv.DictReader(file), key=lambda row: row["known_by"])


def refuse_closed_day(folder: Path, recorded_on: date) -> None:
    """Raise if the rows of a day are published already."""
    versions = published(folder)
    if versions and recorded_on.isoformat() <= versions[-1]["known_by"]:
        raise ClosedDayError(
            f"The rows recorded by {versions[-1]['known_by']} are published as {versions[-1]['version']} and closed, "
            f"so that answers that name this version can be repeated. Record on a later day than {recorded_on}."
        )


def publish(folder: Path, *, note: str = "") -> str:
    """Enter the newest content of a folder in versions.csv and return its version; again, it changes nothing."""
    library = Library(shipped=folder)
    day = library.newest_day
    version = library.version(day)
    versions = published(folder)
    if any(row["version"] == version for row in versions):
        return version
    if versions:
        refuse_closed_day(folder, day)
    rows = sum(len(places) for table in library.tables for places in library.places(table).values())
    versions.append(
        {
            "version": version,
            "known_by": day.isoformat(),
            "digest": library.digest(day),
            "rows": str(rows),
            "note": note,
        }
    )
    with (folder / "versions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, VERSION_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(versions)
    return version
