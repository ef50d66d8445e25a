"""Many cells at once give what each cell gives alone, for every number of a scenario that may be varied."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from estimator.computation import compute, compute_at, totals
from estimator.errors import EstimatorError
from estimator.estimate import completed, open_book
from estimator.scenario.document import as_document
from estimator.scenario.pointer import escaped, input_at, tokens_of, with_values
from estimator.web.schemas.scenario import read_scenario
from tests.shipped import LIBRARY

EVERYTHING = Path(__file__).parent.parent / "scenarios" / "everything.yaml"
SCENARIO = read_scenario(yaml.safe_load(EVERYTHING.read_text(encoding="utf-8")))
BOOK = open_book(SCENARIO, LIBRARY)
COMPLETE = completed(SCENARIO, BOOK)


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


def varied():
    """Every single number of the scenario that takes a column, with three legal values."""
    for pointer, value in leaves(as_document(COMPLETE)):
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        try:
            declared = input_at(COMPLETE, pointer)
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


VARIED = dict(varied())


def touched_by(pointer):
    """The scenario with the approaches that a pointer touches and those they need: the others change nothing."""
    part, name, *_ = [*tokens_of(pointer), ""]
    if part != "approaches":
        return COMPLETE
    kept = {"prompt", "sums"}

    def keep(each):
        if each in COMPLETE.approaches and each not in kept:
            kept.add(each)
            for role in ("first", "then", "fallback", "bridge"):
                keep(getattr(COMPLETE.approaches[each], role, None))

    keep(name)
    return replace(COMPLETE, approaches={each: plan for each, plan in COMPLETE.approaches.items() if each in kept})


@pytest.mark.property
@pytest.mark.parametrize("pointer", VARIED)
def test_a_column_gives_what_each_cell_gives_alone(pointer):
    values = VARIED[pointer]
    scenario = touched_by(pointer)
    together = totals(with_values(scenario, {pointer: np.array(values)[:, None]}), BOOK)
    for cell, value in enumerate(values):
        alone = totals(with_values(scenario, {pointer: value}), BOOK)
        for name, total in alone.items():
            many = np.broadcast_to(together[name], len(values))
            assert many[cell] == pytest.approx(total[0], rel=1e-12, abs=1e-9), (name, value)


def test_nearly_every_input_of_the_engine_is_varied_here():
    assert len(VARIED) > 200


BASE = compute(COMPLETE, BOOK)


@pytest.mark.property
@pytest.mark.parametrize("pointer", VARIED)
def test_what_is_kept_from_an_earlier_computation_changes_no_figure(pointer):
    """Outlines that a value does not enter are reused: every total must be the one of a computation from nothing."""
    held = BASE.setting.choices.taken
    columns = {pointer: np.array(VARIED[pointer])[:, None]}
    noted = (list(BASE.setting.notes.assumptions), list(BASE.setting.notes.warnings))
    anew, kept = compute(with_values(COMPLETE, columns), BOOK, held), compute_at(BASE, BOOK, columns, held)
    for name, curve in anew.curves.items():
        assert np.array_equal(curve.after_usd, kept.curves[name].after_usd), name
    assert (BASE.setting.notes.assumptions, BASE.setting.notes.warnings) == noted
