"""Every chart is a valid Vega-Lite specification, says its finding, and shows the numbers of the answer."""

import re
from itertools import pairwise
from typing import Any

import altair as alt
import pytest
from flask import Flask

from estimator.presets import presets
from estimator.web.book import current_library
from estimator.web.chart_parts import COLOURS, DASHES, SHAPES
from estimator.web.charts import CHARTS, draw, drawable
from estimator.web.input_curve import add_input_curve
from estimator.web.levers import add_levers
from estimator.web.page import solve


@pytest.fixture(scope="module", params=sorted(presets()))
def found(request: pytest.FixtureRequest, app: Flask) -> dict[str, Any]:
    with app.test_request_context():
        estimated, answered = solve(presets()[request.param].scenario)
        add_levers(estimated, answered)
        add_input_curve(estimated, current_library(), answered, {})
        return answered


@pytest.mark.parametrize("name", CHARTS)
def test_is_a_specification_that_altair_accepts(found: dict[str, Any], name: str) -> None:
    alt.Chart.from_dict(draw(name, found), validate=True)


@pytest.mark.parametrize("name", CHARTS)
def test_says_what_it_shows(found: dict[str, Any], name: str) -> None:
    spec = draw(name, found)
    finding = " ".join(spec["title"]["text"]).partition(": ")[2]
    assert len(finding) > 20
    assert spec["description"].startswith(("Cumulative cost", "Saving of", "Cost of"))


def test_curve_ends_at_the_totals(found: dict[str, Any]) -> None:
    rows = draw("cost-over-time", found)["data"]["values"]
    for name, approach in found["approaches"].items():
        last = [row["cost_usd"] for row in rows if row["approach"] == name][-1]
        assert last == pytest.approx(approach["total_usd"], rel=1e-5)


def test_bars_add_up_to_the_totals(found: dict[str, Any]) -> None:
    rows = draw("components", found)["data"]["values"]
    for name, approach in found["approaches"].items():
        bars = sum(row["cost_usd"] for row in rows if row["approach"] == name)
        assert bars == pytest.approx(approach["total_usd"], rel=1e-4)


def test_saving_at_todays_traffic_is_that_of_the_answer(found: dict[str, Any]) -> None:
    """Read between two points of the curve: the engine computed the same number on its own."""
    curve = found["volume_curve"]
    for pair in found["break_even"]:
        if pair["baseline"] != found["scenario"]["baseline"]:
            continue
        series = list(zip(curve["requests_per_month"], curve["saving_usd"][pair["candidate"]], strict=True))
        around = next((low, high) for low, high in pairwise(series) if low[0] <= curve["today"] <= high[0])
        low, high = sorted(saving for _, saving in around)
        slack = 1e-9 * abs(high) + (high - low)
        assert low - slack <= pair["saving_at_horizon_usd"] <= high + slack


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2."""
    parts = [int(part, 16) / 255 for part in re.findall("..", colour.removeprefix("#"))]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", COLOURS)
def test_lines_stand_out_from_white(colour: str) -> None:
    assert 1.05 / (luminance(colour) + 0.05) >= 3


def test_eight_approaches_are_told_apart_without_colour() -> None:
    assert len(set(DASHES)) == len(set(SHAPES)) == len(COLOURS) == 8


def test_bars_of_the_tornado_start_at_the_saving_of_the_answer(found: dict[str, Any]) -> None:
    best, baseline = found["recommendation"]["approach"], found["scenario"]["baseline"]
    totals = {name: each["total_usd"] for name, each in found["approaches"].items()}
    rival = baseline if best != baseline else min((name for name in totals if name != best), key=totals.__getitem__)
    rows = draw("what-matters", found)["data"]["values"]
    assert {row["base"] for row in rows} == {float(f"{totals[rival] - totals[best]:.6g}")}
    swings = [abs(bar["at_high"] - bar["at_low"]) for bar in found["levers"]["bars"]]
    assert swings == sorted(swings, reverse=True)
