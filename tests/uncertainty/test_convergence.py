"""Standard errors against a run of a million draws: they cover the error at least as often as they claim."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from estimator.scenario import Range, Scenario
from estimator.uncertainty import Assessment
from estimator.uncertainty.bands import probability_error

Make = Callable[..., Scenario]
Assess = Callable[[Scenario], Assessment]
MANY = 2**20
REPEATS, DRAWS = 40, 1024
pytestmark = pytest.mark.slow


def lump_sums(two_sums: Make, **changes: Any) -> Scenario:
    """A saves on each request, costs more at the start and at each change; break-even lies about the horizon."""
    return two_sums(
        A_upfront_usd=Range(dist="triangular", low=4000.0, mode=5500.0, high=9000.0),
        A_usd_per_request=Range(low=0.01, mode=0.02, high=0.06),
        A_requirement_change_usd=900.0,
        B_usd_per_request=Range(dist="lognormal", low=0.05, high=0.10),
        **{"requests": Range(dist="lognormal", low=5000.0, high=20_000.0), **changes},
    )


def by_chance(two_sums: Make, **changes: Any) -> Scenario:
    """Almost all of the spread comes from Poisson counts, which are plain random draws and no Sobol points."""
    return two_sums(
        requests=10_000.0,
        A_upfront_usd=Range(dist="uniform", low=999.0, high=1001.0),
        A_requirement_change_usd=1000.0,
        A_usd_per_request=0.0,
        B_usd_per_request=0.05,
        requirement_changes_per_month=0.4,
        **changes,
    )


def errors(found: Assessment, exact: Assessment) -> dict[str, tuple[float, float]]:
    """Return, by figure, the error of a short run and the standard error that it reports."""
    here, there = found.odds["A", "B"], exact.odds["A", "B"]
    return {
        "chance at the horizon": (
            here.cheaper[-1] - there.cheaper[-1],
            probability_error(float(here.cheaper[-1]), here.draws),
        ),
        "chance of never": (here.never - there.never, probability_error(here.never, here.draws)),
        "mean difference": (
            here.difference.mean[-1] - there.difference.mean[-1],
            float(here.difference.mean_error[-1]),
        ),
        "median difference": (
            here.difference.p50[-1] - there.difference.p50[-1],
            float(here.difference.p50_error[-1]),
        ),
    }


def coverage(assessed: Assess, scenario: Scenario) -> dict[str, dict[int, int]]:
    """Count, by figure, in how many repeats one and two standard errors cover the error."""
    exact = assessed(replace(scenario, draws=MANY, seed=999))
    assert exact.draws == MANY
    counts: dict[str, dict[int, int]] = {}
    for seed in range(REPEATS):
        for name, (error, reported) in errors(assessed(replace(scenario, draws=DRAWS, seed=seed)), exact).items():
            covered = counts.setdefault(name, {1: 0, 2: 0})
            for width in covered:
                covered[width] += abs(error) <= width * reported
    return counts


def fewest(width: int) -> int:
    """Return the covered repeats that one in a thousand honest runs would fall below."""
    claim = 2.0 * float(stats.norm.cdf(width)) - 1.0
    return int(stats.binom.ppf(0.001, REPEATS, claim))


def test_errors_of_balanced_points_are_covered_more_often_than_claimed(two_sums: Make, assessed: Assess) -> None:
    claimed = {width: REPEATS * (2.0 * float(stats.norm.cdf(width)) - 1.0) for width in (1, 2)}
    for name, covered in coverage(assessed, lump_sums(two_sums)).items():
        for width, count in covered.items():
            assert count >= claimed[width], (name, width)


def test_errors_of_correlated_points_are_covered_too(two_sums: Make, assessed: Assess) -> None:
    entry = {"first": "/workload/requests_per_month", "second": "/approaches/A/upfront_usd", "rank_correlation": 0.6}
    for name, covered in coverage(assessed, lump_sums(two_sums, correlations=(entry,))).items():
        for width, count in covered.items():
            assert count >= fewest(width), (name, width)


def test_errors_of_plain_draws_are_covered_as_often_as_claimed(two_sums: Make, assessed: Assess) -> None:
    found = coverage(assessed, by_chance(two_sums))
    for name, covered in found.items():
        for width, count in covered.items():
            assert count >= fewest(width), (name, width)
    # and no error is far too wide: of plain draws some lie beyond it
    assert found["mean difference"][1] < REPEATS
    assert np.mean([covered[1] for covered in found.values()]) < 0.9 * REPEATS
