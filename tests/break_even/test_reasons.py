"""Why a candidate never becomes cheaper: cases worked by hand, all in one call and each alone."""

import numpy as np
import pytest

from estimator.answer import answer
from estimator.break_even.reasons import why_never
from estimator.estimate import estimate
from estimator.price_book import Library
from estimator.scenario import LumpSum, Scenario, Workload

MONTHS = 12
FLAT = np.ones(MONTHS)
SINCE = np.arange(MONTHS)
NO_EVENT = np.zeros(MONTHS)
A_DEAR_MONTH = np.where(SINCE == 4, 30.0, 0.0)

# 100 USD in advance in all of them; the words say what is saved
CASES = {
    "nobody asks anything": (0 * FLAT, NO_EVENT, 0 * FLAT, 0.0, "volume_zero", None),
    "every request costs more": (-5 * FLAT, NO_EVENT, FLAT, 0.0, "unit_cost_not_lower", None),
    # 12 x 10 repay it at face value; at 1,000 % a year they are worth 10 v (1 - v^12) / (1 - v) = 41, v = 11^(-1/12)
    "too late to be worth it": (10 * FLAT, NO_EVENT, FLAT, 10.0, "discounting", None),
    # 12 x 10 repay 100, not 100 + 30
    "a dear month": (10 * FLAT, A_DEAR_MONTH, FLAT, 0.0, "events_exceed_savings", None),
    "twenty months of 5": (5 * FLAT, NO_EVENT, FLAT, 0.0, "horizon_too_short", 20.0),
    # i = 2^(1/12) - 1 = 0.0595: all months to come are worth 5 / i = 84 < 100
    "never, however long": (5 * FLAT, NO_EVENT, FLAT, 1.0, "discounting", None),
    # 20 + 10 + 5 + ... < 40
    "halved every month": (20 * 0.5 ** SINCE, NO_EVENT, 0.5 ** SINCE, 0.0, "declining_volume", None),
    # 10 (1 - 0.95^12) / 0.05 = 92 by month 12, and 200 in all
    "5 % less every month": (
        10 * 0.95 ** SINCE, NO_EVENT, 0.95 ** SINCE, 0.0, "horizon_too_short", None,
    ),
    # 10 + 9 + ... - 1 = 54
    "ever dearer": (np.arange(10.0, -2.0, -1.0), NO_EVENT, FLAT, 0.0, "unit_cost_not_lower", None),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_reason_is_the_one_worked_by_hand(case: str) -> None:
    saving, event, requests, rate, code, month = CASES[case]
    found = why_never(np.array([[100.0]]), saving[None], event[None], requests[None], np.array([[rate]])).at()
    assert found is not None
    assert (found.code, found.extrapolated_month) == (code, month)


def test_many_cells_say_what_each_says_alone() -> None:
    saving, event, requests, rate, codes, months = (list(each) for each in zip(*CASES.values(), strict=True))
    start = np.full((len(CASES), 1), 100.0)
    found = why_never(start, np.array(saving), np.array(event), np.array(requests), np.array(rate)[:, None])
    reasons = [found.at(cell) for cell in range(len(CASES))]
    assert [each and each.code for each in reasons] == codes
    assert [each and each.extrapolated_month for each in reasons] == months


def test_the_extrapolated_month_is_the_one_in_which_discounted_savings_repay_the_start() -> None:
    found = why_never(np.array([[100.0]]), 5 * FLAT[None], NO_EVENT[None], FLAT[None], np.array([[0.12]])).at()
    assert found is not None
    assert found.extrapolated_month is not None
    monthly = 1.12 ** (1 / 12) - 1
    # the annuity 5 (1 - v^t) / i, at the month it names
    assert 5 * (1 - (1 + monthly) ** -found.extrapolated_month) / monthly == pytest.approx(100, rel=1e-12)


TROUGH = np.array([1.2] * 9 + [0.6, 0.4, 0.2])
SEASONS = {
    # a year saves 12 x 0.8 x 1,000 = 9,600 and the next one as much: 20,000 are saved in the third
    "a trough at the end of the first year": (12, 0.0, "horizon_too_short"),
    "a trough at the end of the second": (24, 0.0, "horizon_too_short"),
    "in the middle of the second year": (18, 0.0, "horizon_too_short"),
    # 0.9^12 = 0.28: all years to come save less than 9,600 / (1 - 0.28) = 13,400
    "10 % less each month, one year": (12, -0.1, "declining_volume"),
    "10 % less each month, two years": (24, -0.1, "declining_volume"),
    "10 % less each month, 18 months": (18, -0.1, "declining_volume"),
    # 0.99^12 = 0.886: a first year of about 9,100, and 9,100 / (1 - 0.886) = 80,000 in all
    "1 % less each month": (24, -0.01, "horizon_too_short"),
}


@pytest.mark.parametrize("case", SEASONS)
def test_months_are_compared_with_those_of_the_same_season(case: str) -> None:
    months, growth, code = SEASONS[case]
    requests = 1000.0 * (1 + growth) ** np.arange(months) * np.resize(TROUGH, months)
    one = np.ones((1, 1))
    found = why_never(
        20_000 * one, 0.8 * requests[None], 0 * requests[None], requests[None], 0 * one, growth * one
    ).at()
    assert found is not None
    assert found.code == code


def test_a_season_is_no_decline_in_an_estimate(library: Library) -> None:
    """0.8 saved a request, 12,000 of them a year: 20,000 are saved before 25 months, and not within 12."""

    def months(horizon: int) -> tuple[float | None, str | None]:
        seasons = tuple(TROUGH.tolist())
        load = Workload(requests_per_month=1000.0, input_tokens=1.0, output_tokens=1.0, seasonality=seasons)
        plans = {"A": LumpSum(upfront_usd=20_000.0), "B": LumpSum(usd_per_request=0.8)}
        asked = Scenario(horizon_months=horizon, workload=load, approaches=plans, baseline="B")
        found = answer(estimate(asked, library, frozenset()))["break_even"][0]["months"]
        return found["first"], found["reason"]

    assert months(12) == (None, "horizon_too_short")
    # TROUGH sums to 12: 24 months save 19,200; the 800 left are 1,000 requests, 1,000 / 1,200 of month 25
    assert months(48) == (pytest.approx(24 + 1000 / 1200), None)


def test_one_month_is_enough_to_say_why() -> None:
    one = np.ones((1, 1))
    assert why_never(100 * one, 5 * one, 0 * one, one, 0 * one).at().extrapolated_month == 20
    assert why_never(100 * one, -5 * one, 0 * one, one, 0 * one).at().code == "unit_cost_not_lower"
