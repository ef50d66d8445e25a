"""The answer in words: the same sentences on the page and in the terminal."""

from typing import Any

REASONS = {
    "volume_zero": "there are no requests",
    "unit_cost_not_lower": "at this traffic its running cost is not lower",
    "horizon_too_short": "the horizon is too short",
    "discounting": "later savings are discounted away",
    "declining_volume": "the traffic declines",
    "events_exceed_savings": "its dated costs exceed what it saves",
    "retired_before": "its model is retired before",
    "always_cheaper": "it is cheaper at any traffic",
    "never_cheaper": "it is dearer at any traffic",
}

COMPONENT_NAMES = {
    "labelling": "Labelling of training examples",
    "test_labelling": "Labelling of test examples",
    "curation": "Curating the examples",
    "training": "Training runs",
    "evaluation": "Scoring the test set",
    "prompt_effort": "Writing the prompt",
    "engineering": "Engineering",
    "deployment": "Deployment",
    "inference": "Tokens of the requests",
    "hosting": "Hosting",
    "fixed": "Fixed fees",
    "upkeep": "Upkeep",
    "refresh": "Refreshes",
    "end_of_life": "Moving to the next model",
    "requirement_changes": "Changes of requirements",
    "failures": "Failed requests",
    "bridge": "Serving until it is ready",
    "delay": "Delay",
    "hardware_purchase": "Hardware",
    "lump_sum": "Fixed sums",
}
"""What people call the components."""

COMPONENT_GROUPS = {
    "Examples and labels": ("labelling", "test_labelling", "curation"),
    "Building it": (
        "training",
        "evaluation",
        "prompt_effort",
        "engineering",
        "deployment",
        "hardware_purchase",
        "lump_sum",
    ),
    "Answering requests": ("inference", "hosting", "fixed"),
    "Keeping it good": ("upkeep", "refresh", "end_of_life", "requirement_changes"),
    "Failures and waiting": ("failures", "bridge", "delay"),
}
"""The few things that money goes to, each with its components."""

KIND_NAMES = {
    "prompt_engineering": "Engineered prompt",
    "fine_tuning": "Fine-tuned model",
    "hybrid": "Two together",
    "staged": "One first, another later",
    "lump_sum": "Fixed sums",
}
"""What people call the kinds of approach."""


def money(amount: float | None) -> str:
    """Write an amount in US style.

    Examples
    --------
    >>> money(15746.154), money(0.00656), money(-3.0), money(None)
    ('15,746.15', '0.006560', '-3.00', 'n/a')
    """
    if amount is None:
        return "n/a"
    if amount != 0 and abs(amount) < 0.1:
        return f"{amount:.4g}" if abs(amount) < 1e-4 else f"{amount:.6f}"
    return f"{amount:,.2f}"


def months(value: float) -> str:
    """Write a point in time.

    Examples
    --------
    >>> months(3.682), months(0.0), months(1.0)
    ('3.7 months', 'the start', '1 month')
    """
    if value == 0:
        return "the start"
    written = f"{value:.1f}".removesuffix(".0")
    return f"{written} month" if written == "1" else f"{written} months"


def reason_words(reason: str | None) -> str:
    """Say why a break-even is never reached."""
    return REASONS.get(reason or "", (reason or "").replace("_", " "))


def break_even_words(pair: dict[str, Any]) -> str:
    """Say in one sentence when the candidate becomes cheaper than the baseline.

    Examples
    --------
    >>> crossing = {"month": 3.68, "direction": "down", "kind": "linear"}
    >>> found = {"status": "once", "first": 3.68, "sustained": 3.68, "crossings": [crossing], "reason": None}
    >>> break_even_words({"candidate": "tuned", "baseline": "prompt", "months": found})
    'tuned becomes cheaper than prompt after 3.7 months.'
    """
    candidate, baseline, found = pair["candidate"], pair["baseline"], pair["months"]
    crossings = found["crossings"]
    match found["status"]:
        case "tie":
            return f"{candidate} and {baseline} cost the same throughout."
        case "immediate":
            return f"{candidate} is cheaper than {baseline} from the start."
        case "never":
            why = reason_words(found["reason"])
            later = found.get("extrapolated_month")
            hope = f" (after {months(later)} if all months were like these)" if later else ""
            because = f": {why}{hope}" if why else ""
            return f"{candidate} does not become cheaper than {baseline} within the horizon{because}."
        case "once":
            return f"{candidate} becomes cheaper than {baseline} after {months(crossings[0]['month'])}."
        case "lost":
            when = months(crossings[0]["month"])
            return f"{candidate} is cheaper than {baseline} at first, and dearer after {when}."
        case _:
            turns = [
                f"{'cheaper' if each['direction'] == 'down' else 'dearer'} after {months(each['month'])}"
                for each in crossings
            ]
            return f"{candidate} against {baseline} changes several times: {', '.join(turns)}."


