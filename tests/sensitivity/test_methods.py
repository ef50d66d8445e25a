"""Sobol indices and elementary effects against published values and SALib."""

import warnings

import numpy as np
import pytest
from scipy import stats

from estimator.sensitivity import screen, variance_shares

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # SALib imports with deprecation warnings of its own
    from SALib.analyze import morris as salib_morris
    from SALib.analyze import sobol as salib_sobol
    from SALib.sample import morris as salib_paths
    from SALib.sample import sobol as salib_points

ISHIGAMI = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[-np.pi, np.pi]] * 3}


def ishigami(chances: np.ndarray) -> np.ndarray:
    a, b, c = (chances.T - 0.5) * 2.0 * np.pi
    return np.sin(a) + 7.0 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)


def test_shares_of_the_ishigami_function() -> None:
    # closed forms of Ishigami and Homma 1990 for a = 7, b = 0.1
    found = variance_shares(ishigami, 3, 4096, 1)
    assert found.first == pytest.approx([0.31391, 0.44241, 0.0], abs=0.02)
    assert found.total == pytest.approx([0.55759, 0.44241, 0.24368], abs=0.02)
    assert found.runs == 4096 * 5
    for estimate, interval in ((found.first, found.first_interval), (found.total, found.total_interval)):
        assert (interval[:, 0] <= estimate).all()
        assert (estimate <= interval[:, 1]).all()


def test_shares_agree_with_salib_and_scipy() -> None:
    points = salib_points.sample(ISHIGAMI, 4096, calc_second_order=False, seed=3)
    salib = salib_sobol.analyze(ISHIGAMI, ishigami(points / (2 * np.pi) + 0.5), calc_second_order=False, seed=3)
    scipy = stats.sobol_indices(
        func=lambda x: ishigami(x.T), n=4096, dists=[stats.uniform()] * 3, rng=np.random.default_rng(3)
    )
    found = variance_shares(ishigami, 3, 4096, 3)
    for other in (salib["S1"], scipy.first_order):
        assert found.first == pytest.approx(other, abs=0.02)
    for other in (salib["ST"], scipy.total_order):
        assert found.total == pytest.approx(other, abs=0.02)


def test_an_additive_function_has_no_interactions() -> None:
    # f = 1 x + 2 y: variances 1/12 and 4/12, shares 0.2 and 0.8
    found = variance_shares(lambda x: x[:, 0] + 2.0 * x[:, 1], 2, 2048, 0)
    assert found.first == pytest.approx([0.2, 0.8], abs=0.01)
    assert found.total == pytest.approx([0.2, 0.8], abs=0.01)


def test_intervals_cover_as_often_as_they_claim() -> None:
    inside = []
    for seed in range(30):
        found = variance_shares(ishigami, 3, 256, seed)
        exact = np.array([0.55759, 0.44241, 0.24368])
        inside.append((found.total_interval[:, 0] <= exact) & (exact <= found.total_interval[:, 1]))
    assert np.mean(inside) >= 0.9


def test_nothing_that_varies_has_no_shares() -> None:
    assert np.isnan(variance_shares(lambda x: np.full(len(x), 3.0), 2, 64, 0).first).all()


def test_elementary_effects_of_a_straight_function_are_its_slopes() -> None:
    # 0.5 % is left out at both ends, so that a whole range is 99 % of the distribution
    found = screen(lambda x: 3.0 * x[:, 0] - 2.0 * x[:, 1] + 0.0 * x[:, 2], 3, 0)
    slope = 0.99
    assert found.strength == pytest.approx([3.0 * slope, 2.0 * slope, 0.0])
    assert found.spread == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)


def test_elementary_effects_rank_as_those_of_salib() -> None:
    weights = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0])

    def sobol_g(chances: np.ndarray) -> np.ndarray:
        return np.prod((np.abs(4.0 * chances - 2.0) + weights) / (1.0 + weights), axis=1)

    problem = {"num_vars": 6, "names": list("abcdef"), "bounds": [[0.0, 1.0]] * 6}
    paths = salib_paths.sample(problem, 200, num_levels=8, seed=1)
    salib = salib_morris.analyze(problem, paths, sobol_g(paths), num_levels=8, seed=1)
    found = screen(sobol_g, 6, 1, paths=200)
    assert np.argsort(-found.strength)[:4].tolist() == [0, 1, 2, 3]
    assert found.strength[:4] == pytest.approx(np.asarray(salib["mu_star"])[:4], rel=0.25)
