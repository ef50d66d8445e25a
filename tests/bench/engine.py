"""The engine alone: one estimate, and a million cells."""

import resource
import time

import numpy as np

from estimator.break_even.months import crossings, difference, summarise
from estimator.computation import compute
from estimator.estimate import completed, open_book, pairs_of
from estimator.price_book import PriceBook, load_price_book
from estimator.scenario import Scenario
from estimator.scenario.pointer import with_values
from estimator.web.schemas.scenario import read_scenario
from tests.bench.questions import THREE_APPROACHES
from tests.bench.table import Line, seconds_of

CELLS = 1_000_000
BLOCK = 4096


def three_approaches() -> tuple[Scenario, PriceBook]:
    """Read the scenario of three approaches over 36 months."""
    library = load_price_book()
    asked = read_scenario(THREE_APPROACHES)
    book = open_book(asked, library)
    return completed(asked, book), book


def one_estimate() -> list[Line]:
    """Time bills, curves and crossings in months of three approaches over 36 months."""
    scenario, book = three_approaches()

    def work() -> None:
        found = compute(scenario, book)
        for candidate, baseline in pairs_of(list(scenario.approaches), found.baseline):
            apart = difference(found.curves[candidate], found.curves[baseline])
            summarise(apart)
            crossings(apart)

    reading = seconds_of(lambda: read_scenario(THREE_APPROACHES))
    return [
        Line(
            "engine, three approaches over 36 months",
            1e3 * seconds_of(work),
            "ms",
            "reading the same request",
            1e3 * reading,
            "below 1 ms",
        )
    ]


def sweep() -> list[Line]:
    """Time a grid of requests and growth in blocks of cells, against one engine call for each cell."""
    scenario, book = three_approaches()
    requests = np.linspace(1e4, 1e6, CELLS)[:, None]
    growth = np.tile(np.linspace(0.0, 0.05, 1000), CELLS // 1000)[:, None]
    one = seconds_of(lambda: compute(scenario, book), rounds=5)
    start = time.process_time()
    for first in range(0, CELLS, BLOCK):
        cells = slice(first, first + BLOCK)
        found = compute(
            with_values(
                scenario,
                {"/workload/requests_per_month": requests[cells], "/workload/monthly_growth": growth[cells]},
            ),
            book,
        )
        summarise(difference(found.curves["tuned"], found.curves["prompt"]))
    spent = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        Line("sweep of 1,000,000 cells x 36 months, three approaches", spent, "s", wanted="below 10 s"),
        Line("one engine call for each cell", one * CELLS, "s", "the sweep", spent, "at least 100 x"),
        Line("peak memory of that process", memory, "MiB", wanted="below 1,024 MiB"),
    ]


BENCHES = {"engine": one_estimate, "sweep": sweep}
