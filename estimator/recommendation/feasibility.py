"""Which approaches can do what is asked: quality, availability, memory, budget, start, providers and regions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.approaches.bill import Bill
from estimator.computation import Computation
from estimator.recommendation.sellers import forbidden_provider, forbidden_region
from estimator.scenario import Constraints, FineTuning, Hybrid, PromptEngineering, Scenario, Staged

FITS = 0.5
"""Probability of fitting the memory below which a set-up counts as not fitting."""
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why an approach cannot do what is asked.

    Parameters
    ----------
    code : quality, quality_unknown, availability, memory, never_switches, switches_at_once, budget, start, provider
        or region
    text : the same in words
    value, limit : the number that stands against the limit
    """

    code: str
    text: str
    value: float | None
    limit: float | None


@dataclass(frozen=True, slots=True)
class _Rule:
    """One thing that is asked of an approach, in every cell of a computation.

    Parameters
    ----------
    code : of the obstacle where it is not met
    met : whether it is, one truth or one for each cell
    words : what stands against it in the first cell, from value and limit
    value, limit : the numbers compared, one or one for each cell; None where there are none
    """

    code: str
    met: Any
    words: Callable[[Any, Any], str]
    value: Any = None
    limit: Any = None


def obstacles_of(computed: Computation, name: str) -> tuple[Obstacle, ...]:
    """List what stands against one approach in the first cell; nothing where it is feasible.

    An unknown success rate is an obstacle only where a target is set: nobody can say that it is reached.
    """
    found = []
    for rule in _rules(computed, name):
        if not np.ravel(rule.met)[0]:
            value, limit = _first(rule.value), _first(rule.limit)
            found.append(Obstacle(rule.code, rule.words(value, limit), value, limit))
    return tuple(found)


def feasible_cells(computed: Computation, name: str, count: int) -> npt.NDArray[np.bool_]:
    """Tell in which cells of a computation an approach can do what is asked, shape (count,)."""
    found = np.ones(count, dtype=bool)
    for rule in _rules(computed, name):
        found &= np.ravel(rule.met)
    return found


def _first(value: Any) -> float | None:
    return None if value is None else float(np.ravel(value)[0])


def _rules(computed: Computation, name: str) -> Iterator[_Rule]:
    scenario, bill = computed.setting.scenario, computed.bills[name]
    yield from _quality(scenario, bill)
    yield from _availability(computed, name)
    yield from _memory(bill)
    yield from _switch(computed, name)
    if scenario.constraints is not None:
        yield from _limits(computed, name, scenario.constraints)


def _quality(scenario: Scenario, bill: Bill) -> Iterator[_Rule]:
    target: Any = scenario.target_success_rate
    if target is None:
        return
    target = np.ravel(target)
    lowest = bill.lowest_success
    if lowest is None:
        met = np.zeros(1, dtype=bool)
        yield _Rule(
            "quality_unknown",
            met,
            lambda _, asked: f"no success rate is stated, and {asked:.1%} is asked",
            None,
            target,
        )
        return
    rates = np.atleast_2d(np.asarray(bill.success_rate, dtype=float))
    varies = lowest[0] < rates[0].max()
    which = "lowest monthly success rate" if varies else "success rate"
    yield _Rule(
        "quality",
        lowest >= target - 1e-12,
        lambda rate, asked: f"its {which} of {rate:.1%} is below the {asked:.1%} asked",
        lowest,
        target,
    )


def _availability(computed: Computation, name: str) -> Iterator[_Rule]:
    """Refuse a model that ends while it serves, unless the caller planned for it: the next one is not known yet."""
    yield _Rule(
        "availability",
        np.isinf(month := _unplanned_end(computed, name)),
        lambda ends, horizon: (
            f"its model ends in month {ends:.0f} of {horizon:.0f}; a move is in its cost, "
            "but no next model is planned (state model_life)"
        ),
        month,
        computed.setting.horizon,
    )


def _unplanned_end(computed: Computation, name: str) -> Any:
    """Return the month in which a model ends while it serves, NEVER where none does or the caller planned for it."""
    plan = computed.setting.scenario.approaches[name]
    if isinstance(plan, Staged):
        switch = np.ravel(np.asarray(computed.bills[name].switch_month, dtype=float))
        first, then = (_unplanned_end(computed, part) for part in (plan.first, plan.then))
        return np.minimum(np.where(first <= switch, first, NEVER), np.where(then > switch, then, NEVER))
    if isinstance(plan, Hybrid):
        return np.minimum(*(_unplanned_end(computed, part) for part in (plan.first, plan.fallback)))
    planned = isinstance(plan, PromptEngineering | FineTuning) and plan.model_life is not None
    month = computed.bills[name].retires_month
    return np.asarray(NEVER if planned or month is None else float(month))


def _memory(bill: Bill) -> Iterator[_Rule]:
    chance = bill.resources.get("fits_memory_probability")
    if chance is not None:
        chance = np.ravel(chance)
        text = "the training fits the memory with a probability of {:.0%} only"
        yield _Rule("memory", chance >= FITS, lambda likely, _: text.format(likely), chance, FITS)


def _switch(computed: Computation, name: str) -> Iterator[_Rule]:
    """Refuse a staged plan whose best switch is none, or at once: it would be recommended as if it did both."""
    plan, horizon = computed.setting.scenario.approaches[name], computed.setting.horizon
    if not isinstance(plan, Staged) or plan.switch_month is not None:
        return
    switch = np.ravel(np.asarray(computed.bills[name].switch_month, dtype=float))
    never = f"switching to {plan.then} pays in no month: it is {plan.first} with {plan.then} paid for and never used"
    at_once = f"switching to {plan.then} pays best at once: it is {plan.then} with {plan.first} paid for and never used"
    yield _Rule("never_switches", switch != horizon, lambda *_: never, switch, horizon)
    yield _Rule("switches_at_once", switch != 0.0, lambda *_: at_once, switch, 0.0)


def _limits(computed: Computation, name: str, limits: Constraints) -> Iterator[_Rule]:
    curve, bill = computed.curves[name], computed.bills[name]
    currency = computed.setting.scenario.currency
    upfront, total = curve.after_usd[:, 0], curve.total_usd
    yield from _above(
        "budget", f"{currency} {{:,.0f}} up front exceed the limit of {{:,.0f}}", upfront, limits.most_upfront_usd
    )
    yield from _above(
        "budget", f"{currency} {{:,.0f}} over the horizon exceed the limit of {{:,.0f}}", total, limits.most_total_usd
    )
    text = "it serves after {:.1f} months, and {:g} are allowed"
    yield from _above("start", text, np.ravel(bill.lead_time_months), limits.latest_start_months)
    for code, words in (
        ("provider", forbidden_provider(computed, name, limits.providers)),
        ("region", forbidden_region(computed, name, limits.regions)),
    ):
        if words is not None:
            yield _Rule(code, np.zeros(1, dtype=bool), lambda *_, words=words: words)


def _above(code: str, text: str, value: Any, limit: Any) -> Iterator[_Rule]:
    if limit is not None:
        limit = np.ravel(limit)
        yield _Rule(code, value <= limit, text.format, value, limit)
