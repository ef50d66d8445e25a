"""What would change the answer: the inputs that move the saving most, and the values at which the choice turns."""

from collections.abc import Mapping
from typing import Any

from estimator.computation import looked_up
from estimator.estimate import Estimate
from estimator.recommendation.flips import flips_of
from estimator.scenario.pointer import at_base, input_at, tokens_of
from estimator.sensitivity.tornado import Bar, levers_of, tornado
from estimator.web.written_values import in_percent, write_number

MOST_BARS = 10
NAMED_WITH = frozenset({"refresh", "requirement_change", "model_life", "owned", "training", "evaluation"})
"""Objects whose fields say little without them."""


def add_levers(estimated: Estimate, found: dict[str, Any]) -> None:
    """Put the tornado and the turning points into an answer.

    Raises
    ------
    EstimatorError : the scenario cannot be computed at one of the values
    """
    best, baseline = found["recommendation"]["approach"], found["scenario"]["baseline"]
    totals = {name: each["total_usd"] for name, each in found["approaches"].items()}
    others = sorted((name for name in totals if name != best), key=totals.__getitem__)
    if best is None or not others:
        return
    rival = others[0] if best == baseline else baseline
    book, computed, scenario = estimated.book, estimated.computed, estimated.scenario
    numbers = looked_up(computed)
    bars = tornado(scenario, book, computed, (best, rival), levers_of(scenario, numbers), traffic=False)
    base = at_base(scenario)
    rivals = [name for name, each in _feasible(found).items() if each and name != best]
    flips = flips_of(base, book, best, rivals, numbers)
    months = found["scenario"]["horizon_months"]
    found["levers"] = {
        "axis": f"Saving of {best} against {rival} over {months} months, {found['scenario']['currency']}",
        "base": totals[rival] - totals[best],
        "bars": [_bar(estimated, bar) for bar in bars[:MOST_BARS]],
        "flips": [
            f"{in_words(each.pointer)} at {_value(estimated, each.pointer, each.at)} "
            f"instead of {_value(estimated, each.pointer, each.today)}: {each.to} costs less."
            for each in flips
        ],
    }


def _feasible(found: Mapping[str, Any]) -> dict[str, bool]:
    known = found["recommendation"].get("feasibility", {})
    return {name: known.get(name, {}).get("feasible", True) for name in found["approaches"]}


def _bar(estimated: Estimate, bar: Bar) -> dict[str, Any]:
    lever = bar.lever
    return {
        "label": in_words(lever.pointer),
        "pointer": lever.pointer,
        "basis": lever.basis,
        "low": _value(estimated, lever.pointer, lever.low),
        "high": _value(estimated, lever.pointer, lever.high),
        "at_low": -bar.usd[0],
        "at_high": -bar.usd[1],
    }


def in_words(pointer: str) -> str:
    """Name an input as people do, with the approach it belongs to.

    Examples
    --------
    >>> in_words("/workload/requests_per_month"), in_words("/approaches/tuned/serving/prices/output_usd_per_mtok")
    ('Requests per month', 'Output USD per mtok (tuned)')
    >>> in_words("/approaches/tuned/refresh/every_months"), in_words("/rates/ml_engineer_usd_per_hour")
    ('Refresh every months (tuned)', 'ML engineer USD per hour')
    >>> in_words("/price_overrides/acme~1small/input_token")
    'Price factor input token (acme/small)'
    """
    *parents, name = tokens_of(pointer)
    whole = f"{parents[-1]} {name}" if parents and parents[-1] in NAMED_WITH else name
    words = whole.replace("_", " ").replace("usd", "USD").replace("ml engineer", "ML engineer")
    words = words[:1].upper() + words[1:]
    if parents[:1] == ["price_overrides"] and not parents[1].isdigit():
        return f"Price factor {name.replace('_', ' ')} ({parents[1]})"
    return f"{words} ({parents[1]})" if parents[:1] == ["approaches"] else words


def _value(estimated: Estimate, pointer: str, value: float) -> str:
    declared = input_at(at_base(estimated.scenario), pointer)
    rounded = float(f"{value:.3g}")
    return write_number(rounded, percent=in_percent(tokens_of(pointer)[-1], declared))
