"""Bought GPUs in staged plans: a month-by-month walk in fractions, each GPU with its age, at every switch month."""

from fractions import Fraction
from math import ceil

import numpy as np
import pytest

from estimator.answer import answer
from estimator.computation import compute
from estimator.estimate import completed, estimate, open_book
from estimator.scenario.pointer import with_values
from estimator.web.schemas.scenario import read_scenario
from tests.shipped import LIBRARY

MONTHS = 14
GROWTH = Fraction(3, 20)
FIRST_MONTH = 500_000
CAPACITY = Fraction(2_628_000 * 65, 100) / (3 * (Fraction(100, 1000) + Fraction(50, 100)))
"""Requests of a month and replica: 65 % of a month over three times 100 / 1000 + 50 / 100 seconds."""
OWN = {
    "first": {"usd_per_gpu": 9000, "life_months": 3, "residual_share": Fraction(1, 4)},
    "then": {"usd_per_gpu": 20000, "life_months": 5, "residual_share": Fraction(1, 5)},
}
YEARLY = Fraction(1, 10)


def approach(name, upfront):
    own = {key: float(value) for key, value in OWN[name].items()}
    return {
        "kind": "prompt_engineering",
        "prompt_tokens": 0,
        "deployment_usd": upfront,
        "serving": {
            "kind": "gpus",
            "prefill_tokens_per_second": 1000,
            "decode_tokens_per_second": 100,
            "platform_monthly_usd": 3000 if name == "first" else 200,
            "owned": {**own, "usd_per_kwh": 0, "paid": "upfront"},
        },
    }


def question(**plan):
    return read_scenario(
        {
            "horizon_months": MONTHS,
            "annual_discount_rate": float(YEARLY),
            "workload": {
                "requests_per_month": FIRST_MONTH,
                "monthly_growth": float(GROWTH),
                "input_tokens": 100,
                "output_tokens": 50,
            },
            "approaches": {
                "first": approach("first", 100),
                "then": approach("then", 5000),
                "plan": {"kind": "staged", "first": "first", "then": "then", **plan},
            },
        }
    )


def replicas(month):
    return max(1, ceil(FIRST_MONTH * (1 + GROWTH) ** (month - 1) / CAPACITY))


def paid_for_gpus(name, start, end):
    """Money by month for the GPUs of one approach that serves in the months after `start` until `end`."""
    own, paid = OWN[name], dict.fromkeys(range(MONTHS + 1), Fraction(0))
    if end <= start:
        return paid
    price = max(replicas(month) for month in range(start + 1, end + 1)) * own["usd_per_gpu"]
    paid[start] += price
    age = 0
    for month in range(start + 1, end + 1):
        age += 1
        if age == own["life_months"] or month == end:
            paid[month] -= price * own["residual_share"]
            if month < end:
                paid[month] += price
                age = 0
    return paid


def total(switch):
    paid = dict.fromkeys(range(MONTHS + 1), Fraction(0))
    for name, start, end, upfront, platform in (("first", 0, switch, 100, 3000), ("then", switch, MONTHS, 5000, 200)):
        paid[start] += upfront
        for month, usd in paid_for_gpus(name, start, end).items():
            paid[month] += usd
        for month in range(start + 1, end + 1):
            paid[month] += platform
    return sum(float(usd) / 1.1 ** (month / 12) for month, usd in paid.items())


@pytest.mark.golden
@pytest.mark.parametrize("switch", range(MONTHS + 1))
def test_every_switch_month(switch):
    found = answer(estimate(question(switch_month=switch), LIBRARY, frozenset()))
    assert found["approaches"]["plan"]["total_usd"] == pytest.approx(total(switch), rel=1e-12)


@pytest.mark.golden
def test_the_searched_month_is_the_cheapest_of_all():
    found = answer(estimate(question(), LIBRARY, frozenset()))["approaches"]["plan"]
    expected = [total(switch) for switch in range(MONTHS + 1)]
    assert 0 < found["switch_month"] < MONTHS
    assert found["switch_month"] == expected.index(min(expected))
    assert found["total_usd"] == pytest.approx(min(expected), rel=1e-12)


@pytest.mark.golden
def test_every_cell_searches_its_own_month():
    prices = np.array([[2000.0], [9000.0], [20000.0]])
    asked = question()
    book = open_book(asked, LIBRARY)
    many = with_values(completed(asked, book), {"/approaches/first/serving/owned/usd_per_gpu": prices})
    together = compute(many, book)
    alone = [
        compute(with_values(asked, {"/approaches/first/serving/owned/usd_per_gpu": float(price)}), book).bills["plan"]
        for price in prices[:, 0]
    ]
    months = np.ravel(together.bills["plan"].switch_month)
    assert months.tolist() == [bill.switch_month for bill in alone]
    assert len(set(months)) > 1
