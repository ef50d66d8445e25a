"""Break-even curves and surfaces against closed forms."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from estimator.break_even.scan import roots_along
from estimator.errors import ScenarioError, UnknownNameError
from estimator.price_book import Library
from estimator.scenario import LumpSum, Scenario, Workload
from estimator.sweeps import Axis, break_even_curve, break_even_surface

TRAFFIC = "/workload/requests_per_month"
UPFRONT = "/approaches/A/upfront_usd"


@pytest.fixture
def lump_sums() -> Scenario:
    """A costs 6,000 more at the start and saves 0.05 a request: t* = 6000 / (0.05 V)."""
    return Scenario(
        horizon_months=24,
        baseline="B",
        workload=Workload(requests_per_month=10_000.0, input_tokens=1.0, output_tokens=1.0),
        approaches={"A": LumpSum(upfront_usd=6000.0, usd_per_request=0.05), "B": LumpSum(usd_per_request=0.10)},
    )


def test_the_month_falls_with_traffic_as_the_closed_form_says(lump_sums: Scenario, library: Library) -> None:
    traffic = (0.0, 1000.0, 6000.0, 10_000.0, 40_000.0)
    found = break_even_curve(lump_sums, library, ("A", "B"), Axis(TRAFFIC, traffic))
    assert found.y == ((), (), (pytest.approx(20.0),), (pytest.approx(12.0),), (pytest.approx(3.0),))
    assert found.reasons == ("volume_zero", "horizon_too_short", None, None, None)


def test_roots_along_an_input(lump_sums: Scenario, library: Library) -> None:
    # D(T) = U - 0.05 V T = 0
    traffic = (500.0, 5000.0, 20_000.0)
    found = break_even_curve(lump_sums, library, ("A", "B"), Axis(TRAFFIC, traffic), UPFRONT)
    assert [roots[0] for roots in found.y] == pytest.approx([0.05 * each * 24 for each in traffic], rel=1e-9)
    assert found.searched == (60.0, 600_000.0)


def test_roots_along_an_input_with_the_horizon_as_x(lump_sums: Scenario, library: Library) -> None:
    found = break_even_curve(lump_sums, library, ("A", "B"), Axis("/horizon_months", (6, 12)), UPFRONT)
    assert [roots[0] for roots in found.y] == pytest.approx([3000.0, 6000.0], rel=1e-9)


def test_without_a_root_the_reason_is_given(lump_sums: Scenario, library: Library) -> None:
    found = break_even_curve(
        lump_sums, library, ("A", "B"), Axis(TRAFFIC, (5000.0,)), "/approaches/A/usd_per_request", (0.2, 0.3)
    )
    assert (found.y, found.reasons) == (((),), ("never_cheaper",))


def test_every_root_is_found_at_once() -> None:
    # sin has its zeros at multiples of pi, cos in between
    def waves(cells: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, float]:
        return np.where(cells == 0, np.sin(points), np.cos(points)), 0.0

    (sines, _), (cosines, _) = roots_along(waves, 2, (0.5, 10.0))
    assert sines == pytest.approx([np.pi, 2 * np.pi, 3 * np.pi])
    assert cosines == pytest.approx([np.pi / 2, 3 * np.pi / 2, 5 * np.pi / 2])


@pytest.mark.parametrize("half_width", [1.0, 0.001])
def test_no_root_is_claimed_over_a_gap_and_the_gap_is_the_reason(half_width: float) -> None:
    """400 points from 1 to 10 lie 0.03 apart at 5: a gap wide enough to be seen, and one that the scan steps over."""

    def line(cells: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, float]:
        usd = np.where(cells == 1, points + 1.0, points - 5.0)
        return np.where(np.abs(points - 5.0) < half_width, np.nan, usd), 0.0

    parted, above = roots_along(line, 2, (1.0, 10.0))
    assert parted == ((), "cannot_be_computed")
    assert above == ((), "never_cheaper")


def test_a_root_next_to_a_gap_is_found_and_its_edge_is_none() -> None:
    # below 3 nothing is known: the zero at 4 stands, the edge at 3 is no change of sign
    def line(_: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, float]:
        return np.where(points < 3.0, np.nan, points - 4.0), 0.0

    ((root,), reason), *_ = roots_along(line, 1, (1.0, 10.0))
    assert (root, reason) == (pytest.approx(4.0), None)


@pytest.mark.parametrize("high", [12.0, 5000.0])
def test_whole_numbers_alone_are_looked_at(high: float) -> None:
    # x - 7.3 changes between 7 and 8; with the even numbers alone nothing next to each other differs
    asked: set[float] = set()

    def line(cells: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, float]:
        asked.update(points.tolist())
        return np.where((cells == 1) & (points % 2 == 1), np.nan, points - 7.3), 0.0

    every, even = roots_along(line, 2, (1.0, high), whole=True)
    assert every == ((7.5,), None)
    assert even == ((), "cannot_be_computed")
    assert all(each.is_integer() for each in asked)


def test_a_surface_holds_the_first_month_and_the_winner(lump_sums: Scenario, library: Library) -> None:
    found = break_even_surface(
        lump_sums, library, ("A", "B"), Axis(TRAFFIC, (1000.0, 10_000.0)), Axis(UPFRONT, (100.0, 6000.0, 60_000.0))
    )
    assert found.y == ((pytest.approx(2.0), pytest.approx(0.2)), (None, pytest.approx(12.0)), (None, None))
    assert found.winner == (("A", "A"), ("B", "A"), ("B", "B"))
    assert found.reasons[2] == ("horizon_too_short", "horizon_too_short")


def test_a_staged_plan_can_be_looked_at(scenario: Scenario, library: Library) -> None:
    found = break_even_curve(scenario, library, ("tuned", "prompt"), Axis(TRAFFIC, (2e5,)))
    assert len(found.y[0]) == 1


Ask = Callable[[Scenario, Library], Any]


@pytest.mark.parametrize(
    "ask",
    [
        lambda s, b: break_even_curve(s, b, ("A", "C"), Axis(TRAFFIC, (1.0,))),
        lambda s, b: break_even_curve(s, b, ("A", "B"), Axis(TRAFFIC, (1.0,)), "/horizon_months"),
        lambda s, b: break_even_curve(s, b, ("A", "B"), Axis(TRAFFIC, (1.0,)), UPFRONT, (2.0, 1.0)),
        lambda s, b: break_even_curve(s, b, ("A", "B"), Axis(TRAFFIC, (1.0,)), UPFRONT, (-1.0, 1.0)),
        lambda s, b: break_even_curve(s, b, ("A", "B"), Axis(TRAFFIC, (1.0,)), "/approaches/B/upfront_usd"),
        lambda s, b: break_even_surface(s, b, ("A", "B"), Axis(TRAFFIC, (1.0,)), Axis(TRAFFIC, (1.0,))),
        lambda s, b: break_even_curve(s, b, ("A", "B"), Axis(TRAFFIC, tuple(map(float, range(20_000)))), UPFRONT),
    ],
)
def test_what_cannot_be_asked_is_refused(lump_sums: Scenario, library: Library, ask: Ask) -> None:
    with pytest.raises((ScenarioError, UnknownNameError)):
        ask(lump_sums, library)
