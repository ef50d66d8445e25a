"""What holds for every ladder of prices, every discount and every order of imports."""

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimator.price_book import Discount, Library, Price, PriceRow
from estimator.price_book.history import SHIPPED
from estimator.price_book.own_prices import apply_discounts
from estimator.price_book.token_ladder import tiers
from pricing.importing.book_folder import number_text
from pricing.importing.merge import import_quotes
from pricing.importing.quotes import Quote, Snapshot

pytestmark = pytest.mark.property

usd = st.floats(min_value=0.001, max_value=500.0).map(lambda value: float(f"{value:.6g}"))
starts = st.sampled_from([0.0, 100_000.0, 128_000.0, 200_000.0, 272_000.0])
names = st.sampled_from(["input_token", "output_token", "cached_input_token"])


def priced(key: tuple[str, float], value: float) -> Price:
    return Price(PriceRow("token_prices", "acme/small", key[0], value, "USD/Mtoken", from_quantity=key[1]))


@given(st.dictionaries(st.tuples(names, starts), usd, min_size=1))
def test_a_tier_has_the_price_of_the_highest_step_it_reaches(steps):
    ladder = tiers({(name, "", "", start, ""): priced((name, start), value) for (name, start), value in steps.items()})
    assert [tier.from_tokens for tier in ladder] == sorted({0.0} | {start for _, start in steps})
    for tier in ladder:
        for name, field in (
            ("input_token", "input"),
            ("output_token", "output"),
            ("cached_input_token", "cached_input"),
        ):
            reached = [start for known, start in steps if known == name and start <= tier.from_tokens]
            expected = steps[name, max(reached)] if reached else None
            assert getattr(tier, field) == expected


@given(usd, st.lists(st.floats(min_value=0.0, max_value=1.0), max_size=4))
def test_discounts_multiply_and_never_raise_a_price(value, shares):
    found = apply_discounts(priced(("input_token", 0.0), value), [Discount("acme", share) for share in shares])
    expected = value
    for share in shares:
        expected *= 1.0 - share
    assert float(found) == pytest.approx(expected)
    assert float(found) <= value


@given(st.floats(min_value=1e-9, max_value=1e9))
def test_a_number_is_written_so_that_it_reads_back(value):
    assert float(number_text(value)) == pytest.approx(value, rel=1e-5, abs=1e-15)
    assert "e" not in number_text(value)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.none(), usd), min_size=1, max_size=5))
def test_after_any_run_of_issues_each_day_has_the_price_of_its_issue(values):
    first = date(2026, 1, 1)
    days = [first + timedelta(days=30 * place) for place in range(len(values))]
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "quantities.csv").write_text((SHIPPED / "quantities.csv").read_text())
        for day, value in zip(days, values, strict=True):
            issue = Snapshot("up", day.isoformat(), day, "up", "up", "https://up.example")
            quotes = [Quote("token_prices", "acme/always", "input_token", 1.0)]
            if value is not None:
                quotes.append(Quote("token_prices", "acme/small", "input_token", value))
            import_quotes(folder, issue, quotes, recorded_on=day)
            again = import_quotes(folder, issue, quotes, recorded_on=day)
            assert (again.new, again.changed, again.ended) == ([], [], [])
        library = Library(shipped=folder)
        for day, value in zip(days, values, strict=True):
            held = library.book(on=day).current("token_prices", "acme/small").get(("input_token", "", "", 0.0, ""))
            assert (held is None) == (value is None)
            assert held is None or held == pytest.approx(value)
