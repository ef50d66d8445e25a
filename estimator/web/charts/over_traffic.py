"""The chart of what each approach saves at other traffic."""

from typing import Any

from estimator.web.charts.parts import (
    INK,
    SHORT,
    Answer,
    Spec,
    amount_axis,
    colour_channel,
    dash_channel,
    framed,
    listed,
    shape_channel,
)
from estimator.web.words.wording import compact, discounted


def volume_chart(found: Answer) -> Spec:
    """Draw what each approach saves against the baseline at other traffic; the zero line is the break-even."""
    curve = found["volume_curve"]
    names = list(found["approaches"])
    shown = [name for name in names if name in curve["saving_usd"]]
    currency, baseline = found["scenario"]["currency"], found["scenario"]["baseline"]
    horizon = found["scenario"]["horizon_months"]
    rows = [
        {"approach": name, "requests": requests, "saving_usd": saving, "order": place}
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
    y = amount_axis("saving_usd", f"Saved over {horizon} months, {currency}{discounted(found)}")
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
        shown = {name: row[name] for name in ("requests", "saving_usd", "label")}
        layers.append({"data": {"values": [shown]}, "mark": text, "encoding": {**place, "text": {"field": "label"}}})
    return layers
