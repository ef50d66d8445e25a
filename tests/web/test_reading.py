import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from estimator.scenario import FineTuning, Range, Scenario
from estimator.scenario.document import as_document
from estimator.web.schemas.objections import InvalidRequestError
from estimator.web.schemas.scenario import read_scenario
from tests.web.scenarios import scenarios

SLOW = settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a scenario is too large to be shrunk in useful time
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def lump(**more: Any) -> dict[str, Any]:
    return {"kind": "lump_sum", **more}


def document(**more: Any) -> dict[str, Any]:
    workload = {"requests_per_month": 1000, "input_tokens": 10, "output_tokens": 5}
    return {"workload": workload, "approaches": {"a": lump(), "b": lump()}, **more}


def objections(sent: Any) -> dict[str, str]:
    with pytest.raises(InvalidRequestError) as refused:
        read_scenario(sent)
    return {each.pointer: str(each.detail) for each in refused.value.objections}


def test_a_scenario_becomes_the_frozen_objects_of_the_engine() -> None:
    tuned = {"kind": "fine_tuning", "epochs": 2, "training": {"kind": "managed"}, "serving": {"kind": "gpus"}}
    found = read_scenario(document(approaches={"few/many": lump(upfront_usd=5), "tuned": tuned}))
    assert isinstance(found, Scenario)
    assert isinstance(found.approaches["tuned"], FineTuning)
    assert found.approaches["tuned"].epochs == 2.0
    assert isinstance(found.approaches["tuned"].epochs, float)
    assert isinstance(found.horizon_months, int)


def test_a_range_stands_where_a_number_may_vary() -> None:
    found = read_scenario(
        document(approaches={"a": lump(upfront_usd={"low": 60, "mode": 90, "high": 180}), "b": lump()})
    )
    assert found.approaches["a"].upfront_usd == Range(low=60.0, mode=90.0, high=180.0)


@pytest.mark.parametrize(
    ("changed", "pointer", "words"),
    [
        ({"horizon_months": "12"}, "/horizon_months", "Must be a number, not the text '12'."),
        ({"horizon_months": True}, "/horizon_months", "Must be a number, not true or false."),
        ({"horizon_months": 12.5}, "/horizon_months", "Must be a whole number, not 12.5."),
        ({"horizon_months": 0}, "/horizon_months", "Must be at least 1 and at most 600, not 0."),
        ({"horizon_months": None}, "/horizon_months", "Must not be null."),
        ({"horizon_months": {"low": 1, "mode": 2, "high": 3}}, "/horizon_months", "Takes one number"),
        ({"annual_discount_rate": float("nan")}, "/annual_discount_rate", "Must be a finite number."),
        ({"annual_discount_rate": 10**400}, "/annual_discount_rate", "Must be a finite number."),
        ({"annual_discount_rate": {}}, "/annual_discount_rate", "Must be a number, or a range"),
        ({"annual_discount_rate": {"low": 1, "mode": "2"}}, "/annual_discount_rate/mode", "not the text '2'"),
        ({"annual_discount_rate": {"low": 3, "mode": 2, "high": 1}}, "/annual_discount_rate", "low <= mode <= high"),
        ({"annual_discount_rate": {"low": 1, "mode": 2, "high": 11}}, "/annual_discount_rate", "at most 10"),
        ({"annual_discount_rate": {"low": 1, "hihg": 2}}, "/annual_discount_rate/hihg", "Nearest known: high"),
        ({"horizon_month": 3}, "/horizon_month", "Unknown field 'horizon_month'. Nearest known: horizon_months."),
        ({"name": "a\nb"}, "/name", "control characters"),
        ({"name": "x" * 501}, "/name", "at most 500 characters"),
        ({"name": 3}, "/name", "Must be a text, not a number."),
        ({"delay_policy": "brige"}, "/delay_policy", "Unknown choice 'brige'. Nearest known: bridge"),
        ({"start_date": "2026-02-30"}, "/start_date", "day of the calendar"),
        ({"start_date": "20261120"}, "/start_date", "YYYY-MM-DD"),
        ({"start_date": "9999-01-01"}, "/start_date", "years 1970 to 2199"),
        ({"workload": []}, "/workload", "Must be an object."),
        ({"workload": {}}, "/workload/requests_per_month", "Required: Requests in the first month."),
        ({"approaches": {"a": lump()}}, "/approaches", "at least two approaches, not 1"),
        ({"approaches": []}, "/approaches", "Must be an object of approaches by name, not a list."),
        ({"approaches": {"a": {}, "b": lump()}}, "/approaches/a/kind", "Required: one of prompt_engineering"),
        ({"approaches": {"a": lump(), "b": {"kind": "lumpsum"}}}, "/approaches/b/kind", "Nearest known: lump_sum."),
        ({"approaches": {"a/b~c": 3, "b": lump()}}, "/approaches/a~1b~0c", "Must be an object, not a number."),
        ({"approaches": {"": lump(), "b": lump()}}, "/approaches/", "at least 1 character"),
        ({"approaches": {"x" * 121: lump(), "b": lump()}}, f"/approaches/{'x' * 120}…", "at most 120 characters"),
        ({"approaches": {str(n): lump() for n in range(51)}}, "/approaches", "At most 50 approaches"),
        (
            {"approaches": {"a": lump(events=[{"month": 0, "usd": 1}]), "b": lump()}},
            "/approaches/a/events/0/month",
            "at least 1",
        ),
        ({"approaches": {"a": lump(events={}), "b": lump()}}, "/approaches/a/events", "Must be a list, not an object."),
        ({"price_book": {"known_by": "2026-01-01"}}, "/price_book/on", "Required"),
        ({"price_overrides": [{"offers": "x", "share": 2}]}, "/price_overrides/0/share", "at most 1"),
        ({"price_overrides": [{"table": "x"}]}, "/price_overrides/0/value", "Required"),
        ({"correlations": [{"first": "/a"}]}, "/correlations/0/second", "Required"),
    ],
)
def test_what_may_not_stand_is_named_with_its_pointer(changed: dict[str, Any], pointer: str, words: str) -> None:
    found = objections(document(**changed))
    assert words in found[pointer]


