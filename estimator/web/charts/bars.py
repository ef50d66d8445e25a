"""The charts of bars: where the money goes, and what matters most."""

from estimator.web.charts.parts import (
    COLOURS,
    INK,
    Answer,
    Spec,
    amount_axis,
    colour_channel,
    framed,
    listed,
    shape_channel,
    wrapped,
)
from estimator.web.words.wording import COMPONENT_GROUPS, compact, discounted

TITLE_WIDTH = 24
"""Characters of a line under an axis that stands beside long labels."""
ON_ITS_BAR = {"bandPosition": 0.5}
"""Puts a mark or a label beside others on the middle of its bar, not on the upper edge."""
ROOM = 1.3
"""How far an axis goes on behind its longest bar: the amount stands there, on a small screen too."""


def components_chart(found: Answer) -> Spec:
    """Draw what the money of each approach goes to, side by side."""
    names = list(found["approaches"])
    currency = found["scenario"]["currency"]
    rows = []
    for name in names:
        amounts = {each["id"]: each["total_usd"] for each in found["approaches"][name]["components"]}
        for group, members in COMPONENT_GROUPS.items():
            total = sum(amounts.get(member, 0.0) for member in members)
            rows.append({"group": group, "approach": name, "cost_usd": total, "label": compact(total)})
    used = [group for group in COMPONENT_GROUPS if any(row["group"] == group and row["cost_usd"] for row in rows)]
    rows = [row for row in rows if row["group"] in used]
    months = found["scenario"]["horizon_months"]
    x = amount_axis("cost_usd", "")
    x["title"] = wrapped(f"Cost over {months} months, {currency}{discounted(found)}", TITLE_WIDTH)
    y = {"field": "group", "type": "nominal", "title": None, "sort": used, "axis": {"labelLimit": 150, "ticks": False}}
    offset = {"field": "approach", "type": "nominal", "sort": names, "scale": {"paddingInner": 0.18}}
    largest = max(rows, key=lambda row: float(row["cost_usd"]), default=None)
    finding = "nothing is paid."
    if largest is not None:
        x["scale"] = {"domainMax": ROOM * float(largest["cost_usd"])}
        what, amount = str(largest["group"]).lower(), compact(largest["cost_usd"])
        finding = f"the largest part is {what} of {largest['approach']}, {currency} {amount}."
    place = {"x": x, "y": y, "yOffset": offset}
    centred = {**place, "yOffset": {**offset, **ON_ITS_BAR}}
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "cornerRadiusEnd": 2},
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
            "encoding": {**centred, "color": colour_channel(names), "shape": shape_channel(names)},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 11, "fill": INK},
            "encoding": {**centred, "text": {"field": "label"}},
        },
    ]
    return framed(
        "Where the money goes: " + finding,
        f"Cost of {listed(names)} by what it is for, in {currency}{discounted(found)}: {finding}",
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
            "base": levers["base"],
            "saving_usd": bar[at],
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
        "axis": {"labelLimit": 330, "ticks": False},
    }
    ends = {"field": "end", "type": "nominal", "title": None}
    colour = {**ends, "scale": {"domain": ["lower", "higher"], "range": [COLOURS[1], COLOURS[0]]}}
    shape = {**ends, "scale": {"domain": ["lower", "higher"], "range": ["triangle-down", "triangle-up"]}}
    currency, best, rival = found["scenario"]["currency"], levers["best"], levers["rival"]
    x = amount_axis("saving_usd", "")
    x["title"] = wrapped(f"What {best} saves against {rival}, {currency}{discounted(found)}", TITLE_WIDTH)
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
    finding = "no input moves the saving."
    if levers["bars"]:
        top = levers["bars"][0]
        finding = (
            f"{top['label']} moves it most: at {top['low']}, {best} {_saves(top['at_low'], currency, rival)}; at "
            f"{top['high']}, it {_saves(top['at_high'], currency)}."
        )
    height = 28 * len(labels) + 20
    return framed("What matters most: " + finding, f"{levers['axis']}: {finding}", layers, {"values": rows}, height)


def _saves(saving_usd: float, currency: str, rival: str = "") -> str:
    """Say what is saved, or what it costs more.

    Examples
    --------
    >>> _saves(50_123.0, "USD", "the prompt"), _saves(-224_000.0, "USD", "the prompt"), _saves(-224_000.0, "USD")
    ('saves USD 50.1k against the prompt', 'costs USD 224k more than the prompt', 'costs USD 224k more')
    """
    saves = saving_usd >= 0
    told = f"saves {currency} {compact(saving_usd)}" if saves else f"costs {currency} {compact(-saving_usd)} more"
    return f"{told} {'against' if saves else 'than'} {rival}" if rival else told


def shares_chart(found: Answer) -> Spec:
    """Draw how much of the uncertainty of the saving each uncertain input brings, alone and with others."""
    told = found["range_shares"]
    rows = [
        {"input": row["label"], "part": part, "share": max(row[key] or 0.0, 0.0)}
        for row in told["rows"]
        if row["with_others"] is not None
        for part, key in (("alone", "alone"), ("with the others", "with_others"))
    ]
    labels = list(dict.fromkeys(row["input"] for row in rows))
    parts = {"field": "part", "type": "nominal", "title": None}
    order = ["alone", "with the others"]
    offset = {**parts, "sort": order, "scale": {"paddingInner": 0.3}}
    place = {
        "x": {
            "field": "share",
            "type": "quantitative",
            "title": wrapped("Share of the variance of the saving", TITLE_WIDTH),
            "axis": {"format": ".0%", "tickCount": 5, "domain": False},
        },
        "y": {
            "field": "input",
            "type": "nominal",
            "title": None,
            "sort": labels,
            "axis": {"labelLimit": 330, "ticks": False},
        },
        "yOffset": offset,
    }
    colour = {**parts, "scale": {"domain": order, "range": [COLOURS[0], COLOURS[1]]}}
    shape = {**parts, "scale": {"domain": order, "range": ["circle", "square"]}}
    layers: list[Spec] = [
        {
            "mark": "bar",
            "encoding": {
                **place,
                "color": colour,
                "tooltip": [
                    {"field": "input", "type": "nominal", "title": "Input"},
                    {"field": "part", "type": "nominal", "title": "Share"},
                    {"field": "share", "type": "quantitative", "title": "Of the variance", "format": ".1%"},
                ],
            },
        },
        {
            "mark": {"type": "point", "filled": True, "size": 55, "opacity": 1},
            "encoding": {**place, "yOffset": {**offset, **ON_ITS_BAR}, "color": colour, "shape": shape},
        },
    ]
    finding = f"{labels[0]} brings most of it." if labels else "nothing is uncertain."
    return framed(
        "What makes the saving uncertain: " + finding,
        f"Share of the variance of the saving of {told['candidate']} against {told['baseline']} by input: {finding}",
        layers,
        {"values": rows},
        height=40 * len(labels) + 20,
    )
