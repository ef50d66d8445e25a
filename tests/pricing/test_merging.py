"""Importing adds rows and never takes any away: twice, in another order, from an older file, from a second upstream."""

import csv
from datetime import date
from pathlib import Path

import pytest

from estimator.errors import UnknownNameError
from estimator.price_book import Library
from pricing.importing.merge import import_quotes
from pricing.importing.publishing import ClosedDayError, publish, published
from pricing.importing.quotes import Quote, Refusal, Snapshot

SPRING, SUMMER, AUTUMN = date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1)


def snapshot(day: date, family: str = "upstream", **more: object) -> Snapshot:
    return Snapshot(family, day.isoformat(), day, family, family, f"https://{family}.example", **more)


def quote(value: float | None, price: str = "input_token", offer: str = "acme/small", **more: object) -> Quote:
    return Quote("token_prices", offer, price, value, **more)


def rows(folder: Path, table: str = "token_prices") -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def bring(folder: Path, day: date, *quotes: Quote, family: str = "upstream", on: date | None = None, **more: object):
    return import_quotes(folder, snapshot(day, family), quotes, recorded_on=on or day, **more)


def price_on(folder: Path, day: date, offer: str = "acme/small", price: str = "input_token") -> float:
    return float(Library(shipped=folder).book(on=day).price(offer, price, unit="USD/Mtoken"))


def test_a_second_import_of_the_same_file_changes_no_file(folder):
    bring(folder, SPRING, quote(2.0), quote(6.0, "output_token"))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    report = bring(folder, SPRING, quote(2.0), quote(6.0, "output_token"), on=SUMMER)
    assert (report.new, report.changed, report.ended, report.confirmed) == ([], [], [], 2)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_newer_file_with_the_same_prices_moves_the_check_dates_alone(folder):
    bring(folder, SPRING, quote(2.0), quote(6.0, "output_token"))
    before = rows(folder)
    report = bring(folder, SUMMER, quote(2.0), quote(6.0, "output_token"))
    assert report.confirmed == 2
    assert rows(folder) == before
    row = Library(shipped=folder).book().rows("token_prices")[0]
    assert (row.checked_on, row.verification) == (SUMMER, "seen")
    earlier = Library(shipped=folder).book(known_by=SPRING).rows("token_prices")[0]
    assert earlier.checked_on == SPRING


def test_a_changed_price_is_a_new_row_from_its_day_and_the_old_one_stays(folder):
    bring(folder, SPRING, quote(2.0))
    report = bring(folder, SUMMER, quote(1.5))
    assert [(change.before, change.after, change.valid_from) for change in report.changed] == [(2.0, 1.5, "2026-07-01")]
    assert price_on(folder, date(2026, 6, 30)) == 2.0
    assert price_on(folder, SUMMER) == 1.5
    assert bring(folder, SUMMER, quote(1.5), on=AUTUMN).changed == []


def test_a_price_that_is_no_longer_listed_ends_on_the_day_of_the_file(folder):
    bring(folder, SPRING, quote(2.0), quote(6.0, "output_token"), quote(3.0, offer="acme/large"))
    report = bring(folder, SUMMER, quote(2.0), quote(6.0, "output_token"))
    assert [(change.offer, change.before, change.after) for change in report.ended] == [("acme/large", 3.0, None)]
    library = Library(shipped=folder)
    assert "acme/large" in library.book(on=date(2026, 6, 30)).offers("token_prices")
    assert "acme/large" not in library.book(on=SUMMER).offers("token_prices")


def test_a_refused_price_does_not_end_the_one_in_the_book(folder):
    bring(folder, SPRING, quote(2.0), quote(3.0, offer="acme/large"))
    report = bring(folder, SUMMER, quote(2.0), refused=[Refusal("acme/large", "input_token", "a price of 0")])
    assert report.ended == []


def test_a_partial_list_ends_nothing(folder):
    bring(folder, SPRING, quote(2.0), quote(3.0, offer="acme/large"))
    report = import_quotes(folder, snapshot(SUMMER, complete=False), [quote(2.0)], recorded_on=SUMMER)
    assert report.ended == []


