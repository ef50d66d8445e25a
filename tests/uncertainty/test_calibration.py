"""Facts of the caller scale the estimate and keep the error that is left."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from estimator.computation import compute
from estimator.errors import ScenarioError
from estimator.price_book import PriceBook
from estimator.scenario import (
    ApiServing,
    FineTuning,
    GpuServing,
    GpuTraining,
    LumpSum,
    MeasuredSpeed,
    MonthlyBill,
    Prices,
    Probe,
    PromptEngineering,
    Scenario,
    Workload,
)
from estimator.uncertainty import Assessment


def served(serving: Any, requests: float = 10_000.0) -> Scenario:
    return Scenario(
        baseline="B",
        workload=Workload(requests_per_month=requests, input_tokens=900.0, output_tokens=100.0),
        approaches={"A": PromptEngineering(prompt_tokens=100.0, serving=serving), "B": LumpSum()},
    )


def api(**fields: Any) -> ApiServing:
    return ApiServing(prices=Prices(input_usd_per_mtok=1.0, output_usd_per_mtok=10.0), **fields)


def on_gpus(**fields: Any) -> GpuServing:
    return GpuServing(
        base_model="Llama-3.1-8B", gpu="H100-SXM", usd_per_gpu_hour=3.0, autoscaled=True, min_replicas=0.0, **fields
    )


def total(scenario: Scenario, book: PriceBook) -> float:
    return float(compute(scenario, book).curves["A"].total_usd[0])


def test_a_bill_scales_every_month(book: PriceBook) -> None:
    # a request costs (1000 x 1 + 100 x 10) / 1e6 = 0.002; 5,000 requests were billed at 12 and not at 10
    scenario = served(api(bill=MonthlyBill(requests=5000.0, usd=12.0)))
    assert total(served(api()), book) == pytest.approx(12 * 20.0)
    assert total(scenario, book) == pytest.approx(12 * 24.0)
    notes = compute(scenario, book).setting.notes
    assert [each.value for each in notes.assumptions if each.pointer.endswith("/bill")] == [pytest.approx(1.2)]
    assert "bill_far_from_estimate" not in [each.code for each in notes.warnings]


def test_a_bill_far_from_the_estimate_is_pointed_at(book: PriceBook) -> None:
    notes = compute(served(api(bill=MonthlyBill(requests=5000.0, usd=30.0))), book).setting.notes
    assert "bill_far_from_estimate" in [each.code for each in notes.warnings]


def test_a_bill_that_cannot_scale_anything_is_refused(book: PriceBook) -> None:
    free = ApiServing(
        prices=Prices(input_usd_per_mtok=0.0, output_usd_per_mtok=0.0), bill=MonthlyBill(requests=1.0, usd=1.0)
    )
    with pytest.raises(ScenarioError) as refusal:
        compute(served(free), book)
    assert refusal.value.pointer == "/approaches/A/serving/bill"


def test_the_error_that_a_bill_leaves_is_drawn(assessed: Callable[[Scenario], Assessment]) -> None:
    found = assessed(served(api(bill=MonthlyBill(requests=5000.0, usd=12.0, residual_share=0.1))))
    assert [each.pointer for each in found.inputs] == ["/approaches/A/serving/bill/quantile"]
    # log-normal with sigma 0.1: P90 / P50 = exp(0.1 x 1.28155)
    assert found.total["A"].p90 / found.total["A"].p50 == pytest.approx(np.exp(0.128155), rel=1e-3)


def test_a_measured_throughput_scales_the_hardware_model(
    book: PriceBook, assessed: Callable[[Scenario], Assessment]
) -> None:
    plain = served(on_gpus())
    modelled = compute(plain, book).setting.notes.assumptions
    speed = next(each.value for each in modelled if each.pointer.endswith("decode_tokens_per_second"))
    found = compute(served(on_gpus(measured=MeasuredSpeed(output_tokens_per_second=1000.0))), book)
    factor = next(each.value for each in found.setting.notes.assumptions if each.pointer.endswith("/measured"))
    scaled = next(
        each.value for each in found.setting.notes.assumptions if each.pointer.endswith("decode_tokens_per_second")
    )
    assert scaled == pytest.approx(speed * factor)
    # twice the throughput costs half the busy seconds
    doubled = served(on_gpus(measured=MeasuredSpeed(output_tokens_per_second=2000.0)))
    assert total(doubled, book) == pytest.approx(float(found.curves["A"].total_usd[0]) / 2.0, rel=1e-6)

    def width(scenario: Scenario) -> float:
        band = assessed(scenario).total["A"]
        return float(band.p90 / band.p10)

    assert width(doubled) < width(plain)
    assert width(doubled) == pytest.approx(np.exp(2 * 1.28155 * 0.14), rel=1e-3)


def test_a_throughput_at_other_lengths_is_compared_at_those(book: PriceBook) -> None:
    same = MeasuredSpeed(output_tokens_per_second=1000.0, input_tokens=1000.0, output_tokens=100.0)
    as_planned = served(on_gpus(measured=MeasuredSpeed(output_tokens_per_second=1000.0)))
    assert total(served(on_gpus(measured=same)), book) == pytest.approx(total(as_planned, book))
    shorter = replace(same, input_tokens=100.0)
    assert total(served(on_gpus(measured=shorter)), book) > total(as_planned, book)


def tuned(**fields: Any) -> Scenario:
    """A job of 50 million tokens on one GPU at 3 USD an hour, and nothing else."""
    training = GpuTraining(
        base_model="Llama-3.1-8B", gpu="H100-SXM", usd_per_gpu_hour=3.0, startup_hours=0.0, gpus=1.0, **fields
    )
    plan = FineTuning(
        train_examples=100_000.0,
        existing_examples=100_000.0,
        tokens_per_example=500.0,
        epochs=1.0,
        planned_runs=1.0,
        run_failure_rate=0.0,
        lead_time_months=0.0,
        training=training,
        serving=ApiServing(prices=Prices(input_usd_per_mtok=0.0, output_usd_per_mtok=0.0)),
    )
    load = Workload(requests_per_month=0.0, input_tokens=1.0, output_tokens=1.0)
    return Scenario(baseline="B", workload=load, approaches={"A": plan, "B": LumpSum()})


def test_a_measured_run_scales_the_training_and_is_shown(
    book: PriceBook, assessed: Callable[[Scenario], Assessment]
) -> None:
    plain = compute(tuned(), book)
    hours = float(plain.bills["A"].resources["gpu_hours"])
    # the estimate is tokens / speed, so that twice the speed is half the hours
    expected = 50e6 / 3600.0 / hours  # tokens a second of the whole job
    fast = Probe(tokens_per_second=2.0 * expected)
    slow = Probe(tokens_per_second=expected)
    cost = {name: total(tuned(probe=probe), book) for name, probe in (("fast", fast), ("slow", slow))}
    assert cost["slow"] == pytest.approx(2.0 * cost["fast"])
    notes = compute(tuned(probe=fast), book).setting.notes
    shown = [each for each in notes.assumptions if each.pointer == "/approaches/A/training/probe"]
    assert len(shown) == 1
    assert shown[0].value * total(tuned(probe=fast), book) == pytest.approx(total(tuned(), book), rel=1e-9)
    assert "your speed over the estimate" in shown[0].basis
    # what is left of the spread after a run of the same set-up is narrower, and drawn
    wide, narrow = (assessed(scenario).total["A"] for scenario in (tuned(), tuned(probe=fast)))
    assert 1.0 < narrow.p90 / narrow.p50 < wide.p90 / wide.p50
