"""Two clocks: what was valid on a day, and what was known by a day; an old version prices as it did."""

from datetime import date

import pytest

from estimator.answer import answer
from estimator.errors import PriceNotFoundError, UnknownNameError
from estimator.estimate import estimate
from estimator.price_book import Library, PriceBook
from estimator.web.schemas.scenario import read_scenario
from tests.price_book.conftest import line, opened

OUTPUT = line(price="output_token", value="8")


def price(book: PriceBook, name: str = "input_token") -> float:
    return float(book.price("acme/small", name, unit="USD/Mtoken"))


def test_a_date_prices_by_what_was_valid_on_it(write):
    library = Library(shipped=write(line(), line(value="1.5", valid_from="2026-07-01"), OUTPUT))
    assert price(opened(library, "2026-06-30")) == 2.0
    assert price(opened(library, "2026-07-01")) == 1.5


def test_nothing_stands_for_the_newest_day_of_the_book_and_not_for_today(write):
    library = Library(
        shipped=write(line(), line(value="1.5", valid_from="2026-07-01", recorded_on="2026-07-03"), OUTPUT)
    )
    book = library.book()
    assert (book.on, book.known_by) == (date(2026, 7, 3), date(2026, 7, 3))
    assert price(book) == 1.5


def test_a_version_repeats_the_old_prices_after_back_dated_rows_came_in(write):
    before = Library(shipped=write(line(), OUTPUT)).book()
    answer = [(row, before.age_days(row)) for row in before.rows("token_prices")]
    back_dated = line(value="1.9", valid_from="2026-02-01", recorded_on="2026-09-01")
    corrected = line(value="2.1", recorded_on="2026-09-01")
    later = Library(shipped=write(back_dated, corrected, line(), OUTPUT))
    assert price(later.book()) == 1.9
    for asked in (before.version, before.version.partition("+")[2]):
        again = opened(later, asked)
        assert (again.version, again.on) == (before.version, before.on)
        assert [(row, again.age_days(row)) for row in again.rows("token_prices")] == answer
    assert price(opened(later, "2026-03-01", known_by="2026-05-01")) == 2.0
    assert price(opened(later, "2026-01-01")) == 2.1


def test_a_later_check_moves_neither_hash_nor_the_old_answer(write):
    folder = write(line(), OUTPUT)
    before = Library(shipped=folder).book()
    (folder / "checks.csv").write_text(
        "table,offer,price,region,variant,from_quantity,checked_on,recorded_on,source,seen\n"
        "token_prices,acme/small,*,,,,2026-06-01,2026-06-02,acme@1,\n"
    )
    later = Library(shipped=folder)
    assert later.book().version.partition("+")[2] == before.version.partition("+")[2]
    assert later.book().rows("token_prices")[0].checked_on == date(2026, 6, 1)
    assert opened(later, before.version).rows("token_prices") == before.rows("token_prices")


def test_ages_are_counted_from_the_book_and_not_from_today(write):
    book = Library(shipped=write(line(), line(price="output_token", recorded_on="2026-05-01"))).book()
    assert [book.age_days(row) for row in book.rows("token_prices")] == [30, 30]


def test_an_edited_row_is_another_version(write):
    before = Library(shipped=write(line(), OUTPUT)).book()
    edited = Library(shipped=write(line(value="3"), OUTPUT))
    with pytest.raises(UnknownNameError, match=r"Nearest known: 2026-04-01\+"):
        opened(edited, before.version)


def test_a_price_not_yet_valid_names_the_day_from_which_it_is(write):
    library = Library(shipped=write(line(valid_from="2026-07-01"), OUTPUT))
    with pytest.raises(PriceNotFoundError, match="valid from 2026-07-01"):
        opened(library, "2026-06-30").token_offer("acme/small")


def test_an_ended_price_is_an_error_and_not_zero(write):
    library = Library(shipped=write(line(), line(value="", valid_from="2026-07-01", note="withdrawn"), OUTPUT))
    assert price(opened(library, "2026-06-30")) == 2.0
    with pytest.raises(PriceNotFoundError, match="Add a row"):
        price(opened(library, "2026-07-01"))


