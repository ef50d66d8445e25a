"""Tornado and shares of scenarios that can be worked out by hand."""

import json
from dataclasses import replace

import pytest

from estimator.errors import UnknownNameError
from estimator.estimate import estimate
from estimator.price_book import Library
from estimator.scenario import LumpSum, Range, Scenario, Staged, Workload
from estimator.sensitivity import analyse, explain_ranges, write_sensitivity

UPFRONT, PRICE, TRAFFIC = "/approaches/A/upfront_usd", "/approaches/B/usd_per_request", "/workload/requests_per_month"


def two(**changes: object) -> Scenario:
    """A costs 6,000 at the start, B 0.05 a request: D(12) = U - 12 p V."""
    upfront = changes.pop("upfront", 6000.0)
    price = changes.pop("price", 0.05)
    return Scenario(
        baseline="B",
        workload=Workload(requests_per_month=20_000.0, input_tokens=1.0, output_tokens=1.0),
        approaches={"A": LumpSum(upfront_usd=upfront), "B": LumpSum(usd_per_request=price)},
        **changes,
    )


def test_a_tornado_by_hand(library: Library) -> None:
    found = analyse(two(), library)
    bars = {bar.lever.pointer: bar for bar in found.bars}
    # the difference is 6000 - 12 * 0.05 * 20000 = -6000; 20 % of the price or of the traffic is 2400, of U 1200
    assert list(bars)[-1] == UPFRONT
    assert bars[UPFRONT].usd == pytest.approx((-7200.0, -4800.0))
    assert bars[PRICE].usd == pytest.approx((-3600.0, -8400.0))
    assert bars[PRICE].swing_usd == pytest.approx(4800.0)
    # t* = U / (p V) = 6 months; V* = U / (12 p) = 10,000
    assert bars[PRICE].month == pytest.approx((7.5, 5.0))
    assert bars[PRICE].requests_per_month == pytest.approx((12_500.0, 6000.0 / 0.72))
    assert bars[TRAFFIC].requests_per_month == pytest.approx((10_000.0, 10_000.0))
    assert found.shares is None
    assert found.assessment is None


def test_an_unreachable_month_is_an_open_bar(library: Library) -> None:
    bars = {bar.lever.pointer: bar for bar in analyse(two(upfront=11_000.0), library).bars}
    assert bars[PRICE].month[0] is None
    assert bars[PRICE].month[1] == pytest.approx(11_000.0 / 1200.0)
    # 11,000 against 12 x 960: not within the year, and the reason is the one of a single estimate
    assert bars[PRICE].why_no_month == ("horizon_too_short", None)


def test_a_lead_that_is_lost_breaks_even_in_no_month(library: Library) -> None:
    # B is ahead until month 6, and no month 0 is claimed; above 24,000 in advance for A, it is ahead all the time
    found = analyse(two(upfront=Range(dist="uniform", low=4000.0, high=34_000.0)), library, ("B", "A"))
    bars = {bar.lever.pointer: bar for bar in found.bars}
    assert bars[UPFRONT].lever.low == pytest.approx(7000.0)
    assert bars[UPFRONT].month == (None, 0.0)
    assert bars[UPFRONT].why_no_month == ("lost", None)
    written = {each["pointer"]: each for each in write_sensitivity(found)["tornado"]}
    assert written[UPFRONT]["month"] == {
        "at_low": None, "at_high": 0.0, "reason_at_low": "lost", "reason_at_high": None,
    }  # fmt: skip


def test_a_traffic_that_decides_nothing_says_so(library: Library) -> None:
    # C costs nothing at all: dearer at no traffic, and A never cheaper than it
    scenario = two()
    plans = {**scenario.approaches, "C": LumpSum()}
    for pair, word in ((("A", "C"), "never_cheaper"), (("C", "A"), "always_cheaper")):
        found = analyse(replace(scenario, approaches=plans, baseline="C"), library, pair)
        (bar,) = [bar for bar in found.bars if bar.lever.pointer == UPFRONT]
        assert (bar.requests_per_month, bar.why_no_traffic) == ((None, None), (word, word))


def test_shares_that_take_the_expected_changes_say_so(library: Library) -> None:
    ranged = Range(dist="uniform", low=3000.0, high=9000.0)
    told = {rate: analyse(two(upfront=ranged, requirement_changes_per_month=rate), library) for rate in (0.0, 0.5)}
    assert [each.code for each in told[0.0].warnings] == []
    (warning,) = told[0.5].warnings
    assert (warning.code, warning.pointer) == ("expected_changes", "/requirement_changes_per_month")


