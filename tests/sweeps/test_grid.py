"""A grid says cell by cell what single estimates say."""

import itertools

import pytest

from estimator.errors import ScenarioError, UnknownNameError
from estimator.estimate import estimate
from estimator.price_book import Library
from estimator.scenario import Scenario
from estimator.scenario.pointer import with_values
from estimator.sweeps import Axis, spaced, sweep
from estimator.web.schemas.scenario import read_scenario

TRAFFIC = "/workload/requests_per_month"
PROMPT = "/approaches/prompt/prompt_tokens"


def test_every_cell_agrees_with_its_own_estimate(scenario: Scenario, library: Library) -> None:
    axes = [Axis(TRAFFIC, (2e4, 2e5)), Axis("/horizon_months", (6, 18)), Axis(PROMPT, (200.0, 1850.0, 4000.0))]
    rows = [row for block in sweep(scenario, library, axes) for row in block.rows()]
    cells = list(itertools.product(*(axis.values for axis in axes)))
    assert [tuple(row["values"].values()) for row in rows] == cells
    for row in rows:
        values = {**row["values"], "/horizon_months": int(row["values"]["/horizon_months"])}
        alone = estimate(with_values(scenario, values), library, frozenset())
        totals = {name: float(curve.total_usd[0]) for name, curve in alone.computed.curves.items()}
        assert row["total_usd"] == pytest.approx(totals, rel=1e-12)
        assert row["winner"] == alone.recommendation.approach
        for pair in alone.pairs:
            if pair.baseline == "prompt":
                found = row["break_even"][pair.candidate]
                assert (found["first"], found["sustained"]) == pytest.approx((pair.months.first, pair.months.sustained))
                reason = pair.months.reason and pair.months.reason.code
                assert (found["status"], found["reason"]) == (pair.months.status, reason)
        assert row["error"] is None


def test_rows_come_in_blocks_and_none_is_lost(
    scenario: Scenario, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("estimator.sweeps.grid.BLOCK_ROWS", 7)
    axes = [spaced(scenario, TRAFFIC, 1e3, 1e6, 5, "log"), spaced(scenario, PROMPT, 100, 2000, 5)]
    found = list(sweep(scenario, library, axes))
    assert [block.start for block in found] == [0, 7, 14, 21]
    assert sum(len(block.cells.winner) for block in found) == 25
    flat = found[-1].columns()
    assert list(flat)[:2] == [TRAFFIC, PROMPT]
    assert {len(column) for column in flat.values()} == {4}
    assert flat["winner"] == [row["winner"] for row in found[-1].rows()]


def test_ranges_stand_at_their_most_likely_value(document: dict[str, object], library: Library) -> None:
    ranged = {**document, "workload": {**document["workload"], "input_tokens": {"low": 1, "mode": 350, "high": 999}}}
    axes = [Axis(TRAFFIC, (1e5,))]
    one, other = (next(sweep(read_scenario(each), library, axes)) for each in (ranged, document))
    assert one.cells.total_usd.tolist() == other.cells.total_usd.tolist()


def test_a_cell_that_cannot_be_computed_carries_its_error(document: dict[str, object], library: Library) -> None:
    document["approaches"]["later"]["switch_month"] = 8
    axes = [Axis("/horizon_months", (6, 12)), Axis(TRAFFIC, (1e5, 2e5))]
    rows = [row for block in sweep(read_scenario(document), library, axes) for row in block.rows()]
    assert [row["winner"] is None for row in rows] == [True, True, False, False]
    assert rows[0]["error"]["pointer"] == "/approaches/later/switch_month"


def test_only_the_cells_at_fault_fail(document: dict[str, object], library: Library) -> None:
    axes = [Axis("/approaches/later/switch_month", (2, 40, 3, 12, 50))]
    rows = [row for block in sweep(read_scenario(document), library, axes) for row in block.rows()]
    assert [row["error"] is None for row in rows] == [True, False, True, True, False]


def test_words_can_be_swept_where_a_reader_is_at_hand(scenario: Scenario, library: Library) -> None:
    axes = [Axis("/delay_policy", ("bridge", "ignore")), Axis("/approaches/tuned/lead_time_months", (0.0, 3.0))]
    rows = [row for block in sweep(scenario, library, axes, read_scenario) for row in block.rows()]
    waits, ignores = rows[1]["total_usd"]["tuned"], rows[3]["total_usd"]["tuned"]
    assert waits > ignores
    assert rows[0]["total_usd"] == rows[2]["total_usd"]
    with pytest.raises(ScenarioError):
        sweep(scenario, library, axes)


@pytest.mark.parametrize(
    ("axes", "pointer"),
    [
        ([], "/axes"),
        ([Axis(TRAFFIC, (1.0,))] * 2, "/axes"),
        ([Axis(TRAFFIC, ())], "/axes/0/values"),
        ([Axis(TRAFFIC, (1.0, -1.0))], "/axes/0/values/1"),
        ([Axis(TRAFFIC, ("100",))], "/axes/0/values/0"),
        ([Axis("/baseline", ("tuned",))], "/axes/0/pointer"),
        ([Axis(TRAFFIC, tuple(map(float, range(4000)))), Axis(PROMPT, tuple(map(float, range(4000))))], "/axes"),
    ],
)
def test_what_cannot_be_swept_is_refused_at_once(
    scenario: Scenario, library: Library, axes: list[Axis], pointer: str
) -> None:
    with pytest.raises(ScenarioError) as refusal:
        sweep(scenario, library, axes)
    assert refusal.value.pointer == pointer


def test_an_unknown_pointer_names_the_nearest(scenario: Scenario, library: Library) -> None:
    with pytest.raises(UnknownNameError, match="requests_per_month"):
        sweep(scenario, library, [Axis("/workload/request_per_month", (1.0,))])


def test_whole_inputs_are_spaced_in_whole_numbers(scenario: Scenario) -> None:
    assert spaced(scenario, "/horizon_months", 1, 5, 9).values == (1.0, 2.0, 3.0, 4.0, 5.0)


@pytest.mark.parametrize(("start", "stop", "points"), [(0.0, 10.0, 3), (1.0, 10.0, 0), (1.0, 1e99, 3)])
def test_an_axis_that_cannot_be_spaced_is_refused(scenario: Scenario, start: float, stop: float, points: int) -> None:
    with pytest.raises(ScenarioError):
        spaced(scenario, TRAFFIC, start, stop, points, "log")
