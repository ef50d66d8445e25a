"""Decisions: draws, tornado, options, portfolio."""

import copy
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
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
from estimator.sweeps import portfolio, read_csv, spaced, sweep
from estimator.sweeps.projects import BLOCK_ROWS
from estimator.uncertainty import assess, draw, uncertain_inputs
from estimator.uncertainty.assessment import run_draws
from estimator.web.questions.grids import portfolio_blocks
from estimator.web.questions.row_formats import WRITERS
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
        spent = seconds_of(partial(estimate, scenario, library, frozenset({"flips"})), rounds=3, times=1)
        without = seconds_of(partial(estimate, scenario, library, frozenset()), rounds=3, times=1)
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

    def lines(rows: int) -> Iterator[str]:
        yield "id,/workload/requests_per_month,/workload/input_tokens,/labelling/seconds_per_label\n"
        for place, (requests, tokens, seconds) in enumerate(numbers[:rows].tolist()):
            yield f"p{place},{requests:.0f},{tokens:.0f},{seconds:.1f}\n"

    def answer(rows: int) -> int:
        return sum(part.count for part in portfolio(read_csv(lines(rows)), library, read_scenario, scenario))

    def written(rows: int, form: str) -> int:
        blocks = portfolio_blocks(lines(rows), library, scenario, comma_separated=True)
        return sum(len(piece) for piece in WRITERS[form](blocks))

    few = 3 * BLOCK_ROWS
    answer(few)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spent = _processor_seconds(lambda: answer(ROWS))
    in_formats = {form: _processor_seconds(partial(written, ROWS, form)) for form in ("jsonl", "csv")}
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return [
        Line(f"portfolio of {ROWS:,} rows", ROWS / spent, "rows/s", wanted="above 20,000 rows/s"),
        *[
            Line(f"the same, written as {form}", ROWS / each, "rows/s", "unwritten", ROWS / spent)
            for form, each in in_formats.items()
        ],
        Line(f"memory added to that of {few:,} rows", grown, "MiB", wanted="flat"),
    ]


def failing() -> list[Line]:
    """Time a portfolio in which half of the rows cannot run, beside one in which all can."""
    document = copy.deepcopy(THREE_APPROACHES)
    document["approaches"].pop("cascade")
    machine = {"kind": "gpus", "base_model": "Llama-3.1-8B", "gpu": "H100-SXM"}
    document["approaches"]["tuned"] |= {"training": machine, "serving": machine}
    scenario, library = read_scenario(document), load_price_book()
    size = "/approaches/tuned/serving/gpus_per_replica"

    def seconds(sizes: tuple[int, int]) -> float:
        rows = [{"/workload/requests_per_month": place, size: sizes[place % 2]} for place in range(BLOCK_ROWS)]
        return _processor_seconds(lambda: list(portfolio(rows, library, read_scenario, scenario)))

    seconds((1, 2))
    fine, half = seconds((1, 2)), seconds((1, 3))
    return [Line(f"{BLOCK_ROWS:,} rows, half of them impossible", half, "s", "all possible", fine)]


def grid() -> list[Line]:
    """Time a sweep of 100,000 cells over two inputs."""
    scenario, library = read_scenario(THREE_APPROACHES), load_price_book()
    axes = [
        spaced(scenario, "/workload/requests_per_month", 1e3, 1e6, 400, "log"),
        spaced(scenario, "/workload/input_tokens", 100, 5000, 250),
    ]
    list(sweep(scenario, library, axes[:1]))
    spent = _processor_seconds(lambda: sum(block.count for block in sweep(scenario, library, axes)))
    cells = len(axes[0].values) * len(axes[1].values)
    return [Line(f"sweep of {cells:,} cells", cells / spent, "cells/s")]


def _processor_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


BENCHES = {
    "draws": draws,
    "tornado": bars,
    "flips": turning_points,
    "options": options,
    "portfolio": rows,
    "impossible": failing,
    "grid": grid,
}
