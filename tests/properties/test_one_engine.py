"""One scenario asked in every way: a row, a draw, a turn and a bar give the figure of its estimate, or its refusal."""

import copy
from typing import Any

import numpy as np
import pytest

from estimator.errors import EstimatorError
from estimator.estimate import estimate
from estimator.price_book import Library
from estimator.recommendation import Flip
from estimator.scenario.pointer import input_at, tokens_of
from estimator.sensitivity import Bar, Sensitivity, analyse
from estimator.sweeps import Axis, sweep
from estimator.web.schemas.scenario import read_scenario

TRAINING, SERVING = "/approaches/tuned/training", "/approaches/tuned/serving"
SHAPE = {"params_b": 8, "n_heads": 32, "n_kv_heads": 8}
ON_GPUS = {"kind": "gpus", "gpu": "L40S", "usd_per_gpu_hour": 1.2, "base_model": "Llama-3.1-8B"}
OWN_SHAPE = {**ON_GPUS, "base_model": None, "shape": SHAPE}


def question(serving: dict[str, Any], training: dict[str, Any] | None = None) -> dict[str, Any]:
    """A prompt, and a tuned model on GPUs that costs about as much."""
    return {
        "workload": {"requests_per_month": 200_000, "input_tokens": 500, "output_tokens": 200},
        "approaches": {
            "prompt": {"kind": "lump_sum", "usd_per_request": 0.01},
            "tuned": {
                "kind": "fine_tuning",
                "tokens_per_example": 800,
                "lead_time_months": 0,
                "training": training or {"kind": "managed", "prices": {"training_usd_per_mtok": 5}},
                "serving": serving,
            },
        },
    }