@pytest.mark.parametrize("sent", [None, [], "x", 3, True])
def test_a_document_that_is_no_object_is_refused(sent: Any) -> None:
    assert objections(sent) == {"": "Must be an object."}


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = objections(document(horizon_months=0, wrokload=1, approaches={"a": {"kind": "staged"}, "b": 3}))
    assert list(found) == ["/approaches/a/first", "/approaches/a/then", "/approaches/b", "/horizon_months", "/wrokload"]


def test_a_thousand_unknown_fields_are_refused_without_echoing_them_all() -> None:
    found = objections(document(**{f"{'x' * 5000}{n}": 1 for n in range(1000)}))
    assert len(found) <= 100
    assert all(len(pointer) + len(detail) < 1000 for pointer, detail in found.items())


@pytest.mark.parametrize(
    ("caching", "words"),
    [
        ("always", 'Must be "none", "auto"'),
        ({"hit_rate": 0.5, "ttl_minutes": 5}, "alone"),
        ({}, "alone"),
        (0.5, "not a number"),
    ],
)
def test_prompt_caching_is_one_of_four(caching: Any, words: str) -> None:
    prompted = {"kind": "prompt_engineering", "prompt_tokens": 1, "serving": {"kind": "api", "prompt_caching": caching}}
    found = objections(document(approaches={"a": prompted, "b": lump()}))
    assert words in found["/approaches/a/serving/prompt_caching"]


@pytest.mark.property
@SLOW
@given(sent=scenarios())
def test_a_complete_scenario_posted_back_is_the_same_scenario(sent: dict[str, Any]) -> None:
    """The echo of an answer, filled with defaults and sent through JSON, reads as the scenario it came from."""
    found = read_scenario(sent)
    echoed = json.loads(json.dumps(as_document(found)))
    assert read_scenario(echoed) == found
    assert as_document(read_scenario(echoed)) == echoed


@pytest.fixture(scope="session")
def published(app: Any) -> Draft202012Validator:
    """The published schema of a scenario, as an independent validator reads it."""
    schema = {**app.extensions["openapi"], "$ref": "#/components/schemas/Scenario"}
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def is_refused(sent: Any) -> bool:
    try:
        read_scenario(sent)
    except InvalidRequestError as refusal:
        return not refusal.contradictory
    return False


@pytest.mark.contract
@SLOW
@given(sent=scenarios())
def test_what_is_read_is_what_is_published(published: Draft202012Validator, sent: dict[str, Any]) -> None:
    assert published.is_valid(sent)
    assert not is_refused(sent)


JUNK = st.sampled_from(
    [None, True, "100", -1, -1.0, 0, 1e16, 1e300, 1.5, [], {}, [1], {"low": 1}, "x" * 600, "a\tb", "none"]
)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    for key, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        found += places(child, (*path, key))
    return found


@pytest.mark.contract
@SLOW
@given(sent=scenarios(), chosen=st.integers(0, 10**6), junk=JUNK)
def test_what_is_refused_is_what_the_published_schema_refuses(
    published: Draft202012Validator, sent: dict[str, Any], chosen: int, junk: Any
) -> None:
    """One place of a legal scenario is overwritten with junk; reader and published schema agree on it."""
    found = places(sent)[1:]
    *parents, last = found[chosen % len(found)]
    owner = sent = deepcopy(sent)
    for key in parents:
        owner = owner[key]
    owner[last] = junk
    assert is_refused(sent) == (not published.is_valid(sent))
