"""What every chart is made of: palette, dashes, shapes, axes, the frame with its title and description."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
COLOURS = ("#0072b2", "#d55e00", "#00916a", "#b5548b", "#8a6d00", "#5b6ee1", "#767676", "#a3402e")
"""After Okabe and Ito: told apart by the colour-blind, and 3:1 on white and on the dark page."""
DASHES = ((1, 0), (7, 3), (2, 3), (10, 3, 2, 3), (4, 2), (12, 4), (2, 6), (6, 2, 2, 2, 2, 2))
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
FONT = "system-ui, -apple-system, Segoe UI, Roboto, Liberation Sans, sans-serif"
SHORT = "replace(replace(format(datum.value, '~s'), 'G', 'B'), '−', '-')"
"""Writes 150000 as 150k on an axis, and 2e9 as 2B; with the minus of all other figures."""

LABEL_GAP = 12
"""Pixels between two labels of an axis at least; where they would stand closer, every second one is left out."""

Spec = dict[str, Any]
Answer = Mapping[str, Any]

INK = "#1b1f24"
"""Colour of text and of the rings around break-evens; the page puts its own in the dark."""


def amount_axis(field: str, title: str) -> Spec:
    """Put an amount on the vertical or horizontal axis."""
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "axis": {"labelExpr": SHORT, "tickCount": 5, "domain": False},
    }


def framed(title: str, description: str, layers: Iterable[Spec], rows: Spec, height: int) -> Spec:
    """Frame layers as one chart with a title and a description that say the finding."""
    return {
        "$schema": SCHEMA,
        "title": {"text": wrapped(title), "anchor": "start", "fontSize": 14, "offset": 12},
        "description": description,
        "width": 680,
        "height": height,
        "data": rows,
        "layer": list(layers),
        "config": {
            "font": FONT,
            "background": "#ffffff",
            "view": {"stroke": None},
            "mark": {"aria": False},
            "axis": {
                "labelFontSize": 12,
                "labelSeparation": LABEL_GAP,
                "titleFontSize": 12,
                "titleFontWeight": "normal",
                "gridColor": "#e3e7ec",
            },
            "legend": {
                "orient": "top",
                "direction": "horizontal",
                "columns": 3,
                "labelFontSize": 12,
                "labelLimit": 260,
                "symbolSize": 90,
                "symbolStrokeWidth": 0,
                "symbolOpacity": 1,
                "title": None,
            },
        },
    }


def in_digits_of_a_picture(node: Any) -> Any:
    """Keep as many digits of every amount as a picture shows; shares stay as they are.

    Examples
    --------
    >>> in_digits_of_a_picture({"values": [{"cost_usd": 157910.43, "success_rate": 0.91888779}]})
    {'values': [{'cost_usd': 157910.0, 'success_rate': 0.91888779}]}
    """
    if isinstance(node, dict):
        return {key: in_digits_of_a_picture(each) for key, each in node.items()}
    if isinstance(node, list):
        return [in_digits_of_a_picture(each) for each in node]
    return float(f"{node:.6g}") if isinstance(node, float) and abs(node) >= 1 else node


def wrapped(text: str, width: int = 86) -> list[str]:
    """Break a title into lines."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _scale(names: Sequence[str], values: Sequence[Any], shown: Sequence[str] | None) -> Spec:
    pairs = [(name, values[place % len(values)]) for place, name in enumerate(names) if shown is None or name in shown]
    return {
        "field": "approach",
        "type": "nominal",
        "title": None,
        "scale": {"domain": [name for name, _ in pairs], "range": [value for _, value in pairs]},
    }


def colour_channel(names: Sequence[str], shown: Sequence[str] | None = None) -> Spec:
    """Tell approaches apart by colour."""
    return _scale(names, COLOURS, shown)


def dash_channel(names: Sequence[str], shown: Sequence[str] | None = None) -> Spec:
    """Tell approaches apart by the dashes of their lines."""
    return _scale(names, [list(dash) for dash in DASHES], shown)


def shape_channel(names: Sequence[str], shown: Sequence[str] | None = None) -> Spec:
    """Tell approaches apart by the shape of their points."""
    return _scale(names, SHAPES, shown)


def listed(names: Sequence[str]) -> str:
    """Write names as people do.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
