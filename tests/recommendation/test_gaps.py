"""Turns beside values that cannot be computed: a line that crosses zero at 5, with a gap around it."""

from types import SimpleNamespace

import numpy as np
import pytest

from estimator.recommendation.flips import _Dial, _Lead, _turns


def turn(half_width: float, *, stepped: bool) -> float | None:
    """Where the choice turns along 1..10, if nothing is known closer to 5 than this."""

    def at(_: object, owner: np.ndarray, values: np.ndarray) -> _Lead:
        ahead = 5.0 - values
        known = np.abs(ahead) > half_width
        return _Lead(ahead, np.zeros(len(owner)), np.zeros(len(owner), dtype=int), known | True, known)

    values = np.arange(2.0, 11.0) if stepped else np.geomspace(1.0, 10.0, 17)[1:]
    order = SimpleNamespace(at=at, rivals=("other",))
    found = _turns(order, [_Dial("/x", 1.0, values, stepped)])  # type: ignore[arg-type]  # asked for cells alone
    return found[0].at if found else None


@pytest.mark.parametrize("half_width", [2.0, 0.001])
def test_beyond_a_gap_no_turn_is_claimed_however_narrow_it_is(half_width: float) -> None:
    assert turn(half_width, stepped=False) is None


def test_without_a_gap_the_turn_is_closed_in_on() -> None:
    assert turn(0.0, stepped=False) == pytest.approx(5.0, rel=1e-6)


@pytest.mark.parametrize(("half_width", "first"), [(0.5, 6.0), (2.0, 8.0)])
def test_whole_numbers_in_a_gap_are_stepped_over(half_width: float, first: float) -> None:
    assert turn(half_width, stepped=True) == first
