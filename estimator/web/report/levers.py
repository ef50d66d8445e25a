"""What would change the answer: the inputs that move the saving most, and the values at which the choice turns."""

from collections.abc import Iterable
from typing import Any

from estimator.computation import looked_up
from estimator.estimate import Estimate
from estimator.recommendation.flips import Flip, flips_of
from estimator.scenario import Scenario
from estimator.scenario.document import defaults_used
from estimator.scenario.pointer import at_base, input_at, tokens_of
from estimator.sensitivity.tornado import RANGE, Bar, Lever, levers_of, tornado
from estimator.web.form.points import write_point
from estimator.web.words.input_names import in_words, unit_of
from estimator.web.words.wording import discounted, whole_money
from estimator.web.words.written_values import in_percent, write_number

MOST_BARS = 8
MOVED_RANGES = "Each input alone: what is marked (range) between its P10 and P90, all else by 20% either way."
MOVED_ALIKE = "Each input alone, by 20% either way."
"""How far the inputs of the chart are moved."""


def add_tornado(estimated: Estimate, found: dict[str, Any]) -> None:
    """Put into an answer how far each input moves the saving of the recommended approach."""
    ranking = estimated.recommendation.ranking
    pair = ranking.pair
    if pair is None:
        return
    best, rival = pair
    totals = {name: each["total_usd"] for name, each in found["approaches"].items()}
    levers = _that_were_chosen(estimated.scenario, levers_of(estimated.scenario, looked_up(estimated.computed)))
    bars = tornado(estimated.scenario, estimated.book, estimated.computed, pair, levers, traffic=False)
    months, currency = found["scenario"]["horizon_months"], found["scenario"]["currency"]
    base = at_base(estimated.scenario)
    moved = MOVED_RANGES if any(bar.lever.basis == RANGE for bar in bars[:MOST_BARS]) else MOVED_ALIKE
    if ranking.rival not in (None, rival):
        more = whole_money(totals[ranking.rival] - totals[best])
        moved += f" The next one in cost, {ranking.rival}, costs {currency} {more} more."
    found["levers"] = {
        "best": best,
        "rival": rival,
        "axis": f"What {best} saves against {rival} over {months} months, {currency}{discounted(found)}",
        "moved": moved,
        "base": totals[rival] - totals[best],
        "working": f"{list(totals).index(rival if best == found['scenario']['baseline'] else best) + 1}-saving",
        "bars": [_bar(base, bar) for bar in bars[:MOST_BARS]],
    }


def _that_were_chosen(scenario: Scenario, levers: Iterable[Lever]) -> list[Lever]:
    """Leave out the defaults that add nothing, such as one call a request: 20 % more of them is nobody's question."""
    neutral = {each.pointer for each in defaults_used(scenario) if each.basis.startswith("neutral")}
    return [lever for lever in levers if lever.pointer not in neutral]


def add_flips(estimated: Estimate, found: dict[str, Any]) -> None:
    """Put into an answer at which value of each input alone another approach costs less.

    Raises
    ------
    EstimatorError : the scenario cannot be computed at one of the values
    """
    ranking = estimated.recommendation.ranking
    best = ranking.best
    if best is None:
        return
    base, computed = at_base(estimated.scenario), estimated.computed
    found["flips"] = [
        {
            "input": in_words(each.pointer),
            "at": _value(base, each.pointer, each.at),
            "opens": write_point({each.pointer: each.at}),
            "then": f"now {_value(base, each.pointer, each.today)}, {_turn(each, best)}.",
        }
        for each in flips_of(computed, best, ranking.rivals)
    ]


def _turn(flip: Flip, best: str) -> str:
    """Say what happens where the choice turns."""
    if flip.kind == "cost":
        return f"{flip.to} costs less"
    if flip.kind == "feasible":
        return f"{flip.to} meets what is asked and costs less"
    return f"{best} no longer meets what is asked" + ("" if flip.to is None else f", {flip.to} does")


def _bar(base: Scenario, bar: Bar) -> dict[str, Any]:
    lever = bar.lever
    return {
        "label": in_words(lever.pointer) + (" (range)" if lever.basis == RANGE else ""),
        "pointer": lever.pointer,
        "low": _value(base, lever.pointer, lever.low),
        "high": _value(base, lever.pointer, lever.high),
        "opens_low": _point(lever, lever.low),
        "opens_high": _point(lever, lever.high),
        "at_low": -bar.usd[0],
        "at_high": -bar.usd[1],
    }


def _point(lever: Lever, value: float) -> str:
    """Name the point at one end of a bar, "" where it is the scenario itself: the end of what is legal."""
    return "" if value == lever.base else write_point({lever.pointer: value}, kept=True)


def _value(base: Scenario, pointer: str, value: float) -> str:
    """Write the value of an input with its unit; factors on prices of the book as a share of them."""
    declared = input_at(base, pointer)
    rounded = float(f"{value:.3g}")
    if pointer.startswith("/price_overrides/") and not tokens_of(pointer)[1].isdigit():
        return f"{100 * rounded:.3g}%"
    percent = in_percent(tokens_of(pointer)[-1], declared)
    unit = "" if percent else unit_of(declared.unit)
    return f"{write_number(rounded, percent=percent)} {unit}".strip()
