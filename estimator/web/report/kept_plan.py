"""What was decided for a scenario, stated in it, so that another point of it keeps the plan: no hindsight."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from estimator.components.tokens import poisson_hit_rate
from estimator.computation import Computation, compute
from estimator.cost_line import Step
from estimator.errors import EstimatorError
from estimator.estimate import open_book
from estimator.price_book import Library
from estimator.scenario import Scenario
from estimator.scenario.pointer import at_base, tokens_of

Taken = Mapping[str, list[Any]]


def plan_to_keep(scenario: Scenario, moved: Scenario, library: Library) -> dict[str, Any]:
    """Return what must be stated at another point so that it keeps what was decided for the scenario, by pointer.

    Months of a switch, bridges and caching are stated where the point would decide otherwise; GPUs where the set-up
    of the point runs on none.

    Parameters
    ----------
    scenario : the question
    moved : the same at another point

    Raises
    ------
    EstimatorError : the scenario itself cannot be computed
    """
    before = _computed(scenario, library)
    try:
        after = _computed(moved, library).setting.choices.taken
    except EstimatorError:
        after = {}
    return dict(_differing(before, after))


def _computed(scenario: Scenario, library: Library) -> Computation:
    return compute(at_base(scenario), open_book(scenario, library))


def _differing(before: Computation, after: Taken) -> Iterator[tuple[str, Any]]:
    for pointer, decided in before.setting.choices.taken.items():
        _, approach, *_, name = tokens_of(pointer)
        there = after.get(pointer, [])
        same = len(there) == len(decided) and all(map(_alike, decided, there))
        if same or (name == "gpus" and there):
            continue
        stated = _caching(before, approach, decided) if name == "prompt_caching" else _stated(decided[0])
        if stated is not None:
            yield pointer, stated


def _alike(one: Any, other: Any) -> bool:
    return bool(np.shape(one) == np.shape(other) and np.all(np.equal(one, other)))


def _stated(decided: Any) -> Any:
    """Write a decision as its field states it; None where there was nothing to choose."""
    if isinstance(decided, str) or decided is None:
        return decided
    value = float(np.ravel(decided)[0])
    return int(value) if value.is_integer() else value


def _caching(computed: Computation, approach: str, decided: list[Any]) -> Any:
    """State that a prompt is cached in every month or in none; None where that differs, for no field can say it."""
    pays = np.concatenate([np.ravel(each) for each in decided])
    if pays.any() and not pays.all():
        return None
    steps = (step for line in computed.bills[approach].lines for step in line.steps if isinstance(step, Step))
    minutes = next((step.inputs["ttl_minutes"] for step in steps if step.formula is poisson_hit_rate), None)
    return "none" if not pays.any() else None if minutes is None else {"ttl_minutes": _stated(minutes)}
