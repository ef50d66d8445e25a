"""What each approach saves at other traffic: the engine computed once for many volumes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from estimator.answer import answer
from estimator.computation import TRAFFIC, totals
from estimator.errors import EstimatorError
from estimator.estimate import Estimate, estimate
from estimator.price_book import Library
from estimator.scenario import Scenario
from estimator.scenario.pointer import at_base, ranges_in, with_values
from estimator.web.form.points import write_point
from estimator.web.words.wording import compact

POINTS = 49
FURTHEST = 1000.0
"""A break-even that lies further than this many times the traffic asked for is told, not drawn."""


SECTIONS = frozenset({"volume", "assumptions", "prices", "monthly_components"})


def answer_with_curve(scenario: Scenario, library: Library, *, trace: bool = False) -> tuple[Estimate, dict[str, Any]]:
    """Estimate a scenario with everything that page, workbook and charts show; with bands where it holds ranges.

    Parameters
    ----------
    scenario : the question
    library : the price tables
    trace : whether each figure says how it came about

    Raises
    ------
    EstimatorError : the scenario cannot be computed
    """
    sections = SECTIONS | ({"bands"} if ranges_in(scenario) else set()) | ({"trace"} if trace else set())
    estimated = estimate(scenario, library, sections)
    found = answer(estimated)
    curve = traffic_curve(estimated, found)
    return estimated, found if curve is None else {**found, "volume_curve": curve}


def traffic_curve(estimate: Estimate, found: dict[str, Any]) -> dict[str, Any] | None:
    """Compute the saving of each approach against the baseline over the traffic; None where there is no traffic.

    Parameters
    ----------
    estimate : the estimate, as objects
    found : the same as plain values
    """
    scenario = at_base(estimate.scenario)
    today = float(scenario.workload.requests_per_month)
    baseline = str(found["scenario"]["baseline"])
    crossings = [
        {
            "requests": each["requests_per_month"],
            "approach": pair["candidate"],
            "what": f"{pair['candidate']} {'cheaper' if each['direction'] == 'down' else 'dearer'} above",
        }
        for pair in found["break_even"]
        if pair["baseline"] == baseline
        for each in pair.get("requests_per_month", {}).get("crossings", ())
    ]
    near = [each["requests"] for each in crossings if each["requests"] <= FURTHEST * today]
    if today <= 0:
        return None
    furthest = rounded_up(1.25 * max([today * 1.6, *near]))
    even = [float(f"{each:.4g}") for each in np.linspace(furthest / (POINTS - 1), furthest, POINTS - 1)]
    requests = np.union1d(even, today)
    try:
        amounts = totals(with_values(scenario, {TRAFFIC: requests[:, None]}), estimate.book)
    except EstimatorError:
        return None
    savings = {
        name: np.broadcast_to(amounts[baseline] - amount, requests.shape).tolist()
        for name, amount in amounts.items()
        if name != baseline
    }
    return {
        "today": today,
        "requests_per_month": requests.tolist(),
        "saving_usd": savings,
        "crossings": crossings,
        "finding": finding(found, today),
        "table": _table(requests.tolist(), savings, today),
    }


def rounded_up(amount: float) -> float:
    """Round to two leading digits, upwards.

    Examples
    --------
    >>> rounded_up(18_120_000.0), rounded_up(640.0)
    (19000000.0, 640.0)
    """
    step = 10.0 ** (np.floor(np.log10(amount)) - 1)
    return float(np.ceil(amount / step - 1e-9) * step)


def _table(requests: Sequence[float], savings: dict[str, list[float]], today: float) -> list[dict[str, Any]]:
    """Take a few of the points, and always that of the traffic asked for."""
    every = POINTS // 8
    return [
        {
            "requests": requests[place],
            "opens": write_point({TRAFFIC: requests[place]}),
            "saving_usd": {name: series[place] for name, series in savings.items()},
        }
        for place in sorted({*range(every - 1, len(requests), every), requests.index(today)})
    ]


def finding(found: dict[str, Any], today: float) -> str:
    """Say from which traffic on the choice changes."""
    best, baseline = found["recommendation"]["approach"], found["scenario"]["baseline"]
    pairs = [pair for pair in found["break_even"] if pair["baseline"] == baseline]
    if best is not None:
        looked_at = found["recommendation"]["rival"] if best == baseline else best
        pairs = [pair for pair in pairs if pair["candidate"] == looked_at]
    told = []
    for pair in pairs[:2]:
        points = pair.get("requests_per_month", {}).get("crossings", ())
        if points:
            turns = [
                f"{'from' if each['direction'] == 'down' else 'up to'} {compact(each['requests_per_month'])}"
                for each in points[:3]
            ]
            told.append(f"{pair['candidate']} pays {' and again '.join(turns)} requests a month")
        else:
            always = pair["saving_at_horizon_usd"] > 0
            told.append(f"{pair['candidate']} is {'cheaper' if always else 'dearer'} than {baseline} at any traffic")
    return f"{'; '.join(told)}; you have {compact(today)}." if told else ""
