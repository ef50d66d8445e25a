"""Decisions: draws, tornado, options, portfolio."""

import resource
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from estimator.computation import compute, looked_up
from estimator.estimate import estimate, pairs_of
from estimator.options import search_options
from estimator.presets import presets
from estimator.price_book import load_price_book
from estimator.scenario import Range, Scenario
from estimator.scenario.pointer import at_base, value_at, with_values
from estimator.sensitivity import levers_of, tornado
from estimator.sweeps import portfolio, read_csv
from estimator.uncertainty import assess, draw, uncertain_inputs
from estimator.uncertainty.assessment import run_draws
from estimator.web.schemas.scenario import read_scenario
from tests.bench.engine import three_approaches
from tests.bench.questions import THREE_APPROACHES
from tests.bench.table import Line, seconds_of

TEN = (
    "/workload/requests_per_month",
    "/workload/input_tokens",
    "/workload/output_tokens",
    "/labelling/seconds_per_label",
    "/rates/annotator_usd_per_hour",
    "/rates/ml_engineer_usd_per_hour",
    "/rates/prompt_engineer_usd_per_hour",
    "/labelling/overlap_share",
    "/annual_discount_rate",
    "/labelling/hours_per_week",
)
ROWS = 100_000


def ten_ranges(scenario: Scenario, computed_wages: dict[str, Any]) -> Scenario:
    """Put a range in the place of ten inputs."""
    ranges = {}
    for pointer in TEN:
        today = float(value_at(scenario, pointer) or computed_wages.get(pointer) or 0.1)
        ranges[pointer] = Range(low=today * 0.6, mode=today, high=today * 1.5)
    return with_values(scenario, ranges)


def draws() -> list[Line]:
    """Time 8,192 draws x 36 months x 3 approaches with ten uncertain inputs, and the parts of it."""
    scenario, book = three_approaches()
    wages = {each.pointer: each.value for each in compute(scenario, book).setting.notes.assumptions}
    scenario = ten_ranges(scenario, wages)
    base = compute(at_base(scenario), book)
    pairs = pairs_of(list(scenario.approaches), base.baseline)
    inputs = uncertain_inputs(scenario)
    drawn = draw(inputs, (), scenario.draws, 0)
    fixed = at_base(scenario)
    whole = seconds_of(lambda: assess(scenario, base, book, pairs), rounds=5, times=2)
    sampling = seconds_of(lambda: draw(inputs, (), scenario.draws, 0), rounds=5, times=2)
    arithmetic = seconds_of(lambda: run_draws(fixed, book, base, drawn.values, drawn.count, pairs), rounds=5, times=2)
    one = seconds_of(lambda: compute(fixed, book), rounds=5)
    return [
        Line("8,192 draws x 36 months x 3 approaches, ten inputs", 1e3 * whole, "ms", wanted="below 150 ms"),
        Line("one engine call for each draw", 1e3 * one * drawn.count, "ms", "the draws", 1e3 * whole),
        Line("of it sampling", 1e3 * sampling, "ms"),
        Line("of it arithmetic and crossings", 1e3 * arithmetic, "ms"),
        Line("of it quantiles and the value of information", 1e3 * (whole - sampling - arithmetic), "ms"),
    ]


def bars() -> list[Line]:
    """Time a tornado of 30 inputs on difference, month and traffic, where cost is straight in the traffic."""
    scenario, book = three_approaches()
    scenario = replace(scenario, approaches=dict(list(scenario.approaches.items())[:2]))
    base = compute(scenario, book)
    levers = levers_of(scenario, looked_up(base))[:30]
    pair = pairs_of(list(scenario.approaches), base.baseline)[0]
    spent = seconds_of(lambda: tornado(scenario, book, base, pair, levers), rounds=5, times=5)
    one = seconds_of(lambda: compute(scenario, book), rounds=5)
    return [Line(f"tornado of {len(levers)} inputs", 1e3 * spent, "ms", "one engine call", 1e3 * one, "below 20 ms")]


def turning_points() -> list[Line]:
    """Time the flips of every preset: each input alone, both ways, to where another approach is cheaper."""
    library = load_price_book()
    found = []
    for preset in presets().values():
        scenario = read_scenario(preset.scenario)
        spent = seconds_of(lambda: estimate(scenario, library, frozenset({"flips"})), rounds=3, times=1)  # noqa: B023 - called at once
        without = seconds_of(lambda: estimate(scenario, library, frozenset()), rounds=3, times=1)  # noqa: B023 - called at once
        found.append(Line(f"flips of {preset.id}", 1e3 * (spent - without), "ms", wanted="below 500 ms"))
    return found


def options() -> list[Line]:
    """Time the search of the whole price book, a second time, as a service that runs would."""
    scenario, _ = three_approaches()
    library = load_price_book()
    found = search_options(scenario, library)
    start = time.process_time()
    search_options(scenario, library)
    spent = time.process_time() - start
    count = len(found.options) + len(found.excluded)
    return [Line(f"{count:,} options", spent, "s", "5,000 of them", spent * 5000 / count, "5,000 below 1 s")]


def rows() -> list[Line]:
    """Time a portfolio of 100,000 rows over one template, from CSV text to rows, and the memory it takes."""
    scenario = read_scenario(THREE_APPROACHES)
    library = load_price_book()
    random = np.random.default_rng(0)
    numbers = np.column_stack(
        [random.uniform(1e3, 1e6, ROWS), random.uniform(100.0, 5000.0, ROWS), random.uniform(10.0, 100.0, ROWS)]
    )

    def lines() -> Iterator[str]:
        yield "id,/workload/requests_per_month,/workload/input_tokens,/labelling/seconds_per_label"
        for place, (requests, tokens, seconds) in enumerate(numbers.tolist()):
            yield f"p{place},{requests:.0f},{tokens:.0f},{seconds:.1f}"

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    count = sum(len(part.rows) for part in portfolio(read_csv(lines()), library, read_scenario, scenario))
    spent = time.process_time() - start
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return [
        Line(f"portfolio of {count:,} rows", count / spent, "rows/s", wanted="above 20,000 rows/s"),
        Line("memory it adds", grown, "MiB", wanted="flat"),
    ]


BENCHES = {"draws": draws, "tornado": bars, "flips": turning_points, "options": options, "portfolio": rows}
