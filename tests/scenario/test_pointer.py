"""Values put at many pointers at once, against the same values put one after the other."""

from pathlib import Path

import pytest
import yaml

from estimator.errors import ScenarioError
from estimator.scenario import Range
from estimator.scenario.pointer import input_at, numbers_in, value_at, with_values
from estimator.web.schemas.scenario import read_scenario

EVERYTHING = Path(__file__).parent.parent / "scenarios" / "everything.yaml"


def test_many_values_at_once_are_the_same_one_after_the_other() -> None:
    whole = read_scenario(yaml.safe_load(EVERYTHING.read_text(encoding="utf-8")))
    moved = {}
    for pointer, value in numbers_in(whole).items():
        try:
            if not input_at(whole, pointer).fixed:
                moved[pointer] = Range(low=value, mode=value, high=value)
        except ScenarioError:
            continue
    moved["/price_overrides/openai~1gpt-4o/input_token"] = 1.25
    assert len({pointer.split("/")[1] for pointer in moved}) > 5
    alone = whole
    for pointer, value in moved.items():
        alone = with_values(alone, {pointer: value})
    together = with_values(whole, moved)
    assert together == alone
    assert all(value_at(together, pointer) == value for pointer, value in moved.items())


@pytest.mark.parametrize("place", ["1", "01"])
def test_a_place_in_a_list_is_a_number_however_it_is_written(place: str) -> None:
    plan = {"kind": "lump_sum", "events": [{"month": 1, "usd": 5}, {"month": 2, "usd": 7}]}
    load = {"requests_per_month": 1, "input_tokens": 1, "output_tokens": 1}
    scenario = read_scenario({"workload": load, "approaches": {"A": plan, "B": {"kind": "lump_sum"}}})
    found = with_values(scenario, {f"/approaches/A/events/{place}/usd": 9.0})
    assert [each.usd for each in found.approaches["A"].events] == [5, 9.0]
