"""Bands, probabilities and values of information against integrals and closed forms."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from estimator.answer import answer
from estimator.computation import compute
from estimator.errors import ScenarioError
from estimator.estimate import estimate
from estimator.price_book import Library, PriceBook
from estimator.scenario import (
    ApiServing,
    FineTuning,
    GpuServing,
    GpuTraining,
    LumpSum,
    Prices,
    PromptEngineering,
    Range,
    Scenario,
    Staged,
    Workload,
)
from estimator.scenario.pointer import at_base, with_values
from estimator.uncertainty import Assessment

Make = Callable[..., Scenario]
Assess = Callable[[Scenario], Assessment]


def linear(two_sums: Make, **changes: object) -> Scenario:
    """A costs 4,000 to 9,000 more at the start and saves 0 to 0.06 a request: D(T) = U - s V T."""
    return two_sums(
        requests=10_000.0,
        A_upfront_usd=Range(dist="triangular", low=4000.0, mode=5000.0, high=9000.0),
        A_usd_per_request=Range(dist="uniform", low=0.04, high=0.10),
        B_usd_per_request=0.10,
        **changes,
    )


def chance_of_saving(months: float) -> float:
    """Integrate P(U <= s V t) over the saving s, uniform on 0..0.06."""
    upfront = stats.triang(0.2, loc=4000.0, scale=5000.0)
    return integrate.quad(lambda s: upfront.cdf(s * 10_000.0 * months) / 0.06, 0.0, 0.06, points=[0.04])[0]


@pytest.mark.parametrize("month", [9, 12, 24])
def test_the_chance_of_being_cheaper_is_the_integral(two_sums: Make, assessed: Assess, month: int) -> None:
    odds = assessed(linear(two_sums, months=24)).odds["A", "B"]
    assert odds.cheaper[month] == pytest.approx(chance_of_saving(month), abs=0.002)


def test_the_break_even_month_is_censored_at_the_horizon(two_sums: Make, assessed: Assess) -> None:
    odds = assessed(linear(two_sums, months=24)).odds["A", "B"]
    # D falls in every draw, so that it breaks even by T exactly where D(T) <= 0: nothing is dropped
    assert odds.never == 1.0 - odds.cheaper[-1]
    assert odds.month_p10 == pytest.approx(_month_at(0.1), abs=0.05)
    assert odds.month_p50 == pytest.approx(_month_at(0.5), abs=0.1)
    assert odds.month_p90 is None


def _month_at(level: float) -> float:
    low, high = 0.1, 400.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if chance_of_saving(middle) < level else (low, middle)
    return low


def test_the_standard_error_covers_the_error_as_often_as_it_claims(two_sums: Make, assessed: Assess) -> None:
    exact = chance_of_saving(12)
    mean = 6000.0 - 0.03 * 120_000.0
    covered = []
    for seed in range(40):
        odds = assessed(linear(two_sums, draws=256, seed=seed)).odds["A", "B"]
        error = np.sqrt(odds.cheaper[-1] * (1 - odds.cheaper[-1]) / odds.draws)
        covered.append(abs(odds.cheaper[-1] - exact) <= error)
        covered.append(abs(odds.difference.mean[-1] - mean) <= odds.difference.mean_error[-1])
    assert np.mean(covered) >= 0.68


def test_more_draws_stay_within_the_standard_error_of_the_median(two_sums: Make, assessed: Assess) -> None:
    few, many = (assessed(linear(two_sums, draws=draws)).odds["A", "B"].difference for draws in (1024, 65536))
    assert abs(few.p50[-1] - many.p50[-1]) <= 3 * few.p50_error[-1]


def test_perfect_information_on_a_normal_difference(two_sums: Make, assessed: Assess) -> None:
    # unit normal loss: sd (phi(z) - z (1 - Phi(z))), z = 1000 / 3000, gives 762.71
    scenario = two_sums(
        A_upfront_usd=Range(dist="normal", mean=101_000.0, sd=3000.0), B_upfront_usd=100_000.0, draws=65536
    )
    found = assessed(scenario)
    assert found.perfect_information_usd == pytest.approx(762.71, abs=0.2)
    assert found.regret_usd["B"] == found.perfect_information_usd
    assert found.regret_usd["A"] == pytest.approx(762.71 + 1000.0, abs=0.5)
    assert found.information_about_usd["/approaches/A/upfront_usd"] == pytest.approx(762.71, rel=0.01)


def test_information_about_one_of_two_inputs(two_sums: Make, assessed: Assess) -> None:
    # D = 1000 + 3000 z1 + 2000 z2: knowing z1 alone is worth the unit normal loss with sd 3000, z2 with 2000
    scenario = two_sums(
        A_upfront_usd=Range(dist="normal", mean=101_000.0, sd=3000.0),
        B_upfront_usd=Range(dist="normal", mean=100_000.0, sd=2000.0),
        draws=32768,
    )
    found = assessed(scenario).information_about_usd
    for pointer, sd in (("/approaches/A/upfront_usd", 3000.0), ("/approaches/B/upfront_usd", 2000.0)):
        z = 1000.0 / sd
        assert found[pointer] == pytest.approx(sd * (stats.norm.pdf(z) - z * stats.norm.sf(z)), rel=0.03)


def test_information_that_cannot_change_the_choice_is_worth_nothing(two_sums: Make, assessed: Assess) -> None:
    scenario = two_sums(A_upfront_usd=Range(low=10.0, mode=20.0, high=30.0), B_upfront_usd=100.0)
    found = assessed(scenario)
    assert found.perfect_information_usd == 0.0
    assert found.information_about_usd == {"/approaches/A/upfront_usd": 0.0}
    assert found.best == {"A": 1.0, "B": 0.0}


def test_ranges_without_width_give_the_plain_answer(two_sums: Make, library: Library) -> None:
    ranged = two_sums(
        requests=Range(low=1e4, mode=1e4, high=1e4),
        A_upfront_usd=Range(dist="uniform", low=6000.0, high=6000.0),
        A_usd_per_request=0.01,
        A_requirement_change_usd=50.0,
        B_usd_per_request=0.1,
        requirement_changes_per_month=0.5,
        annual_discount_rate=0.1,
    )
    found = answer(estimate(ranged, library))
    plain = answer(estimate(at_base(ranged), library))
    assert "uncertainty" not in plain
    for name, approach in found["approaches"].items():
        total = plain["approaches"][name]["total_usd"]
        assert approach["total_usd"] == total
        bands = approach["bands"]["total_usd"]
        assert [bands[level] for level in ("p10", "p50", "p90", "mean")] == pytest.approx([total] * 4, rel=1e-12)
    months = found["break_even"][0]["month_quantiles"]
    first = plain["break_even"][0]["months"]["first"]
    assert [months["p10"], months["p50"], months["p90"]] == pytest.approx([first] * 3)
    assert found["uncertainty"]["value_of_information"]["perfect_usd"] == 0.0


def test_the_same_request_gives_the_same_bytes(two_sums: Make, library: Library) -> None:
    scenario = linear(two_sums, requirement_changes_per_month=0.3, A_requirement_change_usd=100.0)
    one, again = (json.dumps(answer(estimate(scenario, library)), allow_nan=False) for _ in range(2))
    assert one == again


def test_changes_of_the_requirements_are_poisson_counts(two_sums: Make, assessed: Assess) -> None:
    # 12 months at 0.5 changes of 100 each: mean 600, variance 12 * 0.5 * 100^2, beside a uniform of +-1
    scenario = two_sums(
        requirement_changes_per_month=0.5,
        A_requirement_change_usd=100.0,
        A_upfront_usd=Range(dist="uniform", low=0.0, high=2.0),
    )
    found = assessed(scenario)
    total = found.total["A"]
    assert total.mean == pytest.approx(601.0, abs=4 * total.mean_error)
    assert total.mean_error * np.sqrt(found.draws) == pytest.approx(np.sqrt(60_000.0), rel=0.03)
    assert any((each.value, each.unit) == ("counts drawn (Poisson)", "") for each in found.assumptions)


def test_blocks_do_not_change_the_draws(two_sums: Make, assessed: Assess, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = assessed(linear(two_sums))
    monkeypatch.setattr("estimator.uncertainty.assessment.BLOCK_CELLS", 1000)
    parts = assessed(linear(two_sums))
    assert whole.cumulative["A"].p90.tobytes() == parts.cumulative["A"].p90.tobytes()
    assert whole.odds["A", "B"].cheaper.tobytes() == parts.odds["A", "B"].cheaper.tobytes()


def test_more_draws_than_memory_are_refused(two_sums: Make, assessed: Assess) -> None:
    with pytest.raises(ScenarioError, match="fewer draws"):
        assessed(linear(two_sums, months=600, draws=2**17))


def test_the_month_of_a_switch_is_not_chosen_with_hindsight(two_sums: Make, assessed: Assess) -> None:
    scenario = two_sums(
        requests=Range(low=1e3, mode=1e4, high=1e5),
        A_upfront_usd=3000.0,
        A_usd_per_request=0.01,
        B_usd_per_request=0.1,
        B_annual_price_decline_share=0.5,
        annual_discount_rate=0.1,
    )
    plans = dict(scenario.approaches)
    searched = Scenario(**_fields(scenario) | {"approaches": {**plans, "ST": Staged(first="B", then="A")}})
    best = assessed(searched)
    again = assessed(
        Scenario(**_fields(scenario) | {"approaches": {**plans, "ST": Staged(first="B", then="A", switch_month=0)}})
    )
    assert best.cumulative["ST"].mean == pytest.approx(again.cumulative["ST"].mean)


def test_waiting_is_worth_what_is_learnt_until_the_switch(two_sums: Make, assessed: Assess) -> None:
    # B costs 0.1 a request; from month 6 on A costs 3,000 at once and nothing more. Traffic is 1,000 or 10,000 a month:
    # staying costs 600 or 6,000 in months 7..12, switching 3,000. Knowing it by then saves (3000 - 600) / 2 = 1,200.
    scenario = two_sums(
        requests=Range(dist="discrete", values=(1000.0, 10_000.0), probabilities=(0.5, 0.5)), B_usd_per_request=0.1
    )
    plans = {**scenario.approaches, "A": LumpSum(upfront_usd=3000.0), "ST": Staged(first="B", then="A", switch_month=6)}
    found = assessed(Scenario(**_fields(scenario) | {"approaches": plans}))
    assert found.waiting_usd["ST"]["over_deciding_now"] == pytest.approx(1200.0)
    # A from the start costs 3,000 in both; waiting costs 600 + 600 or 6,000 + 3,000, 5,100 on average
    assert found.waiting_usd["ST"]["over_the_best_plan"] == pytest.approx(3000.0 - 5100.0)


def test_the_option_to_wait_is_argued_with_its_price(two_sums: Make, library: Library) -> None:
    scenario = two_sums(
        requests=Range(dist="discrete", values=(1000.0, 10_000.0), probabilities=(0.5, 0.5)),
        A_upfront_usd=5500.0,
        B_usd_per_request=0.1,
    )
    plans = {**scenario.approaches, "D": LumpSum(upfront_usd=3000.0, usd_per_request=0.05)}
    plans["ST"] = Staged(first="B", then="D", switch_month=6)
    found = answer(estimate(Scenario(**_fields(scenario) | {"approaches": plans}), library))
    worth = found["uncertainty"]["value_of_information"]["waiting_usd"]["ST"]
    # staying costs 1,200 or 12,000, switching 600 + 3,000 + 300 = 3,900 or 6,000 + 3,000 + 3,000 = 12,000
    assert worth["over_deciding_now"] == pytest.approx(min(6600.0, 7950.0) - 6600.0)
    reason = next(each for each in found["recommendation"]["reasons"] if each["criterion"] == "waiting")
    assert reason["evidence"]["switch_month"] == 6.0
    assert reason["evidence"]["over_the_best_plan_usd"] == pytest.approx(worth["over_the_best_plan"])
    assert reason["favours"] == ("ST" if worth["over_the_best_plan"] > 0 else None)
    # by hand: waiting costs 6,600 on average; A costs 5,500 and nothing more, 1,100 less
    assert reason["text"] == (
        "With ST, the switch to D can still be called off in month 6: knowing by then all that is uncertain today "
        "would save nothing, compared with staying with B. Even then it costs USD 1,100 more on average than A, the "
        "cheapest plan on average."
    )


@pytest.mark.parametrize(
    ("upfront", "words"),
    [
        # D alone costs 3,000 + 0.05 a request: 3,600 or 9,000, on average 6,300; switching to it 3,900 or 12,000
        (5500.0, "Even then it costs USD 1,100 more on average than A, the cheapest plan on average."),
        (6600.0, "Even then it costs USD 300 more on average than D, the cheapest plan on average."),
    ],
)
def test_waiting_is_compared_with_the_cheapest_on_average(
    two_sums: Make, library: Library, upfront: float, words: str
) -> None:
    found = waiting_in(staged_sums(two_sums, upfront, switch_month=6), library)
    assert [each["text"].partition(". ")[2] for each in found] == [words]


def test_a_saving_by_waiting_says_what_it_is_measured_against(two_sums: Make, library: Library) -> None:
    # B costs 1,200 or 12,000, 6,600 on average; the switch to a D of nothing a request 600 + 3,000 or 6,000 + 3,000,
    # 6,300 on average. Knowing which, 1,200 or 9,000: 5,100, that is 1,200 less. A costs 100 and is the cheapest
    scenario = staged_sums(two_sums, 100.0, switch_month=6)
    plans = {**scenario.approaches, "D": LumpSum(upfront_usd=3000.0)}
    found = waiting_in(Scenario(**_fields(scenario) | {"approaches": plans}), library)
    assert [each["text"] for each in found] == [
        "With ST, the switch to D can still be called off in month 6: knowing by then all that is uncertain today "
        "would save at most USD 1,200 on average, compared with switching in any case. Even then it costs USD 5,000 "
        "more on average than A, the cheapest plan on average; the saving is on this plan alone, so it can exceed "
        "what knowing all before choosing a plan is worth."
    ]
    assert found[0]["favours"] is None


def test_no_word_of_waiting_for_a_plan_that_never_switches(two_sums: Make, library: Library) -> None:
    # D is paid whenever the plan switches, and each of its requests costs twice as much: the best month is the last
    scenario = staged_sums(two_sums, 5500.0, switch_month=None)
    plans = {**scenario.approaches, "D": LumpSum(upfront_usd=3000.0, usd_per_request=0.2)}
    assert waiting_in(Scenario(**_fields(scenario) | {"approaches": plans}), library) == []


def staged_sums(two_sums: Make, upfront_usd: float, switch_month: float | None) -> Scenario:
    scenario = two_sums(
        requests=Range(dist="discrete", values=(1000.0, 10_000.0), probabilities=(0.5, 0.5)),
        A_upfront_usd=upfront_usd,
        B_usd_per_request=0.1,
    )
    plans = {**scenario.approaches, "D": LumpSum(upfront_usd=3000.0, usd_per_request=0.05)}
    plans["ST"] = Staged(first="B", then="D", switch_month=switch_month)
    return Scenario(**_fields(scenario) | {"approaches": plans})


def waiting_in(scenario: Scenario, library: Library) -> list[dict[str, Any]]:
    reasons = answer(estimate(scenario, library))["recommendation"]["reasons"]
    return [each for each in reasons if each["criterion"] == "waiting"]


def test_nothing_is_learnt_before_a_switch_at_once(two_sums: Make, assessed: Assess) -> None:
    scenario = two_sums(
        requests=Range(dist="discrete", values=(1000.0, 10_000.0), probabilities=(0.5, 0.5)),
        A_upfront_usd=3000.0,
        B_usd_per_request=0.1,
    )
    plans = {**scenario.approaches, "ST": Staged(first="B", then="A", switch_month=0)}
    worth = assessed(Scenario(**_fields(scenario) | {"approaches": plans})).waiting_usd["ST"]
    assert worth == pytest.approx({"over_deciding_now": 0.0, "over_the_best_plan": 0.0}, abs=1e-6)


def _fields(scenario: Scenario) -> dict[str, object]:
    return {name: getattr(scenario, name) for name in scenario.__slots__}


API = ApiServing(
    prices=Prices(
        input_usd_per_mtok=3.0, output_usd_per_mtok=15.0, cached_input_usd_per_mtok=0.3, cache_write_usd_per_mtok=3.75
    ),
    prompt_caching="auto",
)
ON_GPUS = FineTuning(
    planned_runs=1.0,
    run_failure_rate=0.0,
    train_examples=1e5,
    existing_examples=1e5,
    tokens_per_example=500.0,
    lead_time_months=0.0,
    training=GpuTraining(base_model="Llama-3.1-8B", gpu="H100-SXM", usd_per_gpu_hour=3.0, startup_hours=0.0),
    serving=GpuServing(base_model="Llama-3.1-8B", gpu="H100-SXM", usd_per_gpu_hour=0.0),
)


def gpu_scenario(**load: object) -> Scenario:
    return Scenario(
        workload=Workload(**{"requests_per_month": 1e4, "input_tokens": 500.0, "output_tokens": 100.0} | load),
        approaches={"PE": PromptEngineering(prompt_tokens=2000.0, serving=API), "FT": ON_GPUS},
    )


def test_the_measured_error_of_the_hardware_model_enters_by_itself(assessed: Assess, book: PriceBook) -> None:
    scenario = gpu_scenario()
    found = assessed(scenario)
    assert [each.pointer for each in found.inputs] == [
        "/approaches/FT/training/gpu_hours_quantile",
        "/approaches/FT/training/memory_quantile",
        "/approaches/FT/serving/speed_quantile",
    ]
    for level in ("p10", "p50", "p90"):
        chance = int(level[1:]) / 100
        at = with_values(scenario, {"/approaches/FT/training/gpu_hours_quantile": chance})
        exact = float(compute(at, book).curves["FT"].total_usd[0])
        assert float(getattr(found.total["FT"], level)) == pytest.approx(exact, rel=2e-3)
    assert found.total["FT"].p90 > found.total["FT"].p50 * 1.1


def test_a_stated_speed_is_not_drawn(assessed: Assess, book: PriceBook) -> None:
    stated = with_values(
        gpu_scenario(),
        {
            "/approaches/FT/training/mfu": 0.4,
            "/approaches/FT/training/gpus": 1.0,
            "/approaches/FT/serving/prefill_tokens_per_second": 5000.0,
            "/approaches/FT/serving/decode_tokens_per_second": 500.0,
            "/workload/requests_per_month": Range(low=1e4, mode=2e4, high=3e4),
        },
    )
    assert [each.pointer for each in assessed(stated).inputs] == ["/workload/requests_per_month"]


def test_caching_is_decided_at_the_base_case(assessed: Assess, book: PriceBook) -> None:
    # at 1e6 requests a month caching pays; a draw with few requests keeps it and pays for writing the cache
    scenario = gpu_scenario(requests_per_month=Range(dist="discrete", values=(1.0, 1e6), probabilities=(0.4, 0.6)))
    always = at_base(with_values(scenario, {"/workload/requests_per_month": 1.0}))
    found = assessed(scenario)
    lowest = float(found.cumulative["PE"].p10[-1])
    assert lowest == pytest.approx(12 * (2000 * 3.75 + 500 * 3.0 + 100 * 15.0) / 1e6, rel=1e-3)
    assert lowest > float(compute(always, book).curves["PE"].total_usd[0])
