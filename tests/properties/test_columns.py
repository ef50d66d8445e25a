"""Many cells at once give what each cell gives alone, for every number of a scenario that may be varied."""

from dataclasses import is_dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from estimator.computation import compute, compute_at
from estimator.errors import EstimatorError
from estimator.estimate import completed, open_book
from estimator.scenario import Constraints, Probe, Scenario, Shots
from estimator.scenario.document import as_document
from estimator.scenario.inputs import inputs_of
from estimator.scenario.own_prices import OWN_PRICE_INPUTS
from estimator.scenario.pointer import escaped, input_at, tokens_of, value_at, with_values
from estimator.scenario.serving import CACHING_INPUTS
from estimator.web.schemas.scenario import read_scenario
from tests.shipped import LIBRARY

SCENARIOS = Path(__file__).parent.parent / "scenarios"


def read(name):
    """A scenario of the folder as it is computed: what its author left to be looked up is filled in."""
    scenario = read_scenario(yaml.safe_load((SCENARIOS / f"{name}.yaml").read_text(encoding="utf-8")))
    return completed(scenario, open_book(scenario, LIBRARY))


COMPLETE = {name: read(name) for name in ("everything", "measured", "model_labels")}
BOOKS = {name: open_book(scenario, LIBRARY) for name, scenario in COMPLETE.items()}
ALWAYS_KEPT = {"everything": {"prompt", "sums"}, "measured": {"billed", "sum"}, "model_labels": {"prompt", "tuned"}}


def leaves(node, pointer=""):
    """Walk over every value of a document with its pointer."""
    if isinstance(node, dict):
        for name, child in node.items():
            yield from leaves(child, f"{pointer}/{escaped(name)}")
    elif isinstance(node, list):
        for place, child in enumerate(node):
            yield from leaves(child, f"{pointer}/{place}")
    else:
        yield pointer, node


def varied(scenario):
    """Every single number of a scenario that takes a column, with three legal values."""
    for pointer, value in leaves(as_document(scenario)):
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        try:
            declared = input_at(scenario, pointer)
        except EstimatorError:
            continue
        if declared.fixed:
            continue
        values = [value * 0.5 + 0.1, float(value), value * 1.3 + 0.3]
        if declared.kind == "whole":
            values = [float(value), 2.0 * value + 1.0]
        if pointer.endswith("gpus_per_replica"):
            values = [1.0, 2.0, 4.0]  # what divides the attention heads
        low = -np.inf if declared.low is None else declared.low
        high = np.inf if declared.high is None else declared.high
        legal = [float(np.clip(each, low, high)) for each in values]
        yield pointer, [each for each in legal if declared.objection(each) is None]


VARIED = {(name, pointer): values for name, scenario in COMPLETE.items() for pointer, values in varied(scenario)}


def touched_by(name, pointer):
    """The scenario with the approaches that a pointer touches and those they need: the others change nothing."""
    scenario = COMPLETE[name]
    part, approach, *_ = [*tokens_of(pointer), ""]
    if part != "approaches":
        return scenario
    kept = set(ALWAYS_KEPT[name])

    def keep(each):
        if each in scenario.approaches and each not in kept:
            kept.add(each)
            for role in ("first", "then", "fallback", "bridge"):
                keep(getattr(scenario.approaches[each], role, None))

    keep(approach)
    for other, plan in scenario.approaches.items():  # a combination of the approach bends it in ways of its own
        if approach in (getattr(plan, "first", None), getattr(plan, "fallback", None)):
            keep(other)
    return replace(scenario, approaches={each: plan for each, plan in scenario.approaches.items() if each in kept})


def totals(scenario, book):
    return {each: curve.total_usd for each, curve in compute(scenario, book).curves.items()}


@pytest.mark.property
@pytest.mark.parametrize(("name", "pointer"), VARIED)
def test_a_column_gives_what_each_cell_gives_alone(name, pointer):
    values = VARIED[name, pointer]
    scenario = touched_by(name, pointer)
    together = totals(with_values(scenario, {pointer: np.array(values)[:, None]}), BOOKS[name])
    for cell, value in enumerate(values):
        asked = with_values(scenario, {pointer: value})
        alone = totals(asked, open_book(asked, LIBRARY))
        for approach, total in alone.items():
            many = np.broadcast_to(together[approach], len(values))
            assert many[cell] == pytest.approx(total[0], rel=1e-12, abs=1e-9), (approach, value)


NO_COST = {
    (Scenario, "target_success_rate"),
    *((Constraints, each) for each in ("most_upfront_usd", "most_total_usd", "latest_start_months")),
    (Probe, "peak_memory_gib"),
    *((Shots, each) for each in ("tokens_per_shot", "tokens_without_shots", "plateau", "gap", "exponent")),
}
"""What makes an approach feasible, or belongs to what is said of shots: no total moves with it."""


def declared_numbers():
    """Every number that may be varied, by the class that declares it, from the scenario down."""
    found, waiting = {("own price", each) for each in OWN_PRICE_INPUTS}, [Scenario]
    found |= {("caching", each) for each in CACHING_INPUTS}
    for owner in waiting:
        for field, declared in inputs_of(owner).items():
            if declared.numeric and not declared.fixed:
                found.add((owner, field))
            waiting += [each for each in (declared.variants or {}).values() if each not in waiting]
    return found


def owner_of(name, pointer):
    *parents, field = tokens_of(pointer)
    if parents[:1] == ["price_overrides"]:
        return "own price", field
    owner = value_at(COMPLETE[name], "".join(f"/{escaped(each)}" for each in parents))
    return (type(owner) if is_dataclass(owner) else "caching"), field


def test_every_number_that_may_be_varied_is_varied_here_and_moves_a_total():
    moving = set()
    for (name, pointer), values in VARIED.items():
        owner = owner_of(name, pointer)
        if owner in moving:
            continue
        found = totals(with_values(COMPLETE[name], {pointer: np.array(values)[:, None]}), BOOKS[name])
        if owner in NO_COST or any(np.ptp(total) > 0.0 for total in found.values()):
            moving.add(owner)
    assert declared_numbers() - moving == set()


HELD = {name: compute(scenario, BOOKS[name]) for name, scenario in COMPLETE.items()}


@pytest.mark.property
@pytest.mark.parametrize(("name", "pointer"), VARIED)
def test_what_is_kept_from_an_earlier_computation_changes_no_figure(name, pointer):
    """Outlines that a value does not enter are reused: every total must be the one of a computation from nothing."""
    base, book = HELD[name], BOOKS[name]
    held = base.setting.choices.taken
    columns = {pointer: np.array(VARIED[name, pointer])[:, None]}
    noted = (list(base.setting.notes.assumptions), list(base.setting.notes.warnings))
    anew, kept = compute(with_values(COMPLETE[name], columns), book, held), compute_at(base, book, columns, held)
    for each, curve in anew.curves.items():
        assert np.array_equal(curve.after_usd, kept.curves[each].after_usd), each
    assert (base.setting.notes.assumptions, base.setting.notes.warnings) == noted
