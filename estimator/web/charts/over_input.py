"""The chart of the break-even over any input: after how many months each approach pays."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from estimator.web.charts.parts import (
    INK,
    SHORT,
    Answer,
    Spec,
    colour_channel,
    dash_channel,
    framed,
    listed,
    shape_channel,
)


def stretches(roots: Sequence[Sequence[float]]) -> list[int]:
    """Count the stretches of a curve in which equally many break-evens follow each other.

    Examples
    --------
    >>> stretches([[], [8.0], [7.0], [7.0, 9.0], [6.0]])
    [0, 1, 1, 2, 3]
    """
    counts = [len(each) for each in roots]
    return list(accumulate((before != after for before, after in pairwise(counts)), initial=0))


def input_chart(found: Answer) -> Spec:
    """Draw every break-even over one input; a line ends where another number of them lies in the horizon."""
    curve = found["input_curve"]
    names = list(found["approaches"])
    shown = list(curve["months"])
    baseline, horizon = found["scenario"]["baseline"], found["scenario"]["horizon_months"]
    sought = curve["sought"]
    field = sought["field"]
    rows = [
        {"approach": name, "value": value, field: root, "line": f"{name} {stretch} {turn}"}
        for name in shown
        for value, roots, stretch in zip(
            curve["values"], curve["months"][name], stretches(curve["months"][name]), strict=True
        )
        for turn, root in enumerate(roots)
    ]
    x = {
        "field": "value",
        "type": "quantitative",
        "title": curve["axis"],
        "scale": {"domain": [curve["values"][0], curve["values"][-1]], "nice": False},
        "axis": {"grid": False, "labelExpr": SHORT, "tickCount": 6},
    }
    if curve["percent"]:
        x["axis"] = {"grid": False, "format": "~%", "tickCount": 6}
    y = {
        "field": field,
        "type": "quantitative",
        "title": sought["axis"],
        "scale": {"domain": [0, horizon]} if field == "month" else {"zero": True},
        "axis": {"domain": False, "tickCount": 6, **({"format": "~%"} if sought["percent"] else {"labelExpr": SHORT})},
    }
    told = [
        {"field": "approach", "type": "nominal", "title": "Approach"},
        {"field": "value", "type": "quantitative", "title": curve["label"]},
        {
            "field": field,
            "type": "quantitative",
            "title": f"Break-even, {sought['words']}",
            "format": ".1f" if field == "month" else ",.4~r",
        },
    ]
    colour = colour_channel(names, shown)
    today = {"data": {"values": [{"value": curve["today"], "label": "yours"}]}}
    layers: list[Spec] = [
        {
            **today,
            "mark": {"type": "rule", "stroke": INK, "strokeDash": [3, 3], "strokeWidth": 1},
            "encoding": {"x": x},
        },
        {
            **today,
            "mark": {"type": "text", "align": "left", "dx": 5, "baseline": "top", "fill": INK, "fontSize": 12},
            "encoding": {"x": x, "y": {"value": 0}, "text": {"field": "label"}},
        },
        {
            "mark": {"type": "line", "strokeWidth": 2.25},
            "encoding": {
                "x": x,
                "y": y,
                "color": colour,
                "strokeDash": dash_channel(names, shown),
                "detail": {"field": "line"},
            },
        },
        {
            "mark": {"type": "point", "filled": True, "size": 45, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": colour, "shape": shape_channel(names, shown), "tooltip": told},
        },
    ]
    return framed(
        f"Break-even by {curve['label'].lower()}: " + curve["finding"],
        f"Break-even of {listed(shown)} with {baseline} ({sought['axis']}), by {curve['axis']}. {curve['finding']}",
        layers,
        {"values": rows},
        height=280,
    )
