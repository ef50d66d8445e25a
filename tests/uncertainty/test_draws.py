"""Draws: balanced, repeatable, correlated as asked."""

import numpy as np
import pytest
from scipy import stats

from estimator.errors import ScenarioError, UnknownNameError
from estimator.scenario import Range
from estimator.scenario.inputs import Input
from estimator.uncertainty.draws import draw, nearest_correlation
from estimator.uncertainty.inputs import Uncertain

LEGAL = Input("number", "a test", low=0.0, high=1e6)
INPUTS = tuple(
    Uncertain(pointer, what, LEGAL)
    for pointer, what in (
        ("/a", Range(low=1.0, mode=2.0, high=9.0)),
        ("/b", Range(dist="lognormal", low=10.0, high=40.0)),
        ("/c", Range(dist="uniform", low=0.0, high=1.0)),
    )
)


def related(first: str, second: str, rank: float) -> dict[str, object]:
    return {"first": first, "second": second, "rank_correlation": rank}


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    one, again, other = (draw(INPUTS, (), 512, seed).values["/a"] for seed in (7, 7, 8))
    assert one.tobytes() == again.tobytes()
    assert one.tobytes() != other.tobytes()


def test_draws_are_rounded_up_to_a_power_of_two_and_balanced() -> None:
    found = draw(INPUTS, (), 1000, 0)
    assert found.count == 1024
    counts = np.histogram(found.chances[:, 2], bins=64, range=(0.0, 1.0))[0]
    assert counts.min() == counts.max() == 16


@pytest.mark.parametrize("rank", [-0.8, 0.0, 0.3, 0.95])
def test_draws_have_the_rank_correlation_asked_for(rank: float) -> None:
    found = draw(INPUTS, [related("/a", "/b", rank)], 16384, 1)
    a, b, c = (found.values[pointer][:, 0] for pointer in ("/a", "/b", "/c"))
    assert stats.spearmanr(a, b).statistic == pytest.approx(rank, abs=0.01)
    assert stats.spearmanr(a, c).statistic == pytest.approx(0.0, abs=0.01)
    assert found.repaired_by == 0.0


def test_the_marginal_distribution_survives_the_correlation() -> None:
    found = draw(INPUTS, [related("/a", "/b", 0.7)], 16384, 1)
    assert np.quantile(found.values["/b"], [0.1, 0.9]) == pytest.approx([10.0, 40.0], rel=0.01)


def test_correlations_that_contradict_each_other_are_repaired_and_say_so() -> None:
    wanted = [related("/a", "/b", 0.9), related("/b", "/c", 0.9), related("/a", "/c", -0.9)]
    found = draw(INPUTS, wanted, 4096, 1)
    assert 0.1 < found.repaired_by < 1.5
    assert np.linalg.eigvalsh(np.corrcoef(found.chances.T)).min() > -1e-9


def test_the_repair_finds_the_nearest_matrix() -> None:
    # the worked example of Higham 2002, section 4: the nearest correlation matrix to this one
    found = nearest_correlation(np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]]))
    assert found[0, 1] == pytest.approx(0.7607, abs=1e-3)
    assert found[0, 2] == pytest.approx(0.1573, abs=1e-3)


def test_a_correlation_of_something_certain_is_refused() -> None:
    with pytest.raises(UnknownNameError) as refusal:
        draw(INPUTS, [related("/a", "/d", 0.5)], 64, 0)
    assert refusal.value.pointer == "/correlations/0/second"


@pytest.mark.parametrize("entries", [[("/a", "/a")], [("/a", "/b"), ("/b", "/a")]])
def test_a_pair_is_correlated_once_and_not_with_itself(entries: list[tuple[str, str]]) -> None:
    with pytest.raises(ScenarioError):
        draw(INPUTS, [related(*entry, 0.5) for entry in entries], 64, 0)
