"""The chart of the cost over time, with bands and labelled break-evens."""

from collections.abc import Mapping
from typing import Any

from estimator.web.charts.parts import (
    INK,
    Answer,
    Spec,
    amount_axis,
    colour_channel,
    dash_channel,
    framed,
    listed,
    shape_channel,
)
from estimator.web.words.wording import discounted, months, turning_point


def cumulative_chart(found: Answer) -> Spec:
    """Draw the cumulative cost of every approach, with bands where there are any and the break-evens labelled."""
    names = list(found["approaches"])
    currency = found["scenario"]["currency"]
    horizon = found["scenario"]["horizon_months"]
    lines = [row for name in names for row in _steps(name, found["approaches"][name])]
    every = max(1, horizon // 6)
    sofar = f"Cost so far, {currency}{discounted(found)}"
    x = {
        "field": "month",
        "type": "quantitative",
        "title": "Months from the decision",
        "scale": {"domain": [0, horizon], "nice": False},
        "axis": {"grid": False, "values": _ticks(horizon)},
    }
    y = amount_axis("cost_usd", sofar)
    tooltip = [
        {"field": "approach", "type": "nominal", "title": "Approach"},
        {"field": "month", "type": "quantitative", "title": "Month"},
        {"field": "cost_usd", "type": "quantitative", "title": sofar, "format": ",.0f"},
    ]
    layers: list[Spec] = []
    bands = [row for name in names for row in _band(name, found["approaches"][name])]
    if bands:
        layers.append(
            {
                "data": {"values": bands},
                "mark": {"type": "area", "opacity": 0.16},
                "encoding": {
                    "x": x,
                    "y": {**y, "field": "p10_usd"},
                    "y2": {"field": "p90_usd"},
                    "color": colour_channel(names),
                },
            }
        )
    layers += [
        {
            "mark": {"type": "line", "strokeWidth": 2.25},
            "encoding": {
                "x": x,
                "y": y,
                "color": colour_channel(names),
                "strokeDash": dash_channel(names),
                "order": {"field": "order", "type": "quantitative"},
            },
        },
        {
            "transform": [{"filter": f"datum.order % {2 * every} == 0"}],
            "mark": {"type": "point", "filled": True, "size": 55, "opacity": 1},
            "encoding": {
                "x": x,
                "y": y,
                "color": colour_channel(names),
                "shape": shape_channel(names),
                "tooltip": tooltip,
            },
        },
    ]
    crossings = _crossings(found)
    if crossings:
        layers += _labelled(crossings, x, y)
    return framed(
        "Cost over time: " + turning_point(found),
        f"Cumulative cost of {listed(names)} over {horizon} months, in {currency}. {turning_point(found)}",
        layers,
        {"values": lines},
        height=320,
    )


def _ticks(horizon: int) -> list[int]:
    """Choose months to write on the axis: at most a dozen, in quarters or years where there are many.

    Examples
    --------
    >>> _ticks(9), _ticks(36)
    ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36])
    """
    every = next((step for step in (1, 2, 3, 6, 12, 24, 60) if horizon / step <= 12), 120)
    return list(range(0, horizon + 1, every))


def _steps(name: str, approach: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Follow the curve month by month; a sum paid at a month's end is a vertical step."""
    before = {jump["month"]: jump["before_usd"] for jump in approach["jumps"]}
    rows = []
    for month, amount in enumerate(approach["cumulative_usd"]):
        if month in before:
            rows.append({"approach": name, "month": month, "cost_usd": before[month], "order": 2 * month - 1})
        rows.append({"approach": name, "month": month, "cost_usd": amount, "order": 2 * month})
    return rows


def _band(name: str, approach: Mapping[str, Any]) -> list[dict[str, Any]]:
    band = (approach.get("bands") or {}).get("cumulative_usd")
    if not band:
        return []
    return [
        {"approach": name, "month": month, "p10_usd": float(f"{low:.4g}"), "p90_usd": float(f"{high:.4g}")}
        for month, (low, high) in enumerate(zip(band["p10"], band["p90"], strict=True))
    ]


def _crossings(found: Answer) -> list[dict[str, Any]]:
    """Find the point of each break-even with the baseline; the label of the first stands above the others."""
    baseline = found["scenario"]["baseline"]
    rows = []
    for pair in found["break_even"]:
        if pair["baseline"] != baseline:
            continue
        curve = found["approaches"][pair["candidate"]]["cumulative_usd"]
        for each in pair["months"]["crossings"]:
            month = each["month"]
            if month <= 0:
                continue
            low = min(int(month), len(curve) - 2)
            at = curve[low] + (curve[low + 1] - curve[low]) * (month - low)
            word, turn = ("", "cheaper") if each["direction"] == "down" else (", lost again", "dearer")
            rows.append(
                {
                    "month": month,
                    "cost_usd": at,
                    "label": f"{months(month)}: {pair['candidate']}{word}",
                    "approach": pair["candidate"],
                    "what": f"{pair['candidate']} {turn} than {baseline}",
                }
            )
    return sorted(rows, key=lambda row: float(row["month"]))


def _labelled(rows: list[dict[str, Any]], x: Spec, y: Spec) -> list[Spec]:
    """Put a ring on each break-even, a line down to its month, and its month at the foot, one above the other."""
    tooltip = [
        {"field": "what", "type": "nominal", "title": "Break-even"},
        {"field": "month", "type": "quantitative", "title": "Month", "format": ".1f"},
    ]
    ring = {"type": "point", "shape": "circle", "size": 150, "strokeWidth": 2, "filled": False, "stroke": INK}
    foot = {"type": "rule", "stroke": INK, "strokeDash": [2, 2], "strokeWidth": 1}
    layers: list[Spec] = [
        {"data": {"values": rows}, "mark": foot, "encoding": {"x": x, "y": y, "y2": {"datum": 0}}},
        {"data": {"values": rows}, "mark": ring, "encoding": {"x": x, "y": y, "tooltip": tooltip}},
    ]
    for turn, row in enumerate(rows[:MOST_LABELS]):
        text = {
            "type": "text",
            "align": "left",
            "baseline": "bottom",
            "dx": 5,
            "dy": -4 - 15 * turn,
            "fontWeight": 600,
            "fontSize": 12,
            "fill": INK,
        }
        place = {"x": x, "y": {"datum": 0}, "text": {"field": "label"}}
        shown = {name: row[name] for name in ("month", "label")}
        layers.append({"data": {"values": [shown]}, "mark": text, "encoding": place})
    return layers


MOST_LABELS = 6
