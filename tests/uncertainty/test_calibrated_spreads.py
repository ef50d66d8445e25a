"""Errors that enter by themselves: fits to pilots, and the peak memory that sets a number of GPUs."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from estimator.answer import answer
from estimator.computation import compute
from estimator.estimate import estimate
from estimator.hardware.catalogue import base_model, gpu
from estimator.hardware.setup import TrainingSetup
from estimator.hardware.training import estimate_training
from estimator.price_book import Library, PriceBook
from estimator.quality import fit_curve, fitted_at_chance, tuning_quality
from estimator.scenario import FineTuning, GpuTraining, LumpSum, Probe, Scenario, TuningPilot, TuningQuality
from estimator.scenario.pointer import with_values
from estimator.sensitivity import analyse
from estimator.uncertainty import Assessment
from estimator.web.schemas.scenario import read_scenario

Assess = Callable[[Scenario], Assessment]
POINTS = ((100.0, 0.70), (200.0, 0.76), (400.0, 0.80), (800.0, 0.84), (1600.0, 0.85))
QUALITY = "/approaches/tuned/quality/fit_quantile"


def test_the_error_of_a_straight_fit_is_that_of_a_regression() -> None:
    # with a stated rate the curve is straight in 1/x: the textbook interval of a mean response
    x, q = np.array(POINTS).T
    line = stats.linregress(1.0 / x, q)
    left = q - line.intercept - line.slope / x
    s = np.sqrt((left**2).sum() / 3)
    at = 1.0 / 3000.0
    centred = 1.0 / x - (1.0 / x).mean()
    reach = stats.t.ppf(0.95, 3) * s * np.sqrt(1 / 5 + (at - (1.0 / x).mean()) ** 2 / (centred**2).sum())
    fit = fit_curve("power", POINTS, rate=1.0)
    middle = line.intercept + line.slope * at
    found = [float(fitted_at_chance("power", fit, 3000.0, chance)) for chance in (0.05, 0.5, 0.95)]
    assert found == pytest.approx([middle - reach, middle, middle + reach], abs=1e-9)


def test_the_drawn_curve_holds_the_truth_as_often_as_it_claims() -> None:
    random = np.random.default_rng(5)
    examples = np.geomspace(50.0, 3000.0, 8)
    inside = []
    for _ in range(200):
        scores = tuning_quality(examples, 0.9, 2.0, 0.5) + random.normal(0.0, 0.01, 8)
        fit = fit_curve("power", tuple(zip(examples.tolist(), scores.tolist(), strict=True)))
        for planned in (500.0, 5000.0):
            truth = tuning_quality(planned, 0.9, 2.0, 0.5)
            low, high = (float(fitted_at_chance("power", fit, planned, chance)) for chance in (0.05, 0.95))
            inside.append(low <= truth <= high)
    # 90 % claimed; four standard errors of 200 repeats are 8.5 %
    assert 0.815 <= np.mean(inside) <= 0.985


def piloted(**changes: Any) -> Scenario:
    """A tuned model with pilots against one that is known; a failure costs 1, and nothing else differs."""
    curve = changes.pop(
        "quality", TuningQuality(pilots=tuple(TuningPilot(examples=x, success_rate=q) for x, q in POINTS))
    )
    document = {
        "workload": {"requests_per_month": 1000, "input_tokens": 1, "output_tokens": 1},
        "cost_of_failure_usd": 1.0,
        "baseline": "known",
        "approaches": {
            "known": {"kind": "lump_sum", "success_rate": 0.86},
            "tuned": {
                "kind": "fine_tuning",
                "train_examples": 3000,
                "existing_examples": 3000,
                "lead_time_months": 0,
                "planned_runs": 0,
                "training": {"kind": "managed", "prices": {"training_usd_per_mtok": 0}},
                "serving": {"kind": "api", "prices": {"input_usd_per_mtok": 0, "output_usd_per_mtok": 0}},
            },
        },
        **changes,
    }
    scenario = read_scenario(document)
    tuned = replace(scenario.approaches["tuned"], quality=curve)
    return replace(scenario, approaches={**scenario.approaches, "tuned": tuned})


def test_the_error_of_a_fit_enters_the_bands(library: Library) -> None:
    found = answer(estimate(piloted(target_success_rate=0.86), library, frozenset({"bands"})))
    json.dumps(found, allow_nan=False)
    assert [each["pointer"] for each in found["uncertainty"]["inputs"]] == [QUALITY]
    assert "fit_spread" in [each["code"] for each in found["warnings"]]
    fit = fit_curve("power", POINTS)
    for level, chance in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9)):
        rate = float(fitted_at_chance("power", fit, 3000.0, chance))
        assert found["approaches"]["tuned"]["bands"]["success_rate"][level] == pytest.approx(rate, abs=1e-4)
        # failures are the only cost: 12,000 requests at 1 USD; few of them in the best tenth
        dear = {"p10": "p90", "p50": "p50", "p90": "p10"}[level]
        usd = found["approaches"]["tuned"]["bands"]["total_usd"][dear]
        assert usd == pytest.approx(12_000.0 * (1.0 - rate), rel=2e-3)
    # cheaper exactly where the curve runs above the known rate: a share of the t distribution
    tuned = found["approaches"]["tuned"]
    assert tuned["probability_target_reached"] == pytest.approx(tuned["probability_best"], abs=1e-9)
    below = np.linspace(0.001, 0.999, 9981)
    curve = np.array([float(fitted_at_chance("power", fit, 3000.0, chance)) for chance in below[::20]])
    exact = 1.0 - np.interp(0.86, curve, below[::20])
    assert tuned["probability_best"] == pytest.approx(exact, abs=0.003)
    assert found["uncertainty"]["value_of_information"]["by_input_usd"][QUALITY] > 0


def test_a_fit_is_held_where_it_is_asked_or_stated(assessed: Assess, book: PriceBook) -> None:
    held = with_values(piloted(), {QUALITY: 0.9})
    rate = compute(held, book).bills["tuned"].success_rate
    assert rate == pytest.approx(float(fitted_at_chance("power", fit_curve("power", POINTS), 3000.0, 0.9)))
    stated = TuningQuality(plateau=0.9, gap=2.0, exponent=0.5)
    few = TuningQuality(pilots=tuple(TuningPilot(examples=x, success_rate=q) for x, q in POINTS[:3]))
    for scenario in (held, piloted(quality=stated), piloted(quality=few)):
        # with as many pilots as parameters nothing is left to judge the fit by
        with pytest.raises(AssertionError):
            assessed(scenario)


def test_more_pilots_are_an_input_of_the_tornado(library: Library) -> None:
    bars = {bar.lever.pointer: bar for bar in analyse(piloted(), library).bars}
    assert bars[QUALITY].lever.basis == "P10 to P90"
    assert bars[QUALITY].usd[0] > bars[QUALITY].usd[1]


JOB = {"method": "lora", "sequence_tokens": 1024, "micro_batch": 2}


def chance_to_fit(gpus: float) -> float:
    """Ask the hardware model how likely the job fits a stated number of GPUs."""
    sharding = "none" if gpus == 1 else "fsdp"
    setup = TrainingSetup(**JOB, gpus=gpus, sharding=sharding, training_tokens=1e6)
    return float(estimate_training(base_model("Llama-3.1-8B"), gpu("A10"), setup).fits.probability)


def on_small_gpus(**changes: Any) -> Scenario:
    """Cost is 100 start-up hours of each GPU, 1 USD each: as many hundreds as GPUs are needed."""
    training = GpuTraining(
        base_model="Llama-3.1-8B", gpu="A10", usd_per_gpu_hour=1.0, mfu=0.4, startup_hours=100.0, **JOB, **changes
    )
    tuned = read_scenario(
        {
            "workload": {"requests_per_month": 0, "input_tokens": 1, "output_tokens": 1},
            "approaches": {
                "nothing": {"kind": "lump_sum"},
                "tuned": {
                    "kind": "fine_tuning",
                    "train_examples": 0,
                    "tokens_per_example": 1000,
                    "lead_time_months": 0,
                    "planned_runs": 1,
                    "run_failure_rate": 0,
                    "training": {"kind": "managed", "prices": {"training_usd_per_mtok": 0}},
                    "serving": {"kind": "api", "prices": {"input_usd_per_mtok": 0, "output_usd_per_mtok": 0}},
                },
            },
        }
    )
    plan = tuned.approaches["tuned"]
    assert isinstance(plan, FineTuning)
    return replace(tuned, approaches={"nothing": LumpSum(), "tuned": replace(plan, training=training)})


def test_the_number_of_gpus_follows_the_drawn_memory(assessed: Assess, book: PriceBook) -> None:
    # one GPU where the peak fits it, two where it fits two, and so on: the chances of stated numbers, one by one
    fits = {gpus: chance_to_fit(gpus) for gpus in (1.0, 2.0, 4.0)}
    assert fits[1.0] < 0.9 < 0.999 < fits[4.0]
    mean = 100.0 * (1.0 * fits[1.0] + 2.0 * (fits[2.0] - fits[1.0]) + 4.0 * (1.0 - fits[2.0]))
    scenario = on_small_gpus()
    assert compute(scenario, book).curves["tuned"].total_usd[0] == pytest.approx(100.0)
    found = assessed(scenario)
    assert [each.pointer for each in found.inputs] == ["/approaches/tuned/training/memory_quantile"]
    assert found.total["tuned"].mean == pytest.approx(mean, rel=2e-3)
    assert found.total["tuned"].p50 == pytest.approx(100.0)
    assert found.total["tuned"].p90 == pytest.approx(200.0)


def test_stated_gpus_and_a_measured_peak_are_not_drawn(assessed: Assess) -> None:
    for changes in ({"gpus": 2.0, "sharding": "fsdp"}, {"probe": Probe(peak_memory_gib=20.0)}):
        with pytest.raises(AssertionError):
            assessed(on_small_gpus(**changes))


def test_where_no_number_fits_the_planned_one_is_kept(assessed: Assess, book: PriceBook) -> None:
    # weights are divided over the GPUs, activations are not: a long sequence outgrows any number in some draws
    scenario = with_values(on_small_gpus(), {"/approaches/tuned/training/memory_quantile": 0.5})
    plan = scenario.approaches["tuned"]
    assert isinstance(plan, FineTuning)
    assert isinstance(plan.training, GpuTraining)
    long = replace(plan, training=replace(plan.training, sequence_tokens=4700, memory_quantile=None))
    found = assessed(replace(scenario, approaches={**scenario.approaches, "tuned": long}))
    assert np.isfinite(found.cumulative["tuned"].p90).all()
    # as often as a stated number without end fails to hold it, and said with the place of the set-up
    setup = TrainingSetup(**JOB | {"sequence_tokens": 4700}, gpus=2.0**20, sharding="fsdp", training_tokens=1e6)
    fits = float(estimate_training(base_model("Llama-3.1-8B"), gpu("A10"), setup).fits.probability)
    assert 0.5 < fits < 0.99
    assert found.unable == {"/approaches/tuned/training": pytest.approx(1.0 - fits, abs=0.01)}
    warning = next(each for each in found.warnings if each.code == "setup_cannot_run")
    assert warning.pointer == "/approaches/tuned/training"


def test_draws_that_no_hardware_serves_are_counted(library: Library) -> None:
    # inputs of 100,000 to 160,000 tokens and 1,000 of output: (160,000 + 1,000 - 131,072) / 60,000 exceed the context
    document = {
        "workload": {
            "requests_per_month": 100,
            "input_tokens": {"dist": "uniform", "low": 100_000, "high": 160_000},
            "output_tokens": 1_000,
        },
        "approaches": {
            "sum": {"kind": "lump_sum", "upfront_usd": 1},
            "prompt": {
                "kind": "prompt_engineering",
                "prompt_tokens": 0,
                "serving": {"kind": "gpus", "base_model": "Llama-3.1-8B", "gpu": "H100-SXM", "speed_quantile": 0.5},
            },
        },
    }
    found = answer(estimate(read_scenario(document), library))
    share = found["uncertainty"]["probability_setup_cannot_run"]["/approaches/prompt/serving"]
    assert base_model("Llama-3.1-8B").context_tokens == 131_072
    assert share == pytest.approx(29_928 / 60_000, abs=2e-3)
    (warning,) = [each for each in found["warnings"] if each["code"] == "setup_cannot_run"]
    assert warning["pointer"] == "/approaches/prompt/serving"
    assert f"of 8,192 drawn cases ({share:.2%})" in warning["message"]
    told = [each.code for each in analyse(read_scenario(document), library).warnings]
    assert told == ["setup_cannot_run"]
    document["workload"]["input_tokens"]["high"] = 120_000
    within = answer(estimate(read_scenario(document), library))
    assert within["uncertainty"]["probability_setup_cannot_run"] == {}
    assert "setup_cannot_run" not in [each["code"] for each in within["warnings"]]


def test_what_is_computed_follows_the_inputs_that_are_moved(library: Library) -> None:
    # all examples exist: 2,400 or 3,600 of them change the success rate alone
    scenario = with_values(piloted(), {"/approaches/tuned/existing_examples": 1e6})
    bars = {bar.lever.pointer: bar for bar in analyse(scenario, library).bars}
    fit = fit_curve("power", POINTS)
    low, high = (fit.plateau - fit.gap * examples**-fit.rate for examples in (2400.0, 3600.0))
    usd = bars["/approaches/tuned/train_examples"].usd
    assert usd[0] - usd[1] == pytest.approx(12_000.0 * (high - low), rel=1e-6)
    assert "/approaches/tuned/success_rate" not in bars
