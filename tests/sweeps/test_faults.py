"""Cells that cannot be computed, and decisions that differ from cell to cell: each as its own estimate has it."""

import copy
import itertools
from typing import Any

import numpy as np
import pytest

from estimator.computation import compute
from estimator.errors import CellsError, EstimatorError, ImpossibleSetupError
from estimator.estimate import estimate, open_book
from estimator.price_book import Library
from estimator.scenario.pointer import tokens_of, with_values
from estimator.sweeps import Axis, break_even_curve, break_even_surface, portfolio, sweep
from estimator.sweeps.break_even_curves import UNCOMPUTABLE
from estimator.web.schemas.scenario import read_scenario

TRAFFIC = "/workload/requests_per_month"
REPLICA = "/approaches/tuned/serving/gpus_per_replica"
INPUT = "/workload/input_tokens"
PROMPT_LEAD = "/approaches/prompt/lead_time_months"
OTHER_LEAD = "/approaches/other/lead_time_months"


@pytest.fixture
def on_gpus(document: dict[str, Any]) -> dict[str, Any]:
    """A prompt, a model tuned and served on GPUs, and a third approach."""
    del document["approaches"]["later"]
    document["approaches"]["tuned"] |= {
        "training": {"kind": "gpus", "base_model": "Llama-3.1-8B", "gpu": "H100-SXM"},
        "serving": {"kind": "gpus", "base_model": "Llama-3.1-8B", "gpu": "H100-SXM"},
        "lead_time_months": 1.5,
    }
    document["approaches"]["other"] = {"kind": "lump_sum", "upfront_usd": 500, "usd_per_request": 0.01}
    return document


def alone(document: dict[str, Any], values: dict[str, Any], library: Library) -> tuple[Any, Any]:
    """Return the totals of a single estimate, or what it is refused with."""
    document = copy.deepcopy(document)
    for pointer, value in values.items():
        *parents, last = tokens_of(pointer)
        node = document
        for token in parents:
            node = node[token]
        node[last] = int(value) if isinstance(value, float) and value == int(value) else value
    try:
        found = estimate(read_scenario(document), library, frozenset())
    except EstimatorError as error:
        return None, (error.pointer, error.message.removeprefix(f"{error.pointer}: "))
    return {name: float(curve.total_usd[0]) for name, curve in found.computed.curves.items()}, None


@pytest.mark.parametrize(
    "axes",
    [
        [Axis(REPLICA, (1, 2, 3, 4, 5, 8)), Axis(TRAFFIC, (1e3, 1e6))],
        [Axis(INPUT, (100.0, 50_000.0, 130_900.0, 131_000.0, 500_000.0)), Axis(REPLICA, (1, 3))],
        [
            Axis("/approaches/tuned/serving/base_model", ("Llama-3.1-8B", "Llama-3.1-70B", "nobody")),
            Axis(REPLICA, (1, 2, 6)),
        ],
        [Axis("/approaches/tuned/training/method", ("lora", "bogus", "full"))],
        [
            Axis("/approaches/tuned/training/gpus", (1, 2)),
            Axis("/approaches/tuned/training/base_model", ("Llama-3.1-8B", "Llama-3.1-405B")),
        ],
        [
            Axis(PROMPT_LEAD, (0.0, 2.0)),
            Axis(OTHER_LEAD, (0.0, 1.0)),
            Axis("/approaches/tuned/lead_time_months", (0.0, 2.5)),
        ],
        [Axis(PROMPT_LEAD, (0.0, 2.0)), Axis("/approaches/prompt/bridge_upfront_share", (0.0, 0.5))],
        [Axis("/workload/monthly_growth", (0.0, 10.0)), Axis("/horizon_months", (12, 600))],
    ],
)
def test_every_cell_says_what_its_own_estimate_says_errors_included(
    on_gpus: dict[str, Any], library: Library, axes: list[Axis]
) -> None:
    rows = [row for block in sweep(read_scenario(on_gpus), library, axes, read_scenario) for row in block.rows()]
    assert len(rows) == np.prod([len(axis.values) for axis in axes])
    for row, values in zip(rows, itertools.product(*(axis.values for axis in axes)), strict=True):
        cell = dict(zip([axis.pointer for axis in axes], values, strict=True))
        totals, refusal = alone(on_gpus, cell, library)
        if refusal is None:
            assert row["error"] is None, cell
            assert row["total_usd"] == pytest.approx(totals, rel=1e-12), cell
        else:
            assert (row["error"]["pointer"], row["error"]["detail"]) == refusal, cell
            assert row["total_usd"] is row["winner"] is row["break_even"] is None


