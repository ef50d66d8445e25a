"""A price book of a few rows: the file of an upstream is written, imported and read again."""

import csv
from datetime import date
from pathlib import Path

from estimator.price_book import Library, PriceBook

DAY = date(2026, 11, 20)


def write_csv(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def book(folder: Path, on: date = DAY) -> PriceBook:
    return Library(shipped=folder).book(on=on)
