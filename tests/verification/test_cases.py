"""Every published and hand-worked case, run as the command line and the API run them."""

import json
from dataclasses import replace

import pytest

from estimator.price_book import Library
from estimator.verification import as_document, verify
from estimator.verification.cases import Case, Figure, cases, exclusions
from estimator.verification.checking import agrees, run
from estimator.verification.reading import scenario_of
from estimator.web.schemas.scenario import read_scenario

RESULTS = verify()


@pytest.mark.golden
@pytest.mark.parametrize("result", RESULTS, ids=lambda result: result.id)
def test_case_gives_the_expected_figure(result):
    assert result.passed, f"{result.title}: expected {result.expected}, computed {result.computed}"


def test_every_identifier_is_used_once():
    ids = [result.id for result in RESULTS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("case", [case for case in cases() if case.scenario], ids=lambda case: case.id)
def test_case_is_a_legal_request_and_is_read_as_the_api_reads_it(case):
    assert read_scenario(json.loads(json.dumps(case.scenario))) == scenario_of(case.scenario)


def test_document_holds_nothing_but_json():
    document = as_document(RESULTS)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["failed"] == 0
    assert document["passed"] == len(document["cases"]) > 200


def test_every_exclusion_gives_a_reason_and_is_not_run():
    run_ids = {result.id.split(".")[0] for result in RESULTS}
    for each in exclusions():
        assert each.reason
        assert each.id not in run_ids


def test_a_wrong_expectation_is_reported_as_failed():
    case = next(case for case in cases() if case.id == "TT01")
    wrong = replace(case, figures=tuple(replace(figure, expected=2.5) for figure in case.figures))
    assert [result.passed for result in run(wrong, Library())] == [False]


def test_reproducing_the_error_of_a_peer_is_reported_as_failed():
    case = next(case for case in cases() if case.id == "ER07")
    same = replace(case, figures=tuple(replace(figure, peer=400.0) for figure in case.figures))
    assert [result.passed for result in run(same, Library())] == [False]


@pytest.mark.parametrize(
    ("expected", "computed", "tolerance", "passes"),
    [
        (100.0, 100.4, {"relative": 0.005}, True),
        (100.0, 101.0, {"relative": 0.005}, False),
        (100.0, 90.0, {"relative": (-0.15, 0.01)}, True),
        (100.0, 102.0, {"relative": (-0.15, 0.01)}, False),
        (None, 1.0, {}, False),
        (None, None, {}, True),
        (1.0, float("nan"), {"relative": 1.0}, False),
        ([1.0], [1.0, 2.0], {}, False),
        ({"a": 1.0}, {"a": 1.0, "b": 2.0}, {}, True),
        (2.0, [1.0, 3.0], {"within": True}, True),
        (4.0, [1.0, 3.0], {"within": True}, False),
    ],
)
def test_agreement(expected, computed, tolerance, passes):
    assert agrees(expected, computed, Figure("x", "x", expected, **tolerance)) is passes


def test_a_case_reads_as_written():
    assert all(isinstance(case, Case) and case.figures for case in cases())
