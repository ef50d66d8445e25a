"""What every assessment must keep, whatever is drawn."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from estimator.scenario import LumpSum, Range, Scenario
from estimator.uncertainty import Assessment

Make = Callable[..., Scenario]
Assess = Callable[[Scenario], Assessment]
pytestmark = pytest.mark.property
FIXTURES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)


@st.composite
def ranges(draw: st.DrawFn, low: float, high: float) -> Range:
    """Draw a range of any sort between two ends."""
    a, m, b = sorted(draw(st.lists(st.floats(low, high, allow_subnormal=False), min_size=3, max_size=3)))
    return draw(
        st.sampled_from(
            [
                Range(low=a, mode=m, high=b),
                Range(dist="triangular", low=a, mode=m, high=b),
                Range(dist="uniform", low=a, high=b),
                Range(dist="discrete", values=(a, m, b), probabilities=(0.2, 0.3, 0.5)),
            ]
        )
    )


@FIXTURES
@given(
    start=ranges(0.0, 1e4),
    slow=ranges(0.01, 0.05),
    fast=ranges(0.06, 0.2),
    months=st.integers(1, 24),
    seed=st.integers(0, 99),
)
def test_broken_even_by_then_is_cheaper_then(
    two_sums: Make, assessed: Assess, start: Range, slow: Range, fast: Range, months: int, seed: int
) -> None:
    # A saves on each request, so that the difference falls all the time: P(t* <= t) = P(D(t) < 0) at every t
    scenario = two_sums(
        requests=5000.0,
        months=24,
        A_upfront_usd=start,
        A_usd_per_request=slow,
        B_usd_per_request=fast,
        draws=256,
        seed=seed,
    )
    whole = assessed(scenario).odds["A", "B"]
    until = assessed(replace(scenario, horizon_months=months)).odds["A", "B"]
    assert whole.never == pytest.approx(1.0 - whole.cheaper[-1], abs=1e-12)
    assert until.never == pytest.approx(1.0 - whole.cheaper[months], abs=1e-12)
    assert (np.diff(whole.cheaper) >= -1e-12).all()
    for level, month in ((0.1, whole.month_p10), (0.5, whole.month_p50), (0.9, whole.month_p90)):
        reached = whole.cheaper[-1]
        assert (month is not None) == (reached >= level) or abs(reached - level) < 2.0 / whole.draws


@FIXTURES
@given(
    uncertain=st.lists(ranges(0.0, 1000.0), min_size=1, max_size=4),
    certain=st.lists(st.sampled_from([0.0, 100.0, 500.0]), min_size=1, max_size=3),
    seed=st.integers(0, 99),
)
def test_probabilities_add_up_and_knowledge_is_never_worth_less_than_nothing(
    two_sums: Make, assessed: Assess, uncertain: list[Any], certain: list[float], seed: int
) -> None:
    plans = {f"P{place}": LumpSum(upfront_usd=usd) for place, usd in enumerate([*uncertain, *certain])}
    scenario = replace(two_sums(), approaches=plans, baseline="P0", draws=128, seed=seed)
    found = assessed(scenario)
    assert sum(found.best.values()) == pytest.approx(1.0)
    assert all(0.0 <= share <= 1.0 for share in found.best.values())
    assert found.perfect_information_usd >= 0.0
    assert min(found.regret_usd.values()) == found.perfect_information_usd
    assert all(worth >= 0.0 for worth in found.information_about_usd.values())
    means = {name: float(band.mean) for name, band in found.total.items()}
    lowest = min(means.values())
    for name, regret in found.regret_usd.items():
        # the regret of an approach is that of the best one, and what it costs more on average
        assert regret == pytest.approx(found.perfect_information_usd + means[name] - lowest, abs=1e-6)


@FIXTURES
@given(uncertain=ranges(1.0, 1000.0), seed=st.integers(0, 99))
def test_bands_are_in_order_and_hold_the_mean(two_sums: Make, assessed: Assess, uncertain: Range, seed: int) -> None:
    found = assessed(two_sums(A_upfront_usd=uncertain, B_upfront_usd=100.0, draws=128, seed=seed))
    band = found.cumulative["A"]
    assert (band.p10 <= band.p50).all()
    assert (band.p50 <= band.p90).all()
    assert ((band.mean >= min(uncertain.corners()) - 1e-9) & (band.mean <= max(uncertain.corners()) + 1e-9)).all()