def test_a_range_moves_from_its_first_to_its_last_decile(library: Library) -> None:
    found = analyse(two(upfront=Range(dist="uniform", low=1000.0, high=11_000.0)), library)
    bar = next(bar for bar in found.bars if bar.lever.pointer == UPFRONT)
    assert (bar.lever.low, bar.lever.high) == pytest.approx((2000.0, 10_000.0))
    assert bar.usd == pytest.approx((-10_000.0, -2000.0))


def test_shares_of_two_additive_inputs(library: Library) -> None:
    # D = U - 12 p V with independent uniform U (width 6000) and p (width 0.05, times 240,000 = 12,000): 1 to 4
    scenario = two(
        upfront=Range(dist="uniform", low=3000.0, high=9000.0), price=Range(dist="uniform", low=0.0, high=0.05)
    )
    written = write_sensitivity(analyse(scenario, library))
    assert written["sobol"][UPFRONT]["s1"] == pytest.approx(0.2, abs=0.01)
    assert written["sobol"][PRICE]["st"] == pytest.approx(0.8, abs=0.01)
    low, high = written["sobol"][PRICE]["intervals"]["st"]
    assert low <= 0.8 <= high
    assert written["value_of_information"]["perfect_usd"] > 0
    json.dumps(written, allow_nan=False)


def test_correlated_inputs_get_no_shares_and_say_why(library: Library) -> None:
    scenario = two(
        upfront=Range(dist="uniform", low=3000.0, high=9000.0),
        price=Range(dist="uniform", low=0.0, high=0.05),
        correlations=({"first": UPFRONT, "second": PRICE, "rank_correlation": 0.5},),
    )
    found = analyse(scenario, library)
    assert found.shares is None
    assert [each.code for each in found.warnings] == ["correlated_inputs"]
    assert found.assessment is not None


def test_many_inputs_are_screened_first(library: Library) -> None:
    plans = {f"P{n}": LumpSum(upfront_usd=Range(dist="uniform", low=0.0, high=1.0 + n)) for n in range(22)}
    plans |= {"hybrid": LumpSum(upfront_usd=Range(dist="uniform", low=0.0, high=100.0))}
    scenario = Scenario(
        baseline="P21",
        workload=Workload(requests_per_month=0.0, input_tokens=1.0, output_tokens=1.0),
        approaches=plans,
        draws=64,
    )
    found = analyse(scenario, library, ("hybrid", "P21"))
    assert len(found.screened) == 23
    assert len(found.inputs) == 20
    assert {"/approaches/hybrid/upfront_usd", "/approaches/P21/upfront_usd"} <= set(found.inputs)
    assert found.shares is not None
    by_pointer = dict(zip(found.inputs, found.shares.total, strict=True))
    assert by_pointer["/approaches/hybrid/upfront_usd"] == pytest.approx(1e4 / (1e4 + 22**2), abs=0.02)
    assert [each.code for each in found.warnings] == ["inputs_screened"]


def test_an_unknown_pair_is_refused(library: Library) -> None:
    with pytest.raises(UnknownNameError):
        analyse(two(), library, ("A", "C"))


def test_an_input_that_cannot_be_moved_is_left_out(library: Library) -> None:
    # a switch in the last month cannot come 20 % later
    plain = two()
    plans = {**plain.approaches, "ST": Staged(first="B", then="A", switch_month=12)}
    bars = analyse(replace(plain, approaches=plans), library, ("A", "B")).bars
    assert {bar.lever.pointer for bar in bars} >= {UPFRONT, PRICE, TRAFFIC}


def test_the_traffic_is_scanned_where_cost_bends(library: Library) -> None:
    capped = Scenario(
        baseline="B",
        workload=Workload(
            requests_per_month=20_000.0, input_tokens=1.0, output_tokens=1.0, max_requests_per_month=30_000.0
        ),
        approaches={"A": LumpSum(upfront_usd=6000.0), "B": LumpSum(usd_per_request=0.05)},
    )
    bars = {bar.lever.pointer: bar for bar in analyse(capped, library).bars}
    assert bars[PRICE].requests_per_month == pytest.approx((12_500.0, 6000.0 / 0.72), rel=1e-6)


def test_ranges_are_explained_alone_as_in_the_whole_analysis(library: Library) -> None:
    scenario = two(upfront=Range(dist="uniform", low=1000.0, high=11_000.0))
    whole = write_sensitivity(analyse(scenario, library))
    found = estimate(scenario, library)
    for known in (found.assessment, None):
        alone = write_sensitivity(explain_ranges(found.scenario, found.book, found.computed, ("A", "B"), known))
        assert alone == whole | {"tornado": []}
    assert whole["tornado"]
    assert whole["sobol"]
