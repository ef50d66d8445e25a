"""The answer in words: the same sentences on the page and in the terminal."""

from typing import Any

REASONS = {
    "volume_zero": "there are no requests",
    "unit_cost_not_lower": "its running cost is not lower",
    "horizon_too_short": "the horizon is too short",
    "discounting": "later savings are discounted away",
    "declining_volume": "the traffic declines",
    "events_exceed_savings": "its dated costs exceed what it saves",
    "retired_before": "its model is retired before",
    "always_cheaper": "it is cheaper at any traffic",
    "never_cheaper": "it is dearer at any traffic",
}


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
    >>> volume_words({"requests_per_month": {"crossings": [{"requests_per_month": 74941.2, "direction": "down"}]}})
    'Over the horizon it is cheaper above 74,941 requests in the first month.'
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
    return f"Over the horizon it is {', '.join(points)} requests in the first month."
