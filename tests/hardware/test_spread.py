"""Log-normal quantities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from estimator.errors import UnknownNameError
from estimator.hardware.choices import by_choice, by_word, is_any, require_known, when
from estimator.hardware.intervals import serving_speed_sigma, training_memory_sigma, training_speed_sigma
from estimator.hardware.spread import Spread


@pytest.mark.property
@given(st.floats(1.0, 1e6), st.floats(0.01, 2.0), st.floats(0.01, 0.99))
def test_quantiles_are_those_of_a_log_normal(median: float, sigma: float, p: float) -> None:
    assert Spread(median, sigma).quantile(p) == pytest.approx(stats.lognorm.ppf(p, sigma, scale=median))


def test_two_sides() -> None:
    spread = Spread(100.0, 0.5, 0.1)
    assert spread.p90 == pytest.approx(100 * np.exp(0.5 * 1.2815515655))
    assert spread.p10 == pytest.approx(100 * np.exp(-0.1 * 1.2815515655))
    turned = spread.inverse(1000.0)
    assert turned.p10 == pytest.approx(1000.0 / spread.p90)
    assert turned.p90 == pytest.approx(1000.0 / spread.p10)
    assert spread.scaled(3.0).p10 == pytest.approx(3 * spread.p10)


def test_draws() -> None:
    draws = Spread(10.0, 0.2).quantile(np.array([0.1, 0.5, 0.9]))
    np.testing.assert_allclose(draws, stats.lognorm.ppf([0.1, 0.5, 0.9], 0.2, scale=10.0))


def test_inverse_of_a_symmetric_one_stays_symmetric() -> None:
    turned = Spread(4.0, 0.3).inverse(8.0)
    assert (turned.p50, turned.sigma, turned.sigma_below) == (2.0, 0.3, None)


def test_choices_for_one_and_for_many() -> None:
    words = np.array(["a", "b", "a"])
    assert by_choice(words, {"a": 1.0, "b": np.array([5.0, 6.0, 7.0])}).tolist() == [1.0, 6.0, 1.0]
    assert by_word("abc", lambda word: float(len(word))) == 3.0
    assert is_any(words, "a").tolist() == [True, False, True]
    assert when(False, 1.0, 2.0) == 2.0
    assert when(np.array([True, False]), 1.0, 2.0).tolist() == [1.0, 2.0]
    with pytest.raises(UnknownNameError, match="nothing"):
        require_known(np.array(["a", "nothing"]), "letter", ("a", "b"), "/letter")


def test_widths_by_class() -> None:
    assert training_speed_sigma("eager", "ampere") > training_speed_sigma("compiled", "ampere")
    assert serving_speed_sigma("vllm", "gaudi") > serving_speed_sigma("vllm", "hopper")
    assert training_memory_sigma(np.array(["ampere", "tpu"])).shape == (2,)
