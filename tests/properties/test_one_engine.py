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
from estimator.sweeps import Axis, break_even_curve, sweep
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
        away = flip.at - flip.today
        beyond, before = flip.at + away * 1e-6, flip.at - away * 1e-6
        if input_at(read_scenario(document), flip.pointer).stepped:
            beyond, before = flip.at, flip.at - float(np.sign(away))
            while asked_alone(at(document, flip.pointer, before), library)[0] is None:  # a number no hardware runs
                before -= float(np.sign(away))
        assert recommended(at(document, flip.pointer, before), library) == today, flip
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


QWEN = {**ON_GPUS, "base_model": "Qwen3-8B"}
REPLICA = f"{SERVING}/gpus_per_replica"


@pytest.mark.parametrize(("size", "turns_at"), [(1, 2.0), (2, 4.0), (4, 8.0)])
def test_numbers_of_gpus_that_no_hardware_runs_are_stepped_over(library: Library, size: int, turns_at: float) -> None:
    """32 heads: 3, 5, 6 and 7 GPUs cannot divide them. The prompt costs more than these GPUs, less than twice."""
    document = question({**QWEN, "gpus_per_replica": size})
    # a GPU and month costs 876, so that one GPU for a year is 10,512; the prompt stands between the two sizes
    document = at(document, "/approaches/prompt", {"kind": "lump_sum", "upfront_usd": 15_000 * size})
    found = {flip.pointer: flip for flip in flips(document, library)}
    assert (found[REPLICA].at, found[REPLICA].to) == (turns_at, "prompt")
    assert assert_every_turn_turns_the_recommendation(document, library) > 1


def test_beyond_a_gap_in_what_is_no_count_no_turn_is_claimed(library: Library) -> None:
    """The context of 40,960 tokens ends the dial of input tokens; the price of a GPU still turns the choice."""
    document = at(question(QWEN), "/workload/input_tokens", 30_000)
    document = at(document, "/approaches/prompt", {"kind": "lump_sum", "upfront_usd": 200_000})
    assert assert_every_turn_turns_the_recommendation(document, library) > 1


def test_a_parameter_of_a_curve_that_is_fitted_besides_stops_no_turn(library: Library) -> None:
    """A fit takes one number: the plateau beside pilots is no dial, and all others still are."""
    pilots = [{"examples": 100, "success_rate": 0.6}, {"examples": 400, "success_rate": 0.7}]
    document = at(question(QWEN), "/approaches/tuned/quality", {"plateau": 0.9, "pilots": pilots})
    pointers = {flip.pointer for flip in flips(document, library)}
    assert "/workload/requests_per_month" in pointers
    assert "/approaches/tuned/quality/plateau" not in pointers


@pytest.mark.parametrize("size", [4, 8])
def test_a_bar_prices_no_set_up_that_is_refused_alone(library: Library, size: int) -> None:
    """20 % either way of 4 and 8 GPUs are 3, 5, 6 and 10, which divide no 32 heads: no bar."""
    document = question({**QWEN, "gpus_per_replica": size})
    assert_every_bar_is_the_estimates_at_its_ends(document, library)
    found = bars(document, library)
    assert REPLICA not in found
    assert f"{SERVING}/usd_per_gpu_hour" in found


def test_a_length_beyond_the_context_is_refused_by_a_bar_as_alone(library: Library) -> None:
    """35,000 tokens fit the context of 40,960, 20 % more do not."""
    document = at(question(QWEN), "/workload/input_tokens", 35_000)
    assert_every_bar_is_the_estimates_at_its_ends(document, library)
    assert "/workload/input_tokens" not in bars(document, library)


def test_a_speed_measured_beyond_the_context_is_refused_in_a_row_as_alone(library: Library) -> None:
    measured = {"output_tokens_per_second": 1500, "input_tokens": 500, "output_tokens": 200}
    document = question({**QWEN, "measured": measured})
    where = f"{SERVING}/measured/input_tokens"
    assert assert_rows_are_their_own_estimates(document, library, where, (500, 3_000, 40_800, 60_000)) == 2
    with pytest.raises(EstimatorError, match=r"60200 tokens was asked of Qwen3-8B, whose context is 40960") as refusal:
        gap(at(document, where, 60_000), library)
    assert refusal.value.pointer == f"{SERVING}/measured"


def shots_on_gpus(tokens_per_shot: int) -> dict[str, Any]:
    """A prompt of up to eight shots on a GPU whose model holds 40,960 tokens."""
    document = at(question(QWEN), "/cost_of_failure_usd", 1.0)
    shots = {"tokens_without_shots": 100, "tokens_per_shot": tokens_per_shot, "most": 8}
    document["approaches"]["shown"] = {
        "kind": "prompt_engineering",
        "prompt_tokens": 100,
        "quality": {
            "start": 0.5,
            "plateau": 0.9,
            "tau_hours": 20,
            "shots": {**shots, "plateau": 0.95, "gap": 0.4, "exponent": 0.5},
        },
        "serving": {**QWEN, "gpus_per_replica": 1},
    }
    return document


def test_the_best_number_of_shots_fits_the_context(library: Library) -> None:
    # with 10,000 tokens a shot, 100 + 700 + 10,000 k <= 40,960 up to 4 shots; failures are dear, so that the most win
    found = estimate(read_scenario(shots_on_gpus(10_000)), library).quality
    assert found is not None
    assert found["approaches"]["shown"]["shots"]["best"] == 4
    none = estimate(read_scenario(shots_on_gpus(60_000)), library).quality
    assert none is not None
    assert none["approaches"]["shown"]["shots"]["best"] is None
    assert none["approaches"]["shown"]["shots"]["reason"] == "cannot_be_computed"


@pytest.mark.parametrize(
    ("prompt_usd", "found"),
    [
        # a GPU for a year costs 10,512 beside the training: dearer from 2 GPUs on, from 4 on, never
        (15_000, ((1.5,), None)),
        (30_000, ((), "cannot_be_computed")),
        (900_000, ((), "always_cheaper")),
    ],
)
def test_a_break_even_in_gpus_lies_between_numbers_that_run(
    library: Library, prompt_usd: float, found: tuple[Any, Any]
) -> None:
    """3 GPUs cannot divide 32 heads, so that no change from 2 to 4 is claimed; nor is the sign of 1 that of all."""
    document = at(question(QWEN), "/approaches/prompt", {"kind": "lump_sum", "upfront_usd": prompt_usd})
    x = Axis("/workload/requests_per_month", (200_000.0,))
    curve = break_even_curve(read_scenario(document), library, ("tuned", "prompt"), x, REPLICA, (0.5, 8.9))
    assert (curve.y[0], curve.reasons[0]) == found
    assert curve.searched == (1.0, 8.0)
    with pytest.raises(EstimatorError, match="No whole number lies between"):
        break_even_curve(read_scenario(document), library, ("tuned", "prompt"), x, REPLICA, (1.2, 1.8))