def test_an_older_file_loses_nothing_that_is_newer(folder):
    bring(folder, SPRING, quote(2.0), quote(3.0, offer="acme/old"))
    bring(folder, SUMMER, quote(1.5), quote(4.0, offer="acme/new"))
    before = rows(folder)
    report = bring(folder, SPRING, quote(2.5), quote(3.0, offer="acme/old"), quote(9.0, offer="acme/older"), on=AUTUMN)
    kept = [row for row in rows(folder) if row["recorded_on"] != "2026-10-01"]
    assert kept == before
    assert price_on(folder, AUTUMN) == 1.5
    assert price_on(folder, AUTUMN, "acme/new") == 4.0
    assert report.ended == []
    assert any("newer issue" in refusal.reason for refusal in report.refused)


def test_dated_history_comes_in_and_a_future_price_waits(folder):
    bring(folder, SPRING, quote(2.0), quote(1.0, valid_from="2026-12-01"))
    assert (price_on(folder, AUTUMN), price_on(folder, date(2026, 12, 1))) == (2.0, 1.0)
    report = bring(folder, SUMMER, quote(2.0), quote(1.0, valid_from="2026-12-01"))
    assert (report.changed, report.confirmed) == ([], 2)


def test_a_corrected_date_price_is_a_row_recorded_later(folder):
    bring(folder, SPRING, quote(2.0), quote(1.0, valid_from="2026-03-01"))
    bring(folder, SUMMER, quote(2.0), quote(1.1, valid_from="2026-03-01"))
    library = Library(shipped=folder)
    assert library.book(on=date(2026, 3, 2)).price("acme/small", "input_token", unit="USD/Mtoken") == 1.1
    then = library.book(on=date(2026, 3, 2), known_by=SPRING)
    assert then.price("acme/small", "input_token", unit="USD/Mtoken") == 1.0


def test_two_upstreams_that_agree_make_a_row_verified(folder):
    bring(folder, SPRING, quote(2.0))
    report = bring(folder, SUMMER, quote(2.0), family="other")
    assert (report.confirmed, report.new) == (1, [])
    row = Library(shipped=folder).book().rows("token_prices")[0]
    assert (row.verification, row.checked_on, row.source) == ("verified", SUMMER, "upstream@2026-04-01")
    assert Library(shipped=folder).book(known_by=SPRING).rows("token_prices")[0].verification == "seen"


def test_a_disagreement_is_written_down_and_not_averaged(folder):
    bring(folder, SPRING, quote(2.0))
    report = bring(folder, SUMMER, quote(2.2), family="other")
    assert [(change.before, change.after) for change in report.disagreements] == [(2.0, 2.2)]
    assert [row["seen"] for row in rows(folder, "checks")] == ["2.2"]
    row = Library(shipped=folder).book().rows("token_prices")[0]
    assert (row.value, row.verification) == (2.0, "conflicting")


def test_a_second_upstream_does_not_mix_its_tiers_into_an_offer(folder):
    bring(folder, SPRING, quote(2.0))
    report = bring(folder, SUMMER, quote(4.0, from_quantity=200_000), quote(5.0, offer="acme/new"), family="other")
    assert report.left_out == 1
    assert [change.offer for change in report.new] == ["acme/new"]


def test_a_published_day_is_closed(folder):
    bring(folder, SPRING, quote(2.0))
    version = publish(folder, note="first")
    assert publish(folder) == version
    assert [row["version"] for row in published(folder)] == [version]
    with pytest.raises(ClosedDayError, match=r"Record on a later day than 2026-04-01"):
        bring(folder, SPRING, quote(3.0, offer="acme/large"), on=SPRING)
    bring(folder, SPRING, quote(2.0), on=SPRING)  # nothing to add: nothing to refuse


def test_a_price_without_a_known_name_is_an_error(folder):
    with pytest.raises(UnknownNameError, match="input_token"):
        bring(folder, SPRING, quote(2.0, "imput_token"))
