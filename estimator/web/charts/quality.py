"""The chart of quality against cost: what each approach costs, and how often it answers well."""

from estimator.web.charts.parts import INK, Answer, Spec, amount_axis, colour_channel, framed, shape_channel
from estimator.web.words.wording import compact, discounted


def quality_chart(found: Answer) -> Spec:
    """Draw the success rate of each approach over its total cost, with the target where one is stated."""
    names = list(found["approaches"])
    currency, target = found["scenario"]["currency"], found["scenario"]["target_success_rate"]
    rows = [
        {"approach": name, "cost_usd": each["total_usd"], "success_rate": each["success_rate"]}
        for name, each in found["approaches"].items()
        if each["success_rate"] is not None
    ]
    shown = [row["approach"] for row in rows]
    months = found["scenario"]["horizon_months"]
    x = amount_axis("cost_usd", f"Cost over {months} months, {currency}{discounted(found)}")
    y = {
        "field": "success_rate",
        "type": "quantitative",
        "title": "Answered well",
        "scale": {"zero": False, "padding": 14},
        "axis": {"format": ".0%" if _wide(rows) else ".1%", "tickCount": 5, "domain": False},
    }
    tooltip = [
        {"field": "approach", "type": "nominal", "title": "Approach"},
        {"field": "cost_usd", "type": "quantitative", "title": currency, "format": ",.0f"},
        {"field": "success_rate", "type": "quantitative", "title": "Answered well", "format": ".1%"},
    ]
    mark = {"type": "point", "filled": True, "size": 140, "opacity": 1}
    layers: list[Spec] = [
        {
            "mark": mark,
            "encoding": {
                "x": {**x, "scale": {"zero": True, "padding": 14}},
                "y": y,
                "color": colour_channel(names, shown),
                "shape": shape_channel(names, shown),
                "tooltip": tooltip,
            },
        }
    ]
    if target is not None:
        line = {"type": "rule", "stroke": INK, "strokeDash": [3, 3]}
        place = {"y": {"field": "success_rate", "type": "quantitative"}}
        layers.append({"data": {"values": [{"success_rate": target}]}, "mark": line, "encoding": place})
    finding = quality_finding(found)
    return framed(
        "Quality against cost: " + finding,
        f"Share of requests answered well over the cost of each approach, in {currency}. {finding}",
        layers,
        {"values": rows},
        height=240,
    )


def _wide(rows: list[dict[str, float]]) -> bool:
    rates = [row["success_rate"] for row in rows]
    return max(rates) - min(rates) > 0.05


def rated(found: Answer) -> bool:
    """Tell whether at least two approaches have a success rate."""
    return sum(each["success_rate"] is not None for each in found["approaches"].values()) > 1


def quality_finding(found: Answer) -> str:
    """Say which approach answers best, and what it costs beside the cheapest."""
    known = {name: each for name, each in found["approaches"].items() if each["success_rate"] is not None}
    best = max(known, key=lambda name: (known[name]["success_rate"], -known[name]["total_usd"]))
    cheapest = min(known, key=lambda name: known[name]["total_usd"])
    rate = f"{100 * known[best]['success_rate']:.3g}%"
    if best == cheapest:
        return f"{best} answers best ({rate} well) and costs least."
    more = compact(known[best]["total_usd"] - known[cheapest]["total_usd"])
    return f"{best} answers best ({rate} well) and costs {more} more than {cheapest}."
