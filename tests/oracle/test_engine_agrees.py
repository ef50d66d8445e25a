"""The engine agrees with the second, exact implementation on random scenarios of all kinds."""

import os
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, event, given, settings

from estimator.answer import answer
from estimator.estimate import estimate
from estimator.web.schemas.scenario import read_scenario
from tests.oracle.bills import Oracle
from tests.oracle.crossing import sequence, summary
from tests.oracle.exact_numbers import exact
from tests.oracle.questions import lump_sum, questions
from tests.shipped import LIBRARY

EXAMPLES = int(os.environ.get("ESTIMATOR_TEST_EXAMPLES", "80"))
THOROUGH = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
RELATIVE = 1e-10


def answered(question, sections=frozenset()):
    return answer(estimate(read_scenario(question), LIBRARY, frozenset(sections)))


def near(found, expected, scale):
    return abs(Fraction(found) - expected) <= Fraction(RELATIVE) * scale + Fraction(1, 10**9)


@pytest.mark.property
@given(questions())
@THOROUGH
def test_totals_curves_jumps_and_crossings(question):
    compare(question)


@pytest.mark.property
@given(questions(plain=lump_sum))
@THOROUGH
def test_sums_with_jumps_in_the_same_month(question):
    compare(question)


def compare(question):
    oracle = Oracle(exact(question))
    found = answered(question)
    curves = {name: oracle.curve(name) for name in question["approaches"]}
    for name, (before, after) in curves.items():
        mine = found["approaches"][name]
        scale = max(abs(c) for c in (*before, *after))
        if ties_in_switch(question, name, oracle):
            event("two switch months cost the same")
            assert near(mine["total_usd"], after[-1], scale), name
            return
        assert near(mine["upfront_usd"], after[0], scale), name
        assert near(mine["total_usd"], after[-1], scale), name
        assert all(near(a, b, scale) for a, b in zip(mine["cumulative_usd"], after, strict=True)), name
        for jump in mine["jumps"]:
            assert near(jump["before_usd"], before[jump["month"]], scale), name
            assert near(jump["after_usd"], after[jump["month"]], scale), name
        seen = {jump["month"] for jump in mine["jumps"]}
        hidden = [m for m in range(1, oracle.months + 1) if m not in seen and before[m] != after[m]]
        assert all(near(float(before[m]), after[m], scale) for m in hidden), name
    for pair in found["break_even"]:
        compare_crossings(pair, curves[pair["candidate"]], curves[pair["baseline"]])


def ties_in_switch(question, name, oracle):
    """Whether a searched switch month has an equal, here or in a part: floats may then choose another one."""
    plan = question["approaches"][name]
    parts = [plan[part] for part in ("first", "then", "fallback", "bridge") if plan.get(part)]
    totals = sorted(oracle.switch_totals.get(name, ()))
    equal = len(totals) > 1 and totals[1] - totals[0] <= Fraction(1, 10**9) * max(abs(total) for total in totals)
    return equal or any(ties_in_switch(question, part, oracle) for part in parts)


def compare_crossings(pair, candidate, baseline):
    gaps, zero = sequence(candidate, baseline)
    if any(zero / 2 < abs(gap) < zero * 2 for gap in gaps):
        event("a difference stands at the threshold of zero")
        return
    months = pair["months"]
    status, first, sustained, crossings = summary(gaps, zero)
    event(f"status {status}")
    assert months["status"] == status
    assert len(months["crossings"]) == len(crossings)
    for mine, (month, direction, kind) in zip(months["crossings"], crossings, strict=True):
        assert (mine["direction"], mine["kind"]) == (direction, kind)
        assert close_in_time(mine["month"], month, gaps, zero)
    for mine, expected in ((months["first"], first), (months["sustained"], sustained)):
        assert (mine is None) == (expected is None)
        assert expected is None or close_in_time(mine, expected, gaps, zero)
    assert abs(Fraction(pair["saving_at_horizon_usd"]) + gaps[-1]) <= zero


def close_in_time(found, expected, gaps, zero):
    """The same month; or, where the curves run side by side, a month in which they differ by next to nothing."""
    if abs(Fraction(found) - expected) <= Fraction(1, 10**6):
        return True
    month = min(int(found), (len(gaps) - 1) // 2 - 1)
    start, end = gaps[2 * month], gaps[2 * month + 1]
    return abs(start + (end - start) * (Fraction(found) - month)) <= 4 * zero