def test_a_column_of_a_portfolio_has_the_same_errors(on_gpus: dict[str, Any], library: Library) -> None:
    rows = [{REPLICA: size} for size in (1, 3, 2)] + [{"/approaches/tuned/serving/gpu": "L4", REPLICA: 1}]
    written = [row for part in portfolio(rows, library, read_scenario, read_scenario(on_gpus)) for row in part.rows()]
    assert [row["error"] is None for row in written] == [True, False, True, True]
    assert "3 GPUs cannot divide the 32 attention heads" in written[1]["error"]["detail"]


def test_where_every_row_is_wrong_every_row_says_so(on_gpus: dict[str, Any], library: Library) -> None:
    rows = [{"/nowhere": 1}, {"/nowhere": 2}]
    written = [row for part in portfolio(rows, library, read_scenario, read_scenario(on_gpus)) for row in part.rows()]
    assert [row["error"]["pointer"] for row in written] == ["/nowhere", "/nowhere"]


def test_names_of_rows_do_not_split_them(on_gpus: dict[str, Any], library: Library) -> None:
    rows = [{"/name": "one", TRAFFIC: 5}, {"/name": 7}, {"/name": "three"}]
    written = [row for part in portfolio(rows, library, read_scenario, read_scenario(on_gpus)) for row in part.rows()]
    assert [row["labels"].get("name") for row in written] == ["one", 7, "three"]
    assert [row["error"] and row["error"]["pointer"] for row in written] == [None, "/name", None]


def test_the_engine_names_the_cells_at_fault(on_gpus: dict[str, Any], library: Library) -> None:
    scenario = read_scenario(on_gpus)
    book = open_book(scenario, library)
    with pytest.raises(CellsError) as refusal:
        compute(with_values(scenario, {REPLICA: np.array([[1.0], [3.0], [2.0], [5.0]])}), book)
    assert refusal.value.cells == (1, 3)
    assert "5 GPUs" in refusal.value.error_of(3).message
    with pytest.raises(ImpossibleSetupError, match="3 GPUs"):
        compute(with_values(scenario, {REPLICA: np.array([[3.0]])}), book)


def test_a_curve_has_a_reason_where_nothing_can_be_computed(on_gpus: dict[str, Any], library: Library) -> None:
    scenario, pair = read_scenario(on_gpus), ("tuned", "prompt")
    sizes = Axis(REPLICA, (1, 2, 3))
    curve = break_even_curve(scenario, library, pair, sizes)
    assert (curve.y[2], curve.reasons[2], list(curve.errors)) == ((), UNCOMPUTABLE, [2])
    surface = break_even_surface(scenario, library, pair, sizes, Axis(TRAFFIC, (1e5, 1e6)))
    assert [row[2] for row in surface.winner] == [None, None]
    assert list(surface.errors) == [(2, 0), (2, 1)]
    with pytest.raises(ImpossibleSetupError):
        break_even_curve(scenario, library, pair, Axis(REPLICA, (3, 5)))


def test_roots_are_looked_for_where_the_scenario_can_be_computed(on_gpus: dict[str, Any], library: Library) -> None:
    # the context of the model ends at 131,072 tokens: no root is claimed beyond it, nor at its edge
    scenario, traffic = read_scenario(on_gpus), Axis(TRAFFIC, (5e4,))
    ends = (100.0, 1e6)
    curve = break_even_curve(scenario, library, ("tuned", "prompt"), traffic, INPUT, ends)
    for root in curve.y[0]:
        totals, _ = alone(on_gpus, {TRAFFIC: 5e4, INPUT: root}, library)
        assert totals["tuned"] == pytest.approx(totals["prompt"], rel=1e-6)
    beyond = break_even_curve(scenario, library, ("tuned", "prompt"), traffic, INPUT, (2e5, 1e6))
    assert (beyond.y, beyond.reasons) == (((),), (UNCOMPUTABLE,))
