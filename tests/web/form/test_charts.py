"""Every chart is a valid Vega-Lite specification, says its finding, and shows the numbers of the answer."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import altair as alt
import pytest
from flask import Flask

from estimator.presets import presets
from estimator.web.book import current_library
from estimator.web.charts.catalogue import CHARTS, draw, drawable, rows_of
from estimator.web.charts.parts import COLOURS, DASHES, SHAPES
from estimator.web.charts.small_specs import written_small
from estimator.web.page import solve
from estimator.web.report.input_curve import add_input_curve
from estimator.web.report.levers import add_tornado
from estimator.web.report.range_shares import add_range_shares
from estimator.web.words.wording import discounted


@pytest.fixture(scope="module", params=sorted(presets()))
def found(request: pytest.FixtureRequest, app: Flask) -> dict[str, Any]:
    with app.test_request_context():
        estimated, answered = solve(presets()[request.param].scenario)
        add_tornado(estimated, answered)
        add_input_curve(estimated, current_library(), answered, {})
        return answered


@pytest.fixture(scope="module")
def ranged(app: Flask) -> dict[str, Any]:
    """An answer that holds every chart: two inputs are ranges, one of them moves the saving, one hardly."""
    document = json.loads(json.dumps(presets()["entity-extraction"].scenario))
    document["workload"]["requests_per_month"] = {"low": 200000, "mode": 320000, "high": 500000}
    document["labelling"]["guideline_hours"] = {"low": 1, "mode": 2, "high": 3}
    document["target_success_rate"] = 0.5
    with app.test_request_context():
        estimated, answered = solve(document)
        add_tornado(estimated, answered)
        add_input_curve(estimated, current_library(), answered, {"curve": "/workload/input_tokens"})
        add_range_shares(estimated, answered)
        return answered


def test_charts_are_specifications_that_altair_accepts(found: dict[str, Any]) -> None:
    for name in drawable(found):
        alt.Chart.from_dict(draw(name, found), validate=True)


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_valid_where_ranges_are_given(ranged: dict[str, Any], name: str) -> None:
    alt.Chart.from_dict(draw(name, ranged), validate=True)


@pytest.mark.parametrize("name", CHARTS)
def test_says_what_it_shows(ranged: dict[str, Any], name: str) -> None:
    spec = draw(name, ranged)
    title, _, finding = " ".join(spec["title"]["text"]).partition(": ")
    assert len(title) > 10
    assert len(finding) > 20
    assert finding.rstrip(".") in spec["description"]


def test_shares_of_the_variance_stand_by_the_input_that_brings_them(ranged: dict[str, Any]) -> None:
    """The traffic varies by a factor of 2.5; the guideline by two hours of one expert, which both approaches pay."""
    shares = {row["input"]: row["share"] for row in draw("what-is-uncertain", ranged)["data"]["values"]}
    assert max(shares, key=lambda name: shares[name]) == "Requests a month"
    assert shares["Requests a month"] > 0.9


def test_curve_over_an_input_meets_the_break_even_of_the_answer(found: dict[str, Any]) -> None:
    """At the stated value, between two points of the curve, stands the month that the engine found on its own."""
    curve = found["input_curve"]
    for pair in found["break_even"]:
        months = curve["months"].get(pair["candidate"])
        if pair["baseline"] != found["scenario"]["baseline"] or pair["months"]["first"] is None:
            continue
        points = zip(curve["values"], [min(roots, default=None) for roots in months], strict=True)
        around = next((low, high) for low, high in pairwise(points) if low[0] <= curve["today"] <= high[0])
        known = [month for _, month in around if month is not None]
        if len(known) == 2:
            slack = 1e-6 + abs(known[1] - known[0])
            assert min(known) - slack <= pair["months"]["first"] <= max(known) + slack


def test_points_of_quality_are_those_of_the_answer(found: dict[str, Any]) -> None:
    if "quality-and-cost" not in drawable(found):
        return
    for row in draw("quality-and-cost", found)["data"]["values"]:
        approach = found["approaches"][row["approach"]]
        assert row["success_rate"] == approach["success_rate"]
        assert row["cost_usd"] == pytest.approx(approach["total_usd"], rel=1e-5)


def test_data_of_the_curve_hold_its_bands(ranged: dict[str, Any]) -> None:
    rows = rows_of("cost-over-time", ranged)
    for row in rows:
        band = ranged["approaches"][row["approach"]]["bands"]["cumulative_usd"]
        assert row["p10_usd"] == band["p10"][row["month"]]
        assert row["p90_usd"] == band["p90"][row["month"]]
    assert not {"order", "label", "line"} & set(rows[0])


def unpacked(node: Any, shared: list[Any]) -> Any:
    """Undo what the page does to its charts, as its script does."""
    if isinstance(node, dict):
        if "$" in node:
            return unpacked(shared[node["$"]], shared)
        return {key: unpacked(value, shared) for key, value in node.items()}
    return [unpacked(each, shared) for each in node] if isinstance(node, list) else node


def test_charts_of_the_page_are_the_same_charts(ranged: dict[str, Any]) -> None:
    held = json.loads(written_small({name: draw(name, ranged) for name in CHARTS}))
    for name in CHARTS:
        assert in_rows(unpacked(held["charts"][name], held["shared"])) == draw(name, ranged)


def in_rows(node: Any) -> Any:
    """Undo the columns: words by their places, columns that repeat themselves written out."""
    if isinstance(node, list):
        return [in_rows(each) for each in node]
    if not isinstance(node, dict):
        return node
    if node.keys() != {"words", "columns"}:
        return {key: in_rows(each) for key, each in node.items()}
    columns = {key: [words[place] for place in in_full(places)] for key, (words, places) in node["words"].items()}
    columns |= {key: in_full(column) for key, column in node["columns"].items()}
    return {"values": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]}


def in_full(column: Any) -> list[Any]:
    if isinstance(column, list):
        return column
    return (
        [value for value in column["of"] for _ in range(column["each"])]
        if "each" in column
        else (column["again"] * column["of"])
    )


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


def test_the_tornado_says_whose_saving_it_shows_and_how_far_each_input_is_moved(found: dict[str, Any]) -> None:
    """Which inputs are ranges is read from the scenario; one call a request is a default that nobody chose."""
    levers, ranged = found["levers"], {pointer for pointer, _ in ranges_of(found["scenario"])}
    spec = draw("what-matters", found)
    axis = " ".join(spec["layer"][0]["encoding"]["x"]["title"])
    assert axis == f"What {levers['best']} saves against {levers['rival']}, USD{discounted(found)}"
    finding = " ".join(spec["title"]["text"])
    words = rf"(saves USD \S+ against|costs USD \S+ more than) {levers['rival']}; at .*, it (saves|costs) USD [^- ]+"
    assert re.search(f", {levers['best']} {words}( more)?[.]$", finding)
    for bar in levers["bars"]:
        assert bar["label"].endswith(" (range)") == (bar["pointer"] in ranged)
        assert bar["pointer"].rpartition("/")[2] not in ("calls_per_request", "attempts_per_call", "tasks")
    assert ("P10" in levers["moved"]) == any(bar["pointer"] in ranged for bar in levers["bars"])


def ranges_of(node: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Walk over a document and yield what states a distribution."""
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, part in parts:
        place = f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"
        if isinstance(part, dict) and "dist" in part:
            yield place, part
        else:
            yield from ranges_of(part, place)
