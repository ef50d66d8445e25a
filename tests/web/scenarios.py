"""Random scenarios, drawn from the declarations of the inputs: a second reader of what may be sent."""

from dataclasses import MISSING, fields
from typing import Any

from hypothesis import strategies as st

from estimator.scenario import PLANS, Scenario
from estimator.scenario.inputs import Input, inputs_of

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=12)
OWN_READERS = ("approaches", "price_book", "price_overrides", "correlations", "prompt_caching")


def required(owner: type) -> set[str]:
    return {each.name for each in fields(owner) if each.default is MISSING and each.default_factory is MISSING}


def numbers(declared: Input) -> st.SearchStrategy[Any]:
    low, high = declared.low, declared.high
    if declared.kind == "whole":
        assert low is not None
        assert high is not None
        return st.integers(int(low) + declared.low_open, int(high) - declared.high_open)
    return st.floats(
        low, high, exclude_min=declared.low_open, exclude_max=declared.high_open, allow_nan=False, allow_infinity=False
    )


def ranges(declared: Input) -> st.SearchStrategy[dict[str, Any]]:
    three = st.tuples(numbers(declared), numbers(declared), numbers(declared)).map(sorted)
    return three.map(lambda ends: dict(zip(("low", "mode", "high"), ends, strict=True)))


def values(declared: Input) -> st.SearchStrategy[Any]:
    match declared.kind:
        case "number" | "whole":
            found: st.SearchStrategy[Any] = numbers(declared)
            if not declared.fixed:
                found = st.one_of(found, found, found, ranges(declared))
        case "choice":
            found = st.sampled_from(declared.choices)
        case "text":
            found = NAMES
        case "flag":
            found = st.booleans()
        case "date":
            found = st.dates().filter(lambda day: 1970 <= day.year <= 2199).map(str)
        case "numbers":
            found = st.lists(numbers(declared), max_size=12)
        case "texts":
            found = st.lists(NAMES, max_size=5)
        case "object" | "one_of":
            found = st.one_of([objects(owner, kind) for kind, owner in (declared.variants or {}).items()])
        case "objects":
            (owner,) = (declared.variants or {}).values()
            found = st.lists(objects(owner, ""), max_size=3)
        case _:
            raise AssertionError(declared.kind)
    return st.none() | found if declared.nullable else found


def objects(owner: type, kind: str) -> st.SearchStrategy[dict[str, Any]]:
    must = required(owner)
    known: dict[str, Input] = {name: each for name, each in inputs_of(owner).items() if name not in OWN_READERS}
    given = {name: values(each) for name, each in known.items()}
    drawn = st.fixed_dictionaries(
        {name: each for name, each in given.items() if name in must},
        optional={name: each for name, each in given.items() if name not in must},
    )
    return drawn.map(lambda found: {"kind": kind, **found}) if kind else drawn


def scenarios() -> st.SearchStrategy[dict[str, Any]]:
    """Documents whose every field is legal by itself; names in them need not exist."""
    plans = st.one_of([objects(plan, kind) for kind, plan in PLANS.items()])
    approaches = st.dictionaries(NAMES, plans, min_size=2, max_size=3)
    return st.builds(lambda top, found: {**top, "approaches": found}, objects(Scenario, ""), approaches)