def at(document: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """The question with another value at a pointer."""
    changed = copy.deepcopy(document)
    *parents, last = tokens_of(pointer)
    node = changed
    for token in parents:
        node = node.setdefault(token, {})
    node[last] = value
    return changed


def gap(document: dict[str, Any], library: Library) -> float:
    """What the tuned model costs more, as its own estimate has it."""
    curves = estimate(read_scenario(document), library, frozenset()).computed.curves
    return float(curves["tuned"].total_usd[0] - curves["prompt"].total_usd[0])


def asked_alone(document: dict[str, Any], library: Library) -> tuple[float | None, dict[str, str] | None]:
    """Return the gap of an estimate, or how it is refused."""
    try:
        return gap(document, library), None
    except EstimatorError as error:
        return None, {"pointer": error.pointer, "detail": error.message}


def rows(document: dict[str, Any], library: Library, pointer: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
    blocks = sweep(read_scenario(document), library, [Axis(pointer, values)], read_scenario)
    return [row for block in blocks for row in block.rows()]


def flips(document: dict[str, Any], library: Library) -> tuple[Flip, ...]:
    return estimate(read_scenario(document), library, frozenset({"flips"})).recommendation.flips


def recommended(document: dict[str, Any], library: Library) -> str | None:
    return estimate(read_scenario(document), library, frozenset()).recommendation.approach


def analysed(document: dict[str, Any], library: Library) -> Sensitivity:
    return analyse(read_scenario(document), library, ("tuned", "prompt"))


def bars(document: dict[str, Any], library: Library) -> dict[str, Bar]:
    return {bar.lever.pointer: bar for bar in analysed(document, library).bars}


def assert_rows_are_their_own_estimates(
    document: dict[str, Any], library: Library, pointer: str, values: tuple[Any, ...]
) -> int:
    """Compare each row with the estimate of the scenario it describes; return how many are refused."""
    refused = 0
    for row, value in zip(rows(document, library, pointer, values), values, strict=True):
        expected, refusal = asked_alone(at(document, pointer, value), library)
        assert row["error"] == refusal, value
        if expected is None:
            refused += 1
            continue
        assert row["total_usd"]["tuned"] - row["total_usd"]["prompt"] == pytest.approx(expected, rel=1e-12), value
    return refused


def assert_every_bar_is_the_estimates_at_its_ends(document: dict[str, Any], library: Library) -> None:
    found = bars(document, library)
    assert found
    for pointer, bar in found.items():
        for value, usd in zip((bar.lever.low, bar.lever.high), bar.usd, strict=True):
            assert usd == pytest.approx(gap(at(document, pointer, value), library), rel=1e-9), pointer


def assert_every_turn_turns_the_recommendation(document: dict[str, Any], library: Library) -> int:
    """Ask again just before each turn and just beyond it; return how many turns there are."""
    found = flips(document, library)
    today = recommended(document, library)
    for flip in found:
        whole = input_at(read_scenario(document), flip.pointer).stepped
        beyond = flip.at if whole else flip.at + (flip.at - flip.today) * 1e-6
        before = flip.at - np.sign(flip.at - flip.today) if whole else flip.at - (flip.at - flip.today) * 1e-6
        assert recommended(at(document, flip.pointer, float(before)), library) == today, flip
        assert recommended(at(document, flip.pointer, beyond), library) == flip.to != today, flip
    return len(found)


PROBED = {**ON_GPUS, "probe": {"seconds_per_step": 2, "peak_memory_gib": 40}}
STATED_SPEEDS = {
    "kind": "gpus",
    "usd_per_gpu_hour": 1.2,
    "prefill_tokens_per_second": 9e3,
    "decode_tokens_per_second": 2e3,
}


@pytest.mark.parametrize(
    "document",
    [question(OWN_SHAPE), question(STATED_SPEEDS, {**OWN_SHAPE, "gpus": 1}), question(STATED_SPEEDS, PROBED)],
    ids=["a shape that serves", "a shape that is tuned", "a probe"],
)
def test_what_is_known_of_a_model_or_a_run_is_taken_by_every_way_of_asking(
    library: Library, document: dict[str, Any]
) -> None:
    assert_every_bar_is_the_estimates_at_its_ends(document, library)
    assert_every_turn_turns_the_recommendation(document, library)


@pytest.mark.parametrize(
    ("document", "pointer", "values"),
    [
        (question(OWN_SHAPE), f"{SERVING}/shape/params_b", (7, 8, 9, 12)),
        (question(OWN_SHAPE), f"{SERVING}/shape/n_kv_heads", (8, 5, 4)),
        (question(STATED_SPEEDS, PROBED), f"{TRAINING}/probe/seconds_per_step", (1.5, 2.0, 4.0)),
    ],
)
def test_their_rows_are_their_own_estimates(
    library: Library, document: dict[str, Any], pointer: str, values: tuple[Any, ...]
) -> None:
    assert assert_rows_are_their_own_estimates(document, library, pointer, values) == (5 in values)


def test_a_probe_is_drawn_and_a_shape_is_one_model(library: Library) -> None:
    # hours grow with the seconds of a step, so that the quantiles of the cost are the costs of the quantiles
    where = f"{TRAINING}/probe/seconds_per_step"
    document = question(STATED_SPEEDS, {**PROBED, "gpus": 1, "gpu_hours_quantile": 0.5})
    uncertain = at(document, where, {"dist": "uniform", "low": 1.0, "high": 3.0})
    found = estimate(read_scenario(uncertain), library, frozenset({"bands"})).assessment
    assert found is not None
    for band, value in ((found.total["tuned"].p10, 1.2), (found.total["tuned"].p90, 2.8)):
        expected = gap(at(document, where, value), library) + 12 * 200_000 * 0.01
        assert float(band) == pytest.approx(expected, rel=1e-3)
    with pytest.raises(EstimatorError, match="shapes the calculation") as refusal:
        read_scenario(at(question(OWN_SHAPE), f"{SERVING}/shape/params_b", {"low": 7, "mode": 8, "high": 9}))
    assert refusal.value.pointer == f"{SERVING}/shape/params_b"
