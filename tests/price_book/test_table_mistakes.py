"""A mistake in a row is reported with file, line, column, what stands there and what was expected."""

import pytest

from estimator.price_book import Library
from estimator.price_book.tables import TableError
from tests.price_book.conftest import line


@pytest.mark.parametrize(
    ("cells", "column", "expected"),
    [
        ({"value": "two"}, "value", "a number"),
        ({"value": "-1"}, "value", "not negative"),
        ({"value": "nan"}, "value", "a number"),
        ({"value": "inf"}, "value", "a number"),
        ({"unit": "USD/token"}, "unit", "quantities.csv"),
        ({"price": "input"}, "price", "input_token"),
        ({"currency": "$"}, "currency", "ISO 4217"),
        ({"valid_from": "01.07.2026"}, "valid_from", "2026-11-20"),
        ({"valid_from": "2026-02-30"}, "valid_from", "2026-11-20"),
        ({"recorded_on": ""}, "recorded_on", "2026-11-20"),
        ({"from_quantity": "many"}, "from_quantity", "number of units"),
        ({"hours_utc": "morning"}, "hours_utc", "06:00-10:00"),
        ({"verification": "sure"}, "verification", "verified"),
        ({"source": ""}, "source", "sources.csv"),
        ({"source": "nobody@1"}, "source", "sources.csv"),
        ({"offer": " "}, "offer", "name of an offer"),
    ],
)
def test_a_wrong_cell_is_found(write, cells, column, expected):
    folder = write(line(), line(price="output_token"), line(**({"offer": "acme/third"} | cells)))
    with pytest.raises(TableError) as refusal:
        Library(shipped=folder)
    assert (refusal.value.path.name, refusal.value.line, refusal.value.column) == ("token_prices.csv", 4, column)
    assert expected in refusal.value.message


def test_the_same_row_twice_is_found(write):
    with pytest.raises(TableError, match="one row for each offer, price"):
        Library(shipped=write(line(), line(value="3")))


def test_a_line_with_a_cell_too_many_is_found(write):
    with pytest.raises(TableError, match=r"line 3.*14 cells"):
        Library(shipped=write(line(), line(price="output_token") + ",more"))


def test_another_header_is_found(write):
    folder = write(line())
    table = folder / "token_prices.csv"
    table.write_text(table.read_text().replace("offer,price,value", "offer,price,amount"))
    with pytest.raises(TableError, match="line 1"):
        Library(shipped=folder)


def test_a_line_break_in_a_cell_is_found(write):
    with pytest.raises(TableError, match="line"):
        Library(shipped=write(line(note='"two\nlines"')))


@pytest.mark.parametrize("broken", ['"' + "x" * 140_000, "x" * 140_000, '"', '"\n' + "x" * 140_000])
def test_a_cell_longer_than_the_csv_module_reads_is_found(write, broken):
    """The csv module of Python reads fields of at most 131,072 characters."""
    folder = write(line())
    table = folder / "token_prices.csv"
    table.write_text(table.read_text() + broken)
    with pytest.raises(TableError, match="line 3") as refusal:
        Library(shipped=folder)
    assert len(refusal.value.message) < 1000
    table.write_text(broken)
    with pytest.raises(TableError, match="line 1") as refusal:
        Library(shipped=folder)
    assert len(refusal.value.message) < 1000
