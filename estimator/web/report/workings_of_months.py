"""How the amounts of the months make the total of a component: which months, what share of each, discounted."""

from collections.abc import Iterator, Mapping
from typing import Any

from estimator.scenario.pointer import escaped
from estimator.web.words.wording import COMPONENT_NAMES, months, whole_money

Answer = Mapping[str, Any]
Parts = list[tuple[str, float, str]]
"""Name, amount, and the working that explains it."""

SERVING = frozenset({"inference", "hosting", "fixed", "upkeep", "requirement_changes", "failures"})
"""Components that are paid only where the approach serves."""
WAITING = frozenset({"bridge", "delay"})
"""Components that are paid only where it does not serve yet."""
MOST_TERMS = 4
"""Different amounts of whole months that are told apart; more are told by the first and the last."""
NEAR = 1e-6


def equation_over_time(found: Answer, name: str, component: Mapping[str, Any]) -> str:
    """Say how what is paid up front and in each month makes the total; "" where nothing is paid in the months."""
    if not component["recurring_usd"]:
        return ""
    rate = found["scenario"]["annual_discount_rate"]
    shares = _shares(found, name, component)
    amount = "F(m)"
    if any(share < 1 for share in shares):
        amount = "F(m) b(m)" if component["id"] in WAITING else "F(m) (1 - b(m))"
    equation = f"{'U + ' if component['upfront_usd'] else ''}sum of {'v^m ' if rate else ''}{amount} over the months m"
    if "b(m)" in amount:
        parts = {_part(found, name, month) for month in range(1, len(shares) + 1)}
        ready = [
            f"{part} after {months(found['approaches'][part]['lead_time_months'])}"
            for part in found["approaches"]
            if part in parts and _waits(found, part)
        ]
        equation += (
            f"; b(m) = min(1, max(0, L - (m - 1))), the share of month m before it is ready ({', '.join(ready)})"
        )
    if component["id"] == "bridge":
        equation += "; F(m): what serves until then pays"
    return f"{equation}; v^m = (1 + r)^(-m/12)" if rate else equation


def terms_over_time(found: Answer, name: str, component: Mapping[str, Any]) -> Parts:
    """List what a component is paid before the start and in which months, discounted: its total is their sum."""
    if not component["recurring_usd"]:
        return []
    upfront = component["upfront_usd"]
    first: Parts = [("before the start", upfront, "")] if upfront else []
    paid = component["id"] == "bridge" and _bridged(found, name, component)
    return paid or [*first, *_by_months(found, name, component)]


def _by_months(found: Answer, name: str, component: Mapping[str, Any]) -> Parts:
    worth, shares = _worth(found["approaches"][name]), _shares(found, name, component)
    groups: dict[tuple[str, str], list[int]] = {}
    for month, amount in enumerate(component["monthly_usd"], 1):
        if amount:
            groups.setdefault((f"{amount:.9g}", f"{shares[month - 1]:.9g}"), []).append(month)
    whole = [group for group in groups if float(group[1]) in (0.0, 1.0)]
    if len(whole) > MOST_TERMS:
        merged = sorted(month for group in whole for month in groups.pop(group))
        groups["", "1"] = merged
    parts: Parts = []
    for (_, written), days in sorted(groups.items(), key=lambda each: each[1]):
        amounts = [component["monthly_usd"][month - 1] for month in days]
        share = float(written)
        if 0.0 < share < 1.0:
            told = f"{100 * share:.3g}% of {whole_money(amounts[0] / share)}"
        elif len({f"{amount:.9g}" for amount in amounts}) == 1:
            told = whole_money(amounts[0]) + (" each" if len(days) > 1 else "")
        else:
            told = f"{whole_money(amounts[0])} in the first, {whole_money(amounts[-1])} in the last"
        total = sum(amount * worth[month - 1] for amount, month in zip(amounts, days, strict=True))
        parts.append((f"{listed_months(days)}: {told}", total, ""))
    return parts


