"""The charts of an answer as Vega-Lite specifications: plain data, the same for page, command line and API."""

from collections.abc import Callable, Mapping
from typing import Any

from estimator.web.chart_parts import (
    COLOURS,
    DASHES,
    INK,
    SHAPES,
    SHORT,
    Spec,
    amount_axis,
    colour_channel,
    dash_channel,
    framed,
    listed,
    shape_channel,
    shortened,
)
from estimator.web.wording import COMPONENT_GROUPS, compact, months, turning_point

Answer = Mapping[str, Any]


def cumulative_chart(found: Answer) -> Spec:
    """Draw the cumulative cost of every approach, with bands where there are any and the break-evens labelled."""
    names = list(found["approaches"])
    currency = found["scenario"]["currency"]
    horizon = found["scenario"]["horizon_months"]
    lines = [row for name in names for row in _steps(name, found["approaches"][name])]
    every = max(1, horizon // 6)
    x = {
        "field": "month",
        "type": "quantitative",
        "title": "Months from the decision",
        "scale": {"domain": [0, horizon], "nice": False},
        "axis": {"grid": False, "values": _ticks(horizon)},
    }
    y = amount_axis("cost_usd", f"Cost so far, {currency}")
    tooltip = [
        {"field": "approach", "type": "nominal", "title": "Approach"},
        {"field": "month", "type": "quantitative", "title": "Month"},
        {"field": "cost_usd", "type": "quantitative", "title": f"Cost so far, {currency}", "format": ",.0f"},
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
            rows.append(
                {"approach": name, "month": month, "cost_usd": shortened(before[month]), "order": 2 * month - 1}
            )
        rows.append({"approach": name, "month": month, "cost_usd": shortened(amount), "order": 2 * month})
    return rows


def _band(name: str, approach: Mapping[str, Any]) -> list[dict[str, Any]]:
    band = (approach.get("bands") or {}).get("cumulative_usd")
    if not band:
        return []
    return [
        {"approach": name, "month": month, "p10_usd": shortened(low), "p90_usd": shortened(high)}
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
        layers.append({"data": {"values": [row]}, "mark": text, "encoding": place})
    return layers


MOST_LABELS = 6


def volume_chart(found: Answer) -> Spec:
    """Draw what each approach saves against the baseline at other traffic; the zero line is the break-even."""
    curve = found["volume_curve"]
    names = list(found["approaches"])
    shown = [name for name in names if name in curve["saving_usd"]]
    currency, baseline = found["scenario"]["currency"], found["scenario"]["baseline"]
    horizon = found["scenario"]["horizon_months"]
    rows = [
        {"approach": name, "requests": shortened(requests), "saving_usd": shortened(saving), "order": place}
        for name in shown
        for place, (requests, saving) in enumerate(
            zip(curve["requests_per_month"], curve["saving_usd"][name], strict=True)
        )
    ]
    x = {
        "field": "requests",
        "type": "quantitative",
        "title": "Requests in the first month",
        "scale": {"domain": [0, curve["requests_per_month"][-1]], "nice": False},
        "axis": {"grid": False, "labelExpr": SHORT, "tickCount": 6},
    }
    y = amount_axis("saving_usd", f"Saved over {horizon} months, {currency}")
    every = max(1, len(curve["requests_per_month"]) // 8)
    tooltip = [
        {"field": "approach", "type": "nominal", "title": "Approach"},
        {"field": "requests", "type": "quantitative", "title": "Requests a month", "format": ",.0f"},
        {"field": "saving_usd", "type": "quantitative", "title": f"Saved, {currency}", "format": ",.0f"},
    ]
    today = [{"requests": curve["today"], "label": f"your {compact(curve['today'])}"}]
    layers: list[Spec] = [
        {
            "data": {"values": [{"zero": 0}]},
            "mark": {"type": "rule", "stroke": INK, "strokeWidth": 1},
            "encoding": {"y": {"field": "zero", "type": "quantitative"}},
        },
        {
            "data": {"values": today},
            "mark": {"type": "rule", "stroke": INK, "strokeDash": [3, 3], "strokeWidth": 1},
            "encoding": {"x": x},
        },
        {
            "data": {"values": today},
            "mark": {"type": "text", "align": "left", "dx": 5, "baseline": "bottom", "fill": INK, "fontSize": 12},
            "encoding": {"x": x, "y": {"value": "height"}, "text": {"field": "label"}},
        },
        {
            "mark": {"type": "line", "strokeWidth": 2.25},
            "encoding": {
                "x": x,
                "y": y,
                "color": colour_channel(names, shown),
                "strokeDash": dash_channel(names, shown),
            },
        },
        {
            "transform": [{"filter": f"datum.order % {every} == 0"}],
            "mark": {"type": "point", "filled": True, "size": 55, "opacity": 1},
            "encoding": {
                "x": x,
                "y": y,
                "color": colour_channel(names, shown),
                "shape": shape_channel(names, shown),
                "tooltip": tooltip,
            },
        },
    ]
    roots = [row for row in curve["crossings"] if row["requests"] <= curve["requests_per_month"][-1]]
    if roots:
        layers += _roots(roots, x)
    finding = curve["finding"]
    return framed(
        "Cost by traffic: " + finding,
        f"Saving of {listed(shown)} against {baseline} over {horizon} months, by requests a month. {finding}",
        layers,
        {"values": rows},
        height=280,
    )


def _roots(rows: list[dict[str, Any]], x: Spec) -> list[Spec]:
    rows = [{**row, "saving_usd": 0, "label": compact(row["requests"])} for row in rows]
    place = {"x": x, "y": {"field": "saving_usd", "type": "quantitative"}}
    ring = {"type": "point", "shape": "circle", "size": 150, "strokeWidth": 2, "filled": False, "stroke": INK}
    layers: list[Spec] = [{"data": {"values": rows}, "mark": ring, "encoding": place}]
    for turn, row in enumerate(rows):
        low = bool(turn % 2)
        text = {
            "type": "text",
            "align": "left" if low else "right",
            "baseline": "top" if low else "bottom",
            "dx": 9 if low else -9,
            "dy": 7 if low else -7,
            "fontWeight": 600,
            "fontSize": 12,
            "fill": INK,
        }
        layers.append({"data": {"values": [row]}, "mark": text, "encoding": {**place, "text": {"field": "label"}}})
    return layers


def components_chart(found: Answer) -> Spec:
    """Draw what the money of each approach goes to, side by side."""
    names = list(found["approaches"])
    currency = found["scenario"]["currency"]
    rows = []
    for name in names:
        amounts = {each["id"]: each["total_usd"] for each in found["approaches"][name]["components"]}
        for group, members in COMPONENT_GROUPS.items():
            total = sum(amounts.get(member, 0.0) for member in members)
            rows.append({"group": group, "approach": name, "cost_usd": shortened(total), "label": compact(total)})
    used = [group for group in COMPONENT_GROUPS if any(row["group"] == group and row["cost_usd"] for row in rows)]
    rows = [row for row in rows if row["group"] in used]
    x = {**amount_axis("cost_usd", f"Cost over {found['scenario']['horizon_months']} months, {currency}")}
    y = {"field": "group", "type": "nominal", "title": None, "sort": used, "axis": {"labelLimit": 150, "ticks": False}}
    offset = {"field": "approach", "type": "nominal", "sort": names}
    largest = max(rows, key=lambda row: float(row["cost_usd"]), default=None)
    finding = "nothing is paid"
    if largest is not None:
        what, amount = str(largest["group"]).lower(), compact(largest["cost_usd"])
        finding = f"the largest part is {what} of {largest['approach']}, {amount} {currency}"
    place = {"x": x, "y": y, "yOffset": offset}
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "cornerRadiusEnd": 2, "height": {"band": 0.82}},
            "encoding": {
                **place,
                "color": colour_channel(names),
                "tooltip": [
                    {"field": "approach", "type": "nominal", "title": "Approach"},
                    {"field": "group", "type": "nominal", "title": "What for"},
                    {"field": "cost_usd", "type": "quantitative", "title": currency, "format": ",.0f"},
                ],
            },
        },
        {
            "mark": {"type": "point", "filled": True, "size": 55, "opacity": 1},
            "encoding": {**place, "color": colour_channel(names), "shape": shape_channel(names)},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 11, "fill": INK},
            "encoding": {**place, "text": {"field": "label"}},
        },
    ]
    return framed(
        "Where the money goes: " + finding,
        f"Cost of {listed(names)} by what it is for, in {currency}: {finding}.",
        layers,
        {"values": rows},
        height=max(120, 19 * len(rows) + 12 * len(used)),
    )


