"""The charts of an answer as Vega-Lite specifications: plain data, the same for page, command line and API."""

from collections.abc import Callable
from typing import Any

from estimator.web.charts.bars import components_chart, shares_chart, tornado_chart
from estimator.web.charts.over_input import input_chart
from estimator.web.charts.over_time import cumulative_chart
from estimator.web.charts.over_traffic import volume_chart
from estimator.web.charts.parts import COLOURS, DASHES, SHAPES, Answer, Spec, in_digits_of_a_picture
from estimator.web.charts.quality import quality_chart, rated

CHARTS: dict[str, Callable[[Answer], Spec]] = {
    "cost-over-time": cumulative_chart,
    "cost-by-traffic": volume_chart,
    "break-even-by-input": input_chart,
    "components": components_chart,
    "quality-and-cost": quality_chart,
    "what-matters": tornado_chart,
    "what-is-uncertain": shares_chart,
}
"""Every chart by the name under which it is asked for."""

NEEDED: dict[str, Callable[[Answer], bool]] = {
    "cost-by-traffic": lambda found: bool(found.get("volume_curve")),
    "break-even-by-input": lambda found: bool((found.get("input_curve") or {}).get("months")),
    "quality-and-cost": rated,
    "what-matters": lambda found: bool((found.get("levers") or {}).get("bars")),
    "what-is-uncertain": lambda found: any(
        row["with_others"] is not None for row in (found.get("range_shares") or {}).get("rows", ())
    ),
}
"""Whether an answer holds what a chart draws, where that is not in every answer."""


def drawable(found: Answer) -> list[str]:
    """Name the charts that an answer can show."""
    return [name for name in CHARTS if name not in NEEDED or NEEDED[name](found)]


def draw(name: str, found: Answer) -> Spec:
    """Make the specification of one chart."""
    drawn: Spec = in_digits_of_a_picture(CHARTS[name](found))
    return drawn


DRAWING = frozenset({"order", "label", "line"})
"""Columns of a chart that only say how it is drawn."""


def rows_of(name: str, found: Answer) -> list[dict[str, Any]]:
    """Return the rows that a chart draws, bands beside their curve, and values without a break-even too."""
    if name == "break-even-by-input":
        curve = found["input_curve"]
        return [
            {"approach": approach, "value": value, curve["sought"]["field"]: root}
            for approach, found_roots in curve["months"].items()
            for value, roots in zip(curve["values"], found_roots, strict=True)
            for root in roots or [None]
        ]
    rows = [
        {key: value for key, value in row.items() if key not in DRAWING}
        for row in CHARTS[name](found)["data"]["values"]
    ]
    if name == "what-matters":
        rows = [row | value_and_unit(row.pop("at")) for row in rows]
    if name == "cost-over-time":
        for row in rows:
            band = (found["approaches"][row["approach"]].get("bands") or {}).get("cumulative_usd")
            if band:
                row |= {f"{each}_usd": band[each][row["month"]] for each in ("p10", "p90")}
    return rows


def value_and_unit(told: str) -> dict[str, Any]:
    """Take a value that was written for people apart, so that a spreadsheet can count with it.

    Examples
    --------
    >>> value_and_unit("-1.39%"), value_and_unit("7,200,000"), value_and_unit("5.8 hours a month")
    ({'value': -1.39, 'unit': '%'}, {'value': 7200000.0, 'unit': ''}, {'value': 5.8, 'unit': 'hours a month'})
    """
    number, _, unit = told.partition(" ")
    share = number.endswith("%")
    return {"value": float(number.rstrip("%").replace(",", "")), "unit": f"{'%' if share else ''} {unit}".strip()}


def marks_of(found: Answer) -> dict[str, dict[str, Any]]:
    """Tell the colour, dash and shape under which each approach is drawn, for the legend of the page."""
    return {
        name: {
            "place": place % len(COLOURS),
            "dash": " ".join(str(each) for each in DASHES[place % len(DASHES)]),
            "shape": SHAPES[place % len(SHAPES)],
        }
        for place, name in enumerate(found["approaches"])
    }
