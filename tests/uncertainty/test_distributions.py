"""Distributions against their published moments and scipy's inverses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from estimator.scenario import Range
from estimator.scenario.inputs import Input
from estimator.uncertainty.distributions import value_at_chance

EVEN = (np.arange(200_000) + 0.5) / 200_000
LEGAL = Input("number", "a test", low=0.0, high=10.0)


def test_pert_has_the_published_mean_and_variance() -> None:
    # mean (a + 4 m + b) / 6, variance (mean - a)(b - mean) / 7 (Vose, Risk Analysis)
    drawn = value_at_chance(Range(low=60.0, mode=90.0, high=180.0), EVEN)
    mean = (60.0 + 4 * 90.0 + 180.0) / 6.0
    assert drawn.mean() == pytest.approx(mean, rel=1e-6)
    assert drawn.var() == pytest.approx((mean - 60.0) * (180.0 - mean) / 7.0, rel=1e-5)


def test_triangular_has_the_published_mean_and_variance() -> None:
    a, m, b = 1.0, 2.0, 6.0
    drawn = value_at_chance(Range(dist="triangular", low=a, mode=m, high=b), EVEN)
    assert drawn.mean() == pytest.approx((a + m + b) / 3.0, rel=1e-6)
    assert drawn.var() == pytest.approx((a * a + m * m + b * b - a * m - a * b - m * b) / 18.0, rel=1e-5)


@pytest.mark.property
@given(mode=st.floats(0.0, 1.0), chance=st.floats(1e-9, 1.0 - 1e-9))
def test_the_table_of_pert_agrees_with_scipy(mode: float, chance: float) -> None:
    exact = stats.beta.ppf(chance, 1.0 + 4.0 * mode, 5.0 - 4.0 * mode)
    found = value_at_chance(Range(low=0.0, mode=mode, high=1.0), np.array([chance]))[0]
    assert found == pytest.approx(exact, abs=1e-5)


def test_triangular_agrees_with_scipy() -> None:
    exact = stats.triang.ppf(EVEN, 0.2, loc=1.0, scale=5.0)
    assert value_at_chance(Range(dist="triangular", low=1.0, mode=2.0, high=6.0), EVEN) == pytest.approx(exact)


def test_a_normal_range_is_cut_at_the_legal_range() -> None:
    mean, sd = 1.0, 2.0
    exact = stats.truncnorm.ppf(EVEN, (0.0 - mean) / sd, (10.0 - mean) / sd, loc=mean, scale=sd)
    found = value_at_chance(Range(dist="normal", mean=mean, sd=sd), EVEN, LEGAL)
    assert found == pytest.approx(exact, rel=1e-9)
    assert found.min() >= 0.0


def test_low_and_high_of_a_lognormal_range_are_its_first_and_last_decile() -> None:
    found = value_at_chance(Range(dist="lognormal", low=2.0, high=8.0), np.array([0.1, 0.5, 0.9]))
    assert found == pytest.approx([2.0, 4.0, 8.0])


def test_mean_and_variation_of_a_lognormal_range_are_kept() -> None:
    found = value_at_chance(Range(dist="lognormal", mean=5.0, cv=0.4), EVEN)
    assert found.mean() == pytest.approx(5.0, rel=1e-4)
    assert found.std() / found.mean() == pytest.approx(0.4, rel=1e-2)


def test_a_discrete_range_takes_each_value_as_often_as_stated() -> None:
    found = value_at_chance(Range(dist="discrete", values=(1.0, 4.0, 9.0), probabilities=(0.5, 0.2, 0.3)), EVEN)
    assert [(found == value).mean() for value in (1.0, 4.0, 9.0)] == pytest.approx([0.5, 0.2, 0.3], abs=1e-5)


def test_whole_numbers_are_drawn_whole() -> None:
    found = value_at_chance(Range(low=1.0, mode=2.0, high=6.0), EVEN, Input("whole", "a test", low=1.0, high=9.0))
    assert set(np.unique(found)) == {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}


@pytest.mark.parametrize(
    "certain",
    [
        Range(low=3.0, mode=3.0, high=3.0),
        Range(dist="triangular", low=3.0, mode=3.0, high=3.0),
        Range(dist="uniform", low=3.0, high=3.0),
        Range(dist="normal", mean=3.0, sd=0.0),
        Range(dist="lognormal", mean=3.0, cv=0.0),
        Range(dist="discrete", values=(3.0,), probabilities=(1.0,)),
    ],
)
def test_a_range_without_width_is_its_number(certain: Range) -> None:
    assert value_at_chance(certain, EVEN[::1000], LEGAL) == pytest.approx(3.0, rel=1e-15)
