"""Success of a router between the settings that were measured: the same in one cell, in many, and in every month."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from estimator.computation import Computation, compute
from estimator.estimate import open_book
from estimator.price_book import Library
from estimator.scenario import ApiServing, Hybrid, LumpSum, Prices, PromptEngineering, Scenario, Workload
from estimator.scenario.plans import Threshold
from estimator.scenario.pointer import with_values

FIRST = "/approaches/first/success_rate"
SHARE = "/approaches/router/escalated_share"
MEASURED = (
    Threshold(escalated_share=0.4, accepted_success_rate=0.9),
    Threshold(escalated_share=0.8, accepted_success_rate=0.95),
)


def routed(**changes: Any) -> Scenario:
    """A first part that answers 70 % well, a fallback 80 %; a failure costs 0.2, 10,000 requests a month."""
    serving = ApiServing(prices=Prices(input_usd_per_mtok=1.0, output_usd_per_mtok=1.0))
    first = PromptEngineering(prompt_tokens=0.0, success_rate=0.7, serving=serving)
    return Scenario(
        workload=Workload(requests_per_month=10_000.0, input_tokens=0.0, output_tokens=0.0),
        cost_of_failure_usd=0.2,
        approaches={
            "first": replace(first, **changes),
            "fallback": LumpSum(success_rate=0.8),
            "router": Hybrid(
                mode="router", first="first", fallback="fallback", escalated_share=0.1, thresholds=MEASURED
            ),
        },
    )


def run(scenario: Scenario, library: Library) -> Computation:
    return compute(scenario, open_book(scenario, library))


def test_below_the_first_setting_the_first_part_has_its_part_in_one_cell_and_in_many(library: Library) -> None:
    # a quarter of the way from 0.7 to 0.9 is 0.75; 0.9 of the traffic at 0.75, 0.1 at 0.8: 0.755
    alone = run(routed(), library)
    assert alone.bills["router"].success_rate == pytest.approx(0.755)
    assert alone.curves["router"].total_usd[0] == pytest.approx(12 * 10_000 * 0.2 * 0.245)
    rates = np.array([[0.7], [0.71], [0.5]])
    many = run(with_values(routed(), {FIRST: rates}), library)
    assert np.ravel(many.bills["router"].success_rate) == pytest.approx(
        [0.9 * (rate + 0.25 * (0.9 - rate)) + 0.1 * 0.8 for rate in (0.7, 0.71, 0.5)]
    )


def test_a_first_part_that_drifts_drifts_in_its_part_of_the_mixture(library: Library) -> None:
    found = np.ravel(run(routed(quality_drift_per_month=0.05), library).bills["router"].success_rate)
    drifting = 0.7 * np.exp(-0.05 * np.arange(12.0))
    assert found == pytest.approx(0.9 * (0.75 * drifting + 0.25 * 0.9) + 0.1 * 0.8)


def test_shares_and_rates_vary_together(library: Library) -> None:
    # 0: the first part alone; 0.2: half way to 0.9; 0.6: half way from 0.9 to 0.95; 1: the fallback alone
    columns = {SHARE: np.array([[0.0], [0.2], [0.6], [1.0]]), FIRST: np.array([[0.7], [0.6], [0.7], [0.7]])}
    found = np.ravel(run(with_values(routed(), columns), library).bills["router"].success_rate)
    assert found == pytest.approx([0.7, 0.8 * 0.75 + 0.2 * 0.8, 0.4 * 0.925 + 0.6 * 0.8, 0.8])


@pytest.mark.parametrize(("share", "warned"), [(0.8, False), (0.81, True)])
def test_beyond_the_last_setting_nothing_was_measured(library: Library, share: float, warned: bool) -> None:
    found = run(with_values(routed(), {SHARE: share}), library)
    assert found.bills["router"].success_rate == pytest.approx((1 - share) * 0.95 + share * 0.8)
    codes = {each.code: each.pointer for each in found.setting.notes.warnings}
    assert codes.get("beyond_the_thresholds") == (SHARE if warned else None)
