"""One success rate for a whole plan: the share of all its requests that are answered well."""

import pytest

from estimator.answer import answer
from estimator.estimate import estimate
from estimator.price_book import Library
from estimator.web.schemas.scenario import read_scenario


@pytest.mark.parametrize(("growth", "expected"), [(0.0, 0.75 * 0.8 + 0.25 * 0.9), (1.0, (15 * 0.8 + 240 * 0.9) / 255)])
def test_a_staged_plan_weighs_its_parts_by_the_requests_they_answer(
    library: Library, growth: float, expected: float
) -> None:
    # eight months; without growth the switch in month 6 leaves 2 of 8 months, doubling the one in month 4 leaves
    # 16 + 32 + 64 + 128 = 240 of 255 parts of the requests
    switch = 6 if growth == 0.0 else 4
    document = {
        "horizon_months": 8,
        "workload": {"requests_per_month": 1000, "monthly_growth": growth, "input_tokens": 1, "output_tokens": 1},
        "approaches": {
            "prompt": {"kind": "lump_sum", "usd_per_request": 0.01, "success_rate": 0.8},
            "tuned": {"kind": "lump_sum", "usd_per_request": 0.001, "success_rate": 0.9},
            "later": {"kind": "staged", "first": "prompt", "then": "tuned", "switch_month": switch},
        },
    }
    found = answer(estimate(read_scenario(document), library, frozenset()))
    rates = {name: each["success_rate"] for name, each in found["approaches"].items()}
    assert rates == {"prompt": 0.8, "tuned": 0.9, "later": pytest.approx(expected)}
    (warned,) = [each for each in found["warnings"] if each["code"] == "quality_unequal"]
    assert f"later {expected:.1%}" in warned["message"]