def tornado_chart(found: Answer) -> Spec:
    """Draw how far each input moves the saving of the recommended approach, the strongest on top."""
    levers = found["levers"]
    labels = [bar["label"] for bar in levers["bars"]]
    rows = [
        {
            "input": bar["label"],
            "end": end,
            "base": shortened(levers["base"]),
            "saving_usd": shortened(bar[at]),
            "at": bar[value],
        }
        for bar in levers["bars"]
        for end, at, value in (("lower", "at_low", "low"), ("higher", "at_high", "high"))
    ]
    y = {
        "field": "input",
        "type": "nominal",
        "title": None,
        "sort": labels,
        "axis": {"labelLimit": 200, "ticks": False},
    }
    ends = {"field": "end", "type": "nominal", "title": None}
    colour = {**ends, "scale": {"domain": ["lower", "higher"], "range": [COLOURS[1], COLOURS[0]]}}
    shape = {**ends, "scale": {"domain": ["lower", "higher"], "range": ["triangle-down", "triangle-up"]}}
    x = amount_axis("saving_usd", levers["axis"])
    tooltip = [
        {"field": "input", "type": "nominal", "title": "Input"},
        {"field": "at", "type": "nominal", "title": "At"},
        {"field": "saving_usd", "type": "quantitative", "title": "Saving", "format": ",.0f"},
    ]
    zero = {"type": "rule", "stroke": INK, "strokeWidth": 1}
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "height": {"band": 0.6}},
            "encoding": {"x": x, "x2": {"field": "base"}, "y": y, "color": colour, "tooltip": tooltip},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": colour, "shape": shape},
        },
        {"data": {"values": [{"saving_usd": 0}]}, "mark": zero, "encoding": {"x": x}},
    ]
    finding = f"{labels[0]} moves the saving most" if labels else "no input moves the saving"
    height = 28 * len(labels) + 20
    return framed("What matters most: " + finding, f"{levers['axis']}: {finding}.", layers, {"values": rows}, height)


CHARTS: dict[str, Callable[[Answer], Spec]] = {
    "cost-over-time": cumulative_chart,
    "cost-by-traffic": volume_chart,
    "components": components_chart,
    "what-matters": tornado_chart,
}
"""Every chart by the name under which it is asked for."""

NEEDED = {"cost-by-traffic": "volume_curve", "what-matters": "levers"}
"""What an answer must hold beside its usual sections before a chart can be drawn."""


def drawable(found: Answer) -> list[str]:
    """Name the charts that an answer can show."""
    return [name for name in CHARTS if name not in NEEDED or found.get(NEEDED[name])]


def draw(name: str, found: Answer) -> Spec:
    """Make the specification of one chart."""
    return CHARTS[name](found)


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
