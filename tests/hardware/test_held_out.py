"""Rows that no fit sees: they stay out of it, they load, and docs/validation.md says of them what holds."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from estimator.hardware.catalogue import gpu
from tests.hardware.fitting import ROWS, score
from tests.hardware.held_out import (
    ANSWERS,
    PUBLISHED,
    SMALL_GIB,
    TRACED,
    anchor_gib,
    chapter,
    every_held_out,
    fits_against_outcomes,
    held_out,
    main,
)
from tests.hardware.ledger import REACH
from tests.hardware.measuring.cases import SETS, SHAPES, base_params
from tests.hardware.problems import PROBLEMS

SHAPE_COLUMNS = ["n_layers", "hidden_size", "n_heads", "n_kv_heads", "head_dim", "ffn_size", "vocab_size"]


def test_no_fit_reads_a_held_out_row() -> None:
    fitted = {ROWS / problem.file for problem in PROBLEMS}
    assert not fitted & {TRACED, PUBLISHED}
    families = {family for problem in PROBLEMS for family in problem.rows()["family"]}
    for table in (TRACED, PUBLISHED):
        assert not families & set(pd.read_csv(table)["family"])


def test_no_fitted_row_has_the_shape_of_an_own_decoder() -> None:
    traced = pd.read_csv(TRACED)
    own = {tuple(row) for row in traced.loc[traced["model"].str.startswith("own-"), SHAPE_COLUMNS].to_numpy()}
    seen = {tuple(row) for problem in PROBLEMS for row in problem.rows()[SHAPE_COLUMNS].dropna().to_numpy()}
    assert own
    assert not own & seen


@pytest.mark.parametrize("table", [TRACED, PUBLISHED], ids=lambda path: path.stem)
def test_each_row_names_its_source_and_a_known_gpu(table: Path) -> None:
    rows = pd.read_csv(table)
    assert rows["id"].is_unique
    assert rows["source"].notna().all()
    assert all(gpu(name) for name in rows["gpu"].unique())
    figures = rows[[column for column in ANSWERS if column in rows]].notna().any(axis=1)
    ran_out = rows["outcome"] == "out_of_memory" if "outcome" in rows else False
    assert (figures != ran_out).all()


def test_parameters_of_the_shapes_add_up() -> None:
    # Llama 3.1 8B has 8,030,261,248 parameters by its model card's weights.
    assert base_params(SHAPES["llama-3.1-8b"]) == 8_030_261_248
    assert {case.model for cases in SETS.values() for case in cases} <= set(SHAPES)


def test_a_trace_meets_the_measured_peak_of_the_same_set_up() -> None:
    traced, measured = anchor_gib()
    assert traced == pytest.approx(measured, rel=0.01)


def assert_reached(name: str, model: str) -> None:
    """Find no larger errors in held-out rows than were asked of the model, and its intervals to hold."""
    result = every_held_out()[name]
    median, tail, sigma = REACH[model]
    figures = score(result.errors)
    assert figures["medape"] <= median
    assert figures["p90"] <= tail
    assert figures["sigma"] <= sigma
    assert np.mean(result.held) >= 0.75


@pytest.mark.golden
def test_peaks_of_traced_set_ups_reach_what_was_asked() -> None:
    assert_reached("own_trace: peak memory allocated", "training_memory")


@pytest.mark.golden
def test_below_a_few_gib_the_fixed_overhead_is_too_large() -> None:
    result = every_held_out()["own_trace: peak memory allocated"]
    small = (result.rows["peak_memory_gib"] < SMALL_GIB).to_numpy()
    assert np.all(result.errors > 0.0)
    assert not np.any(result.held[small])
    assert np.mean(result.held[~small]) >= 0.95


@pytest.mark.golden
@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("fms_acceleration: training speed", "training_speed"),
        ("fms_acceleration: reserved memory", "training_memory"),
    ],
)
def test_a_family_found_after_the_fit_reaches_what_was_asked(name: str, model: str) -> None:
    assert_reached(name, model)


@pytest.mark.golden
def test_what_the_page_says_of_experts_and_of_allocated_memory() -> None:
    speed = every_held_out()["fms_acceleration: training speed"]
    experts = (speed.rows["n_experts"] > 1).to_numpy()
    assert np.exp(-np.median(speed.errors[experts])) == pytest.approx(1.6, abs=0.05)
    assert score(speed.errors[~experts])["medape"] == pytest.approx(0.06, abs=0.005)
    assert np.mean(speed.held[~experts]) == pytest.approx(0.9, abs=0.02)
    allocated = every_held_out()["fms_acceleration: peak memory allocated"]
    assert score(allocated.errors)["medape"] == pytest.approx(0.14, abs=0.005)
    assert np.mean(allocated.held) == pytest.approx(0.63, abs=0.01)


@pytest.mark.golden
def test_whether_a_job_fits_is_answered_as_often_right_as_the_page_says() -> None:
    counts = fits_against_outcomes()
    assert counts.loc["measured", "yes"] / counts["yes"].sum() == pytest.approx(155 / 162, abs=0.01)
    assert counts.loc["out_of_memory", "no"] / counts["no"].sum() == pytest.approx(63 / 67, abs=0.01)


@pytest.mark.golden
def test_the_driver_holds_more_than_the_rule_of_reserved_memory_says() -> None:
    rows = pd.read_csv(PUBLISHED)
    factor = (rows["peak_reserved_gib"] / rows["peak_memory_gib"]).dropna()
    assert factor.quantile([0.1, 0.5, 0.9]).tolist() == pytest.approx([1.1, 1.3, 1.6], abs=0.05)


@pytest.mark.golden
def test_the_slow_table_is_as_far_off_as_the_page_says() -> None:
    speed = every_held_out()["universal_llm_trainer: training speed"]
    factors = np.exp(speed.errors)
    assert not np.any(speed.held)
    assert factors.min() >= 1.45
    assert factors.max() <= 3.6
    assert np.exp(every_held_out()["universal_llm_trainer: reserved memory"].errors).max() <= 1.7


def test_a_row_without_a_figure_is_not_scored() -> None:
    rows = pd.read_csv(TRACED)
    rows.loc[0, "peak_memory_gib"] = np.nan
    assert len(held_out(rows, "peak_memory_gib").errors) == len(rows) - 1


def test_the_chapter_and_the_command_show_every_table(capsys: pytest.CaptureFixture[str]) -> None:
    page = chapter()
    assert all(name in page for name in every_held_out())
    assert main([str(PUBLISHED)]) == 0
    printed = capsys.readouterr().out
    assert "tokens_per_second {'rows': 189.0" in printed
    assert "peak_reserved_gib" in printed


def test_measured_parts_of_serving_are_predicted() -> None:
    # 8,192 cubed on an H100: 1.0995 TFLOP at 989.4 x 0.803 TFLOP/s = 1.384 ms. Reading 14 GB of weights at 3,350 GB/s
    # takes at least 4.2 ms, and 4,096 tokens through 6.37 billion block parameters at 989.4 TFLOP/s at least 52.7 ms.
    shape = {**asdict(SHAPES["own-7.4b"]), "params_b": 7.355, "active_params_b": 7.355, "mlp_matrices": 3}
    shape |= {"n_experts": np.nan, "experts_per_token": np.nan, "gpu": "H100-SXM"}
    rows = pd.DataFrame(
        [
            {**shape, "kind": "matmul", "flop": 2 * 8192**3, "milliseconds": 1.4},
            {**shape, "kind": "decode", "batch": 1, "context_tokens": 512, "milliseconds": 6.0},
            {**shape, "kind": "prefill", "batch": 1, "context_tokens": 4096, "milliseconds": 90.0},
        ]
    )
    result = held_out(rows, "milliseconds")
    product, step, reading = np.asarray(result.predicted.p50)
    assert product == pytest.approx(1.384, rel=1e-3)
    assert 4.2 < step < 10.0
    assert 52.7 < reading < 150.0
    assert np.all(np.isfinite(result.errors))
