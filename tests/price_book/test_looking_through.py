"""Find, compare and check: what a person asks the book."""

from datetime import date

import pytest

from estimator.errors import UnknownNameError
from estimator.price_book import Library, check_book, compare_books
from tests.price_book.conftest import line, opened

ROWS = (
    line(),
    line(value="1.5", valid_from="2026-07-01"),
    line(price="output_token", value="8"),
    line(offer="acme/large", value="3"),
    line(offer="acme/large", price="output_token", value="9"),
    line(offer="other/small", value="1", valid_from="2026-06-01"),
    line(offer="other/small", price="output_token", value="2", verification="second-hand"),
)


@pytest.fixture
def library(write):
    return Library(shipped=write(*ROWS))


def test_rows_are_filtered_and_searched(library):
    book = opened(library, "2026-08-01")
    assert [row.offer for row in book.rows("token_prices", search="SMALL", price="input_token")] == [
        "acme/small",
        "other/small",
    ]
    assert [row.value for row in book.rows("token_prices", offer="acme/small", price="input_token")] == [1.5]
    assert {row.offer for row in book.rows("token_prices", provider="acme")} == {"acme/large", "acme/small"}
    assert [row.offer for row in book.rows("token_prices", verification="second-hand")] == ["other/small"]
    assert book.rows("token_prices", offer="acme/small", price="input_token", on=date(2026, 5, 1))[0].value == 2.0
    assert {row.offer for row in book.rows("token_prices", search="small acme")} == {"acme/small"}
    with pytest.raises(UnknownNameError, match="token_prices"):
        book.rows("token_price")


def test_two_days_are_compared(library):
    found = compare_books(opened(library, "2026-05-01"), opened(library, "2026-08-01"))
    assert [(difference.kind, difference.row.offer, difference.row.price) for difference in found] == [
        ("changed", "acme/small", "input_token"),
        ("new", "other/small", "input_token"),
    ]
    assert found[0].change_share == pytest.approx(-0.25)
    assert compare_books(opened(library, "2026-08-01"), opened(library, "2026-05-01"))[1].kind == "ended"
    assert compare_books(library.book(), library.book()) == []


def test_two_folders_are_compared(library, write):
    mine = write(line(value="1", source="", verification=""), folder="mine")
    found = compare_books(library.book(), Library([mine], shipped=library.folders[0]).book(), search="small")
    assert [(difference.before.value, difference.after.value) for difference in found] == [(2.0, 1.0)]


def test_check_lists_old_rows_and_does_not_fail_by_the_calendar(library):
    fresh = check_book(opened(library, "2026-08-01"))
    assert (fresh.aged, fresh.passed) == ([], True)
    old = check_book(opened(library, "2026-08-01"), today=date(2026, 5, 2))
    assert (len(old.aged), old.passed) == (6, True)
    assert (old.aged[0].age_days, old.aged[0].most_days) == (31, 30)


def test_check_names_broken_rules(write):
    folder = write(line(), line(price="output_token", value="8"), line(price="cached_input_token", value="3"))
    report = check_book(Library(shipped=folder).book())
    assert not report.passed
    assert [(broken.rule, broken.row.price) for broken in report.broken] == [
        ("cached_above_input", "cached_input_token")
    ]
