"""The documents say what the code says."""

import inspect

from estimator.components import calendar, evaluation, hosting, labelling, labour, tokens, traffic, training
from estimator.explanation import read_formula
from tests.docs.formulas import PAGE, with_formulas

ROOMS = (calendar, evaluation, hosting, labelling, labour, tokens, traffic, training)


def test_the_page_holds_the_formulas_of_the_code():
    page = PAGE.read_text("utf-8")
    assert with_formulas(page) == page, "run python -m tests.docs"


def test_every_input_of_a_formula_has_a_symbol_and_a_unit():
    for room in ROOMS:
        for name, formula in inspect.getmembers(room, inspect.isfunction):
            if formula.__module__ != room.__name__ or name.startswith("_"):
                continue
            card = read_formula(formula)
            assert list(card.inputs) == list(inspect.signature(formula).parameters), name
            assert all(each.unit for each in card.inputs.values()), name
            assert card.equation, name
