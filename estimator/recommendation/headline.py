"""One or two sentences for a manager, which say no more than the numbers carry."""

from collections.abc import Mapping, Sequence

from estimator.computation import Computation
from estimator.recommendation.feasibility import Obstacle
from estimator.uncertainty import Assessment, best_shares

ALIKE = 1e-9
"""Totals that differ by less in proportion count as equal."""
LEAST_USD = 0.005
"""Amounts that print as 0.00 count as none."""
MOST_NAMED = 2
"""Excluded approaches that the headline names; the others are counted, and all stand in the list of obstacles."""
TOSS_UP = 0.1
"""Approaches whose chances of being the cheapest differ by no more are equally good bets."""


def headline(
    computed: Computation,
    ranked: Sequence[str],
    feasible: Sequence[str],
    obstacles: Mapping[str, Sequence[Obstacle]],
    assessment: Assessment | None,
) -> str:
    """Say what costs least, by how much, what cheaper ones are excluded, and how sure that is.

    Parameters
    ----------
    ranked, feasible : names from the cheapest on; feasible is not empty
    """
    totals = {name: float(computed.curves[name].total_usd[0]) for name in ranked}
    months, currency = in_months(computed.setting.horizon), computed.setting.scenario.currency
    best, cost = feasible[0], money(totals[feasible[0]], currency)
    likely = " at the most likely values" if assessment is not None else ""
    equal = [name for name in feasible if totals[name] - totals[best] <= max(ALIKE * abs(totals[name]), LEAST_USD)]
    if len(feasible) == 1:
        text = f"{best} is the only approach that meets what is asked: {cost} over {months}{likely}."
    elif len(equal) > 1:
        text = f"{listed(equal)} cost the same over {months}{likely}: {cost}."
    else:
        saving = money(totals[feasible[1]] - totals[best], currency)
        text = f"{best} costs least over {months}{likely}: {cost}, {saving} less than {feasible[1]}."
    text += _excluded([name for name in ranked[: ranked.index(best)] if obstacles[name]], obstacles)
    if assessment is None:
        return text
    if len(feasible) > 1:
        text += _how_sure(assessment, feasible, equal, currency)
    return text + _on_target(assessment, best)


def _on_target(assessment: Assessment, best: str) -> str:
    """Say how often the recommended one reaches the target, where that is not certain."""
    reached = assessment.on_target.get(best, 1.0)
    return "" if reached == 1.0 else f" It reaches the target success rate in {percent(reached)} of the drawn cases."


def _excluded(names: Sequence[str], obstacles: Mapping[str, Sequence[Obstacle]]) -> str:
    if not names:
        return ""
    if len(names) == 1:
        return f" {names[0]} would be cheaper, but {obstacles[names[0]][0].text}."
    named = [f"{name} ({obstacles[name][0].text})" for name in names[:MOST_NAMED]]
    left = len(names) - len(named)
    others = [] if left == 0 else ["1 other" if left == 1 else f"{left} others"]
    return f" Cheaper, but excluded: {listed([*named, *others])}."


def _how_sure(assessment: Assessment, feasible: Sequence[str], equal: Sequence[str], currency: str) -> str:
    """Say how often the recommended one is the cheapest, and whether another one is so more often or on average.

    Parameters
    ----------
    equal : those that cost the same at the most likely values: each is named with its own share
    """
    best = feasible[0]
    totals = {name: assessment.totals[name] for name in feasible}
    shares = best_shares(totals)
    often = max(shares, key=lambda name: shares[name])
    cases = f"{assessment.draws:,} drawn cases"
    text = f" It is the cheapest in {percent(shares[best])} of {cases}"
    if len(equal) > 1:
        each = [f"{name} in {percent(shares[name])}" for name in equal]
        text = (
            f" One of them is the cheapest in {percent(sum(shares[name] for name in equal))} of {cases}: {listed(each)}"
        )
    if often not in equal and shares[often] > shares[best]:
        text += f"; {often} is so in {percent(shares[often])}"
    text += "."
    means = {name: float(usd.mean()) for name, usd in totals.items()}
    lowest = min(means, key=lambda name: means[name])
    less = means[best] - means[lowest]
    if lowest != best and less > max(ALIKE * abs(means[best]), LEAST_USD):
        text += f" On average over these cases {lowest} costs {money(less, currency)} less."
    elif abs(shares[best] - max(share for name, share in shares.items() if name != best)) <= TOSS_UP:
        text += " That is a toss-up."
    return text


def money(amount: float, currency: str) -> str:
    """Write an amount for reading.

    Examples
    --------
    >>> money(1234.5, "USD"), money(0.25, "EUR")
    ('USD 1,234', 'EUR 0.25')
    """
    return f"{currency} {amount:,.0f}" if abs(amount) >= 100 else f"{currency} {amount:,.2f}"


def percent(share: float) -> str:
    """Write a share without rounding it to certainty.

    Examples
    --------
    >>> percent(0.7), percent(1.0), percent(0.9999), percent(0.0001), percent(0.0)
    ('70%', '100%', 'more than 99%', 'less than 1%', '0%')
    """
    if 0.995 <= share < 1.0:
        return "more than 99%"
    return "less than 1%" if 0.0 < share < 0.005 else f"{share:.0%}"


def in_months(months: int) -> str:
    """Write a number of months.

    Examples
    --------
    >>> in_months(1), in_months(12)
    ('1 month', '12 months')
    """
    return "1 month" if months == 1 else f"{months} months"


def after(months: float) -> str:
    """Write how long something takes.

    Examples
    --------
    >>> after(1.0), after(4.42), after(0.04)
    ('after 1 month', 'after 4.4 months', 'at once')
    """
    if months < 0.05:
        return "at once"
    written = f"{months:.1f}".removesuffix(".0")
    return f"after {written} month{'' if written == '1' else 's'}"


def listed(names: Sequence[str]) -> str:
    """Join names as in a sentence.

    Examples
    --------
    >>> listed(["A"]), listed(["A", "B"]), listed(["A", "B", "C"])
    ('A', 'A and B', 'A, B and C')
    """
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