def volume_words(pair: dict[str, Any]) -> str:
    """Say at which traffic the candidate becomes cheaper over the horizon; "" where that was not asked.

    Examples
    --------
    >>> found = {"crossings": [{"requests_per_month": 74941.2, "direction": "down"}]}
    >>> volume_words({"requests_per_month": found, "saving_at_horizon_usd": 11489.4})
    'Over the horizon it is cheaper above 74,941 requests in the first month.'
    >>> volume_words({"requests_per_month": found, "saving_at_horizon_usd": -5.0})
    'Over the horizon it would be cheaper above 74,941 requests in the first month.'
    """
    found = pair.get("requests_per_month")
    if not found:
        return ""
    if not found.get("crossings"):
        why = reason_words(found.get("reason"))
        return f"No traffic makes both cost the same{f': {why}' if why else ''}."
    points = [
        f"{'cheaper' if each['direction'] == 'down' else 'dearer'} above {each['requests_per_month']:,.0f}"
        for each in found["crossings"]
    ]
    verb = "is" if pair["saving_at_horizon_usd"] > 0 or points[0].startswith("dearer") else "would be"
    return f"Over the horizon it {verb} {', '.join(points)} requests in the first month."


def compact(amount: float) -> str:
    """Write a number in three digits.

    Examples
    --------
    >>> compact(4581437.3), compact(93067), compact(812.4), compact(0.0421), compact(-2e9), compact(0)
    ('4.58M', '93.1k', '812', '0.0421', '-2B', '0')
    """
    size = abs(amount)
    for step, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if size >= step * 0.9995:
            return f"{amount / step:.3g}{letter}" if size / step < 999.5 else f"{amount / step:,.0f}{letter}"
    return f"{amount:.3g}" if size < 999.5 else f"{amount:,.0f}"


def discounted(found: Any) -> str:
    """Say behind an amount of an answer that it is discounted, where its scenario discounts.

    Examples
    --------
    >>> discounted({"scenario": {"annual_discount_rate": 0.08}}), discounted({"scenario": {"annual_discount_rate": 0}})
    (', discounted', '')
    """
    return ", discounted" if found["scenario"]["annual_discount_rate"] else ""


def spread_words(pair: dict[str, Any]) -> str:
    """Say between which months the first break-even lies in four of five drawn cases; "" where nothing is drawn.

    Examples
    --------
    >>> spread_words({"month_quantiles": {"p10": 3.4, "p90": 7.4}, "probability_never": 0.0})
    'In four of five cases it first becomes cheaper between 3.4 months and 7.4 months.'
    >>> spread_words({"month_quantiles": {"p10": 3.4, "p90": None}, "probability_never": 0.23})
    'In four of five cases it first becomes cheaper after 3.4 months or later; in 23% never within the horizon.'
    """
    spread = pair.get("month_quantiles") or {}
    early, late = spread.get("p10"), spread.get("p90")
    if early is None or early == late:
        return ""
    when = f"after {months(early)} or later" if late is None else f"between {months(early)} and {months(late)}"
    never = pair.get("probability_never") or 0.0
    seldom = f"; in {never:.0%} never within the horizon" if never >= 0.005 else ""
    return f"In four of five cases it first becomes cheaper {when}{seldom}."


def whole_money(amount: float | None) -> str:
    """Write a sum without cents, unless it is so small that they matter.

    Examples
    --------
    >>> whole_money(15746.154), whole_money(7.591), whole_money(-64843.5), whole_money(0.0), whole_money(None)
    ('15,746', '7.59', '-64,844', '0', 'n/a')
    """
    if amount is None:
        return "n/a"
    if amount == 0:
        return "0"
    return f"{amount:,.0f}" if abs(amount) >= 99.995 else f"{amount:,.2f}" if abs(amount) >= 0.01 else f"{amount:.2g}"


def turning_point(found: Any) -> str:
    """Say in one sentence how the recommended approach fares against the baseline over time."""
    best, baseline = found["recommendation"]["approach"], found["scenario"]["baseline"]
    pairs = [pair for pair in found["break_even"] if pair["baseline"] == baseline]
    if best is None:
        return f"No approach meets what is asked of it; this is what each would cost beside {baseline}."
    if best == baseline:
        others = [pair for pair in pairs if pair["saving_at_horizon_usd"] < 0]
        if len(others) == len(pairs):
            return f"{baseline} stays the cheapest over {found['scenario']['horizon_months']} months."
        return f"Nothing costs less than {baseline} in the end."
    return next(break_even_words(pair) for pair in pairs if pair["candidate"] == best)