def test_what_was_known_before_the_first_row_is_nothing(write):
    with pytest.raises(PriceNotFoundError, match="first row is of 2026-04-01"):
        opened(Library(shipped=write(line(), OUTPUT)), known_by="2026-03-31")


def test_a_day_before_the_first_known_price_is_refused_by_the_name_of_the_first(write):
    """The rows were seen on 2026-04-01, one of them is said to hold since 2026-02-01."""
    library = Library(shipped=write(line(), line(price="output_token", value="8", valid_from="2026-02-01")))
    library.refuse_before_all(None)
    library.refuse_before_all(date(2026, 2, 1))
    with pytest.raises(PriceNotFoundError, match="No price of 2026-01-31 is known: the first one is of 2026-02-01"):
        library.refuse_before_all(date(2026, 1, 31))


def test_a_row_is_known_since_it_holds_or_else_since_it_was_first_seen(write):
    later = line(variant="batch", recorded_on="2026-05-01")
    folder = write(line(), later, line(price="output_token", valid_from="2026-02-01"))
    book = Library(shipped=folder).book()
    since = {(row.price, row.variant): book.known_since(row) for row in book.rows("token_prices")}
    assert since == {
        ("input_token", ""): date(2026, 4, 1),
        ("input_token", "batch"): date(2026, 4, 1),
        ("output_token", ""): date(2026, 2, 1),
    }


def asked_of(library: Library, day: str) -> list[str]:
    """Estimate a scenario that takes the two token prices of the table, and return what it is warned of."""
    scenario = {
        "price_book": day,
        "workload": {"requests_per_month": 1000, "input_tokens": 500, "output_tokens": 100},
        "approaches": {
            "prompt": {
                "kind": "prompt_engineering",
                "prompt_tokens": 500,
                "serving": {"kind": "api", "model": "acme/small"},
            },
            "sums": {"kind": "lump_sum", "upfront_usd": 1},
        },
    }
    found = answer(estimate(read_scenario(scenario), library))
    return [each["message"] for each in found["warnings"] if each["code"] == "prices_seen_later"]


def test_a_day_of_which_none_of_the_prices_is_known_is_refused(write):
    """Both prices were first seen on 2026-04-01, and nobody says since when they hold; other rows are no matter."""
    other = line(offer="acme/other", valid_from="2025-01-01")
    library = Library(shipped=write(line(), OUTPUT, other))
    with pytest.raises(
        PriceNotFoundError, match=r"No price of 2026-03-31 .* the 2 .* known from 2026-04-01"
    ) as refusal:
        asked_of(library, "2026-03-31")
    assert refusal.value.pointer == "/price_book"
    assert asked_of(library, "2026-04-01") == []


def test_a_price_that_held_before_it_was_recorded_is_one_of_its_day(write):
    """One price holds since 2026-02-01 and was recorded in April: the day in March is counted, the other is marked."""
    library = Library(shipped=write(line(valid_from="2026-02-01"), OUTPUT))
    (told,) = asked_of(library, "2026-03-01")
    assert "1 of 2 are known only from a later day on" in told
    both = Library(
        shipped=write(line(valid_from="2026-02-01"), line(price="output_token", value="8", valid_from="2026-02-01"))
    )
    assert asked_of(both, "2026-03-01") == []


def test_a_price_that_holds_only_later_is_none_of_the_day(write):
    library = Library(shipped=write(line(valid_from="2026-02-01"), line(price="output_token", valid_from="2026-03-02")))
    with pytest.raises(PriceNotFoundError):
        asked_of(library, "2026-03-01")
    assert asked_of(library, "2026-03-02") == []


def test_an_undated_price_is_of_the_time_before_the_dated_one_that_follows(write):
    """Seen in April like the other: 2.0 until 2026-03-15, 1.5 from then on. Of the output nobody knows more."""
    folder = write(
        line(), line(value="1.5", valid_from="2026-03-15"), OUTPUT, line(offer="b/b", valid_from="2026-01-01")
    )
    book = opened(Library(shipped=folder), "2026-03-01")
    assert {row.price: book.known_since(row) for row in book.rows("token_prices", offer="acme/small")} == {
        "input_token": None,
        "output_token": date(2026, 4, 1),
    }
    (told,) = asked_of(Library(shipped=folder), "2026-03-01")
    assert "1 of 2 are known only from a later day on" in told
