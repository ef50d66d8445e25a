"""Terms of a working add up to the figure that they explain: by the months, by what bridges, by their shares."""

import re
from typing import Any

import pytest
from flask import Flask

from estimator.presets import presets
from estimator.web.page import solve
from estimator.web.report.report import Report
from estimator.web.report.workings import Working

NO_SUMS = re.compile("average|thousand|good|success|ready|month|_hours|gpu|training_|energy|memory|replicas|wall_clock")
"""Figures that are no sum of money of their terms: quotients, and quantities that name the component they are of."""


def workings_of(app: Flask, scenario: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Working]]:
    with app.test_request_context():
        found = solve(scenario, trace=True)[1]
    report = Report(found, frozenset({"workings"}))
    return found, {each.id: each for _, workings in report.workings for each in workings}


def amount(text: str) -> float:
    return float(text.partition(" ")[0].replace(",", ""))


@pytest.mark.property
@pytest.mark.parametrize("policy", ["bridge", "unserved", "ignore"])
@pytest.mark.parametrize("preset", sorted(presets()))
def test_the_terms_of_every_figure_add_up_to_it(app: Flask, preset: str, policy: str) -> None:
    """Amounts are whole, so each term may be off by a half; the components are those of the answer."""
    found, workings = workings_of(app, {**presets()[preset].scenario, "delay_policy": policy})
    checked = 0
    for each in workings.values():
        if each.terms and not NO_SUMS.search(each.id):
            off = 0.51 * (len(each.terms) + 1)
            assert sum(amount(term.amount) for term in each.terms) == pytest.approx(amount(each.amount), abs=off)
            checked += 1
    assert checked > len(found["approaches"])
    for place, approach in enumerate(found["approaches"].values(), 1):
        for part in approach["components"]:
            if part["recurring_usd"]:
                working = workings[f"{place}-{part['id']}"]
                assert working.terms
                assert amount(working.amount) == pytest.approx(part["total_usd"], abs=0.5)


def test_what_starts_within_a_month_is_paid_for_the_rest_of_it(app: Flask) -> None:
    """By hand: upkeep F from L = 1.x months on: F (2 - L) v^2, then F in the months 3 to 24; v = 1.08^(-1/12)."""
    found, workings = workings_of(app, presets()["review-sentiment"].scenario)
    lead = found["approaches"]["tuned 8B on own replicas"]["lead_time_months"]
    assert 1 < lead < 2
    monthly = float(workings["2-upkeep"].steps[-1]["value"].replace(",", ""))
    part, whole = workings["2-upkeep"].terms
    assert part.name == f"month 2: {100 * (2 - lead):.3g}% of {monthly:,.0f}"
    assert amount(part.amount) == pytest.approx(monthly * (2 - lead) * 1.08 ** (-2 / 12), abs=0.6)
    assert whole.name == f"months 3 to 24: {monthly:,.0f} each"
    assert amount(whole.amount) == pytest.approx(sum(monthly * 1.08 ** (-m / 12) for m in range(3, 25)), abs=2)
    assert "(1 - b(m))" in workings["2-upkeep"].equation
    assert f"after {lead:.1f} months" in workings["2-upkeep"].equation


def test_a_bridge_leads_to_the_parts_of_what_serves_instead(app: Flask) -> None:
    found, workings = workings_of(app, presets()["review-sentiment"].scenario)
    terms = workings["2-bridge"].terms
    assert {term.working for term in terms} <= set(workings)
    assert {term.working.partition("-")[0] for term in terms} == {"1"}
    lead = found["approaches"]["tuned 8B on own replicas"]["lead_time_months"]
    first, second = found["approaches"]["few-shot prompt"]["monthly_usd"][:2]
    by_hand = first * 1.08 ** (-1 / 12) + (lead - 1) * second * 1.08 ** (-2 / 12)
    assert sum(amount(term.amount) for term in terms) == pytest.approx(by_hand, abs=3)


def test_dated_work_names_its_months_and_stated_sums_their_amount(app: Flask) -> None:
    """The tuned model of this example is refreshed every 6 months, and not at the end of the 24th."""
    _, workings = workings_of(app, presets()["review-sentiment"].scenario)
    (refreshes,) = workings["2-refresh"].terms
    assert refreshes.name.startswith("months 6, 12 and 18: ")
    assert refreshes.name.endswith(" each")
    stated = presets()["review-sentiment"].scenario["approaches"]["few-shot prompt"]["monthly_fixed_usd"]
    assert workings["1-fixed"].note == "As stated in the scenario."
    assert [term.name for term in workings["1-fixed"].terms] == [f"months 1 to 24: {stated:,.0f} each"]


def test_a_price_in_a_working_leads_to_its_source(app: Flask) -> None:
    _, workings = workings_of(app, presets()["review-sentiment"].scenario)
    rows = [row for each in workings.values() for step in each.steps for row in step["rows"]]
    assert rows
    assert all(row["source"] for row in rows)
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\d", row["checked_on"] or "2026-11-20") for row in rows)
    assert any((row["source_url"] or "").startswith("https://") for row in rows)
