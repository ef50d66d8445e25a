"""What would change the answer: the inputs that move the saving most, and the values at which the choice turns."""

from collections.abc import Mapping
from typing import Any

from estimator.computation import looked_up
from estimator.estimate import Estimate
from estimator.recommendation.flips import Flip, flips_of
from estimator.scenario.pointer import at_base, input_at, tokens_of
from estimator.sensitivity.tornado import Bar, levers_of, tornado
from estimator.web.input_names import in_words
from estimator.web.written_values import in_percent, write_number

MOST_BARS = 10


def add_levers(estimated: Estimate, found: dict[str, Any]) -> None:
    """Put the tornado and the turning points into an answer.

    Raises
    ------
    EstimatorError : the scenario cannot be computed at one of the values
    """
    pair = pair_of(found)
    if pair is None:
        return
    best, rival = pair
    totals = {name: each["total_usd"] for name, each in found["approaches"].items()}
    book, computed, scenario = estimated.book, estimated.computed, estimated.scenario
    numbers = looked_up(computed)
    bars = tornado(scenario, book, computed, (best, rival), levers_of(scenario, numbers), traffic=False)
    flips = flips_of(computed, best, [name for name in computed.curves if name != best])
    months = found["scenario"]["horizon_months"]
    found["levers"] = {
        "axis": f"Saving of {best} against {rival} over {months} months, {found['scenario']['currency']}",
        "base": totals[rival] - totals[best],
        "bars": [_bar(estimated, bar) for bar in bars[:MOST_BARS]],
        "flips": [
            f"{in_words(each.pointer)} at {_value(estimated, each.pointer, each.at)} "
            f"instead of {_value(estimated, each.pointer, each.today)}: {_turn(each, best)}."
            for each in flips
        ],
    }


def pair_of(found: Mapping[str, Any]) -> tuple[str, str] | None:
    """Name the recommended approach and what it is measured against: the baseline, or the next one to it."""
    best, baseline = found["recommendation"]["approach"], found["scenario"]["baseline"]
    if best is None:
        return None
    others = [name for name in found["approaches"] if name != best]
    rival = min(others, key=lambda name: float(found["approaches"][name]["total_usd"]))
    return best, rival if best == baseline else baseline


def _turn(flip: Flip, best: str) -> str:
    """Say what happens where the choice turns."""
    if flip.kind == "cost":
        return f"{flip.to} costs less"
    if flip.kind == "feasible":
        return f"{flip.to} meets what is asked and costs less"
    return f"{best} no longer meets what is asked" + ("" if flip.to is None else f", {flip.to} does")


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


def _value(estimated: Estimate, pointer: str, value: float) -> str:
    declared = input_at(at_base(estimated.scenario), pointer)
    rounded = float(f"{value:.3g}")
    return write_number(rounded, percent=in_percent(tokens_of(pointer)[-1], declared))