def _bridged(found: Answer, name: str, component: Mapping[str, Any]) -> Parts:
    """List what of the bridging approach is paid until this one is ready; [] where that does not add up to it."""
    worth, shares = _worth(found["approaches"][name]), _shares(found, name, component)
    places = {each: place for place, each in enumerate(found["approaches"], 1)}
    paid: dict[tuple[str, str], float] = {}
    for month, share in enumerate(shares, 1):
        bridge = _bridge_of(found, _part(found, name, month))
        if not share or bridge not in places:
            continue
        for each in found["approaches"][bridge]["components"]:
            if each["id"] in SERVING:
                amount = share * worth[month - 1] * each["monthly_usd"][month - 1]
                paid[bridge, each["id"]] = paid.get((bridge, each["id"]), 0.0) + amount
    parts: Parts = [
        (f"{COMPONENT_NAMES[part]}, {bridge}", amount, f"{places[bridge]}-{part}")
        for (bridge, part), amount in paid.items()
        if amount
    ]
    if component["upfront_usd"] and paid:
        bridge = next(iter(paid))[0]
        parts.insert(0, (f"before the start, {bridge}", component["upfront_usd"], f"{places[bridge]}-upfront"))
    total = component["total_usd"]
    return parts if abs(sum(amount for _, amount, _ in parts) - total) <= NEAR * abs(total) else []


def _shares(found: Answer, name: str, component: Mapping[str, Any]) -> list[float]:
    """Tell what share of each month a component is paid for."""
    waiting = list(_waiting(found, name, len(component["monthly_usd"])))
    if component["id"] in WAITING:
        return waiting
    return [1.0 - share for share in waiting] if component["id"] in SERVING else [1.0] * len(waiting)


def _waiting(found: Answer, name: str, horizon: int) -> Iterator[float]:
    """Tell what share of each month passes before the approach is ready, where that matters to what is paid."""
    for month in range(1, horizon + 1):
        part = _part(found, name, month)
        lead = found["approaches"][part]["lead_time_months"] if _waits(found, part) else 0.0
        yield min(1.0, max(0.0, lead - (month - 1.0)))


def _waits(found: Answer, name: str) -> bool:
    """Tell whether the months before an approach is ready are paid otherwise."""
    return any(each["id"] in WAITING for each in found["approaches"][name]["components"])


def _part(found: Answer, name: str, month: int) -> str:
    """Name the approach that serves in a month: a part of a staged plan, else the approach itself."""
    plan = found["scenario"]["approaches"][name]
    switch = found["approaches"][name].get("switch_month")
    return name if switch is None else str(plan["first"] if month <= switch else plan["then"])


def _bridge_of(found: Answer, name: str) -> str:
    """Name the approach that serves until another is ready: the stated one, or the one that was taken."""
    pointer = f"/approaches/{escaped(name)}/bridge"
    taken = (each["value"] for each in found["assumptions"] if each["pointer"] == pointer and each["value"])
    return str(found["scenario"]["approaches"][name].get("bridge") or next(taken, ""))


def _worth(approach: Mapping[str, Any]) -> list[float]:
    """Read from an answer what money of each month is worth today: v^m."""
    sofar, paid = approach["cumulative_usd"], approach["monthly_usd"]
    return [(sofar[month] - sofar[month - 1]) / amount if amount else 1.0 for month, amount in enumerate(paid, 1)]


def listed_months(days: list[int]) -> str:
    """Write months as people do.

    Examples
    --------
    >>> listed_months([2]), listed_months([3, 4, 5, 8]), listed_months([1, 3])
    ('month 2', 'months 3 to 5 and 8', 'months 1 and 3')
    """
    spans: list[list[int]] = []
    for day in days:
        if spans and spans[-1][-1] == day - 1:
            spans[-1].append(day)
        else:
            spans.append([day])
    told = [str(span[0]) if len(span) == 1 else f"{span[0]} to {span[-1]}" for span in spans]
    head = ", ".join(told[:-1])
    return f"month{'s' if len(days) > 1 else ''} {f'{head} and ' if head else ''}{told[-1]}"
