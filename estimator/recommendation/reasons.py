"""The case for and against: each criterion with the number of this scenario that speaks for one side."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from estimator.break_even.months import Crossing
from estimator.break_even.roots import Root, Roots
from estimator.computation import CHANGES, Computation, compute_at
from estimator.price_book import PriceBook
from estimator.recommendation.headline import ALIKE, LEAST_USD, after, in_months, money, percent
from estimator.scenario import FineTuning, PromptEngineering, Staged
from estimator.scenario.pointer import escaped
from estimator.uncertainty import Assessment

HOURS_APART = 1000.0


@dataclass(frozen=True, slots=True)
class Argument:
    """One reason: a criterion, whom it favours, and the numbers it is read from."""

    criterion: str
    favours: str | None
    text: str
    evidence: dict[str, Any] = field(default_factory=dict)


class Months(Protocol):
    """Break-even in time, see estimator.estimate.MonthsBreakEven."""

    @property
    def status(self) -> str:
        """One of STATUSES."""

    @property
    def first(self) -> float | None:
        """First break-even month."""

    @property
    def sustained(self) -> float | None:
        """Last break-even month, None where the candidate is dearer in the end."""

    @property
    def crossings(self) -> tuple[Crossing, ...]:
        """Every crossing."""


class Pair(Protocol):
    """One approach against another, see estimator.estimate.PairBreakEven."""

    @property
    def candidate(self) -> str:
        """The approach that is looked at."""

    @property
    def baseline(self) -> str:
        """The approach it is compared with."""

    @property
    def saving_at_horizon_usd(self) -> float:
        """What the candidate saves over the horizon."""

    @property
    def months(self) -> Months:
        """Where it becomes cheaper in time."""

    @property
    def traffic(self) -> Roots | None:
        """Where it becomes cheaper in traffic."""


def reasons_of(
    computed: Computation,
    book: PriceBook,
    pairs: Sequence[Pair],
    best: str,
    rival: str | None,
    assessment: Assessment | None,
    quality: dict[str, Any] | None,
) -> tuple[Argument, ...]:
    """Collect the arguments that this scenario has numbers for.

    Parameters
    ----------
    best, rival : the approach recommended, and the next one
    quality : the section of the answer on quality, None without curves
    """
    found: list[Argument | None] = [_cost(computed, best, rival), _volume(computed, pairs, best, rival, assessment)]
    tuned = _first_of(computed, FineTuning, best, rival)
    prompted = _first_of(computed, PromptEngineering, best, rival)
    if tuned is not None and prompted is not None:
        compared = [
            _effort(computed, book, tuned, prompted),
            _change(computed, book, tuned, prompted),
            _versatility(computed, tuned, prompted),
            _skills(computed, tuned, prompted),
        ]
        if best not in (tuned, prompted):
            compared = [_between(each, tuned, prompted) for each in compared if each is not None]
        found += [
            _labels(computed, quality, tuned, prompted),
            _plateau(computed, quality, tuned, prompted),
            *compared,
        ]
    found += _waiting(computed, assessment)
    if rival is not None:
        found += [
            _speed(computed, best, rival),
            _consistency(computed, best, rival),
            _availability(computed, best, rival),
        ]
    return tuple(each for each in found if each is not None)


def _between(found: Argument, tuned: str, prompted: str) -> Argument:
    """Say of an argument that it compares two approaches which are both not the one recommended."""
    begin = found.text if found.text.startswith((tuned, prompted)) else found.text[:1].lower() + found.text[1:]
    return replace(found, text=f"Between the others: {begin}")


def _first_of(computed: Computation, kind: type, best: str, rival: str | None) -> str | None:
    """Return the approach of a kind that is meant: the best, its rival, or the cheapest."""
    plans = computed.setting.scenario.approaches
    names = [name for name, plan in plans.items() if isinstance(plan, kind)]
    names.sort(key=lambda name: float(computed.curves[name].total_usd[0]))
    return next((name for name in (best, rival, *names) if name in names), None)


def _cost(computed: Computation, best: str, rival: str | None) -> Argument | None:
    if rival is None:
        return None
    mine, other = (float(computed.curves[name].total_usd[0]) for name in (best, rival))
    currency = computed.setting.scenario.currency
    cheaper = best if mine < other else rival if other < mine else None
    months = in_months(computed.setting.horizon)
    text = f"{best} costs {money(mine, currency)} over {months}, {rival} {money(other, currency)}."
    return Argument("cost", cheaper, text, {"total_usd": mine, "next_usd": other})


def _order_in_time(pair: Pair, horizon_months: int) -> str:
    """Say which of two approaches is cheaper when."""
    cheaper = f"{pair.candidate} is cheaper than {pair.baseline}"
    months = pair.months
    match months.status:
        case "never":
            return f"{pair.candidate} never becomes cheaper than {pair.baseline} within {in_months(horizon_months)}"
        case "tie":
            return f"{pair.candidate} and {pair.baseline} cost the same throughout"
        case "immediate":
            return f"{cheaper} from the start"
        case "once":
            return f"{pair.candidate} becomes cheaper than {pair.baseline} {after(months.first or 0.0)}"
        case "lost":
            return f"{cheaper} at first, and dearer {after(months.crossings[-1].month)}"
    times = len(months.crossings)
    if months.sustained is None:
        return f"which is cheaper changes {times} times, and in the end {pair.candidate} is dearer than {pair.baseline}"
    return f"{cheaper} for good {after(months.sustained)}; until then which is cheaper changes {times - 1} times"


def _order_in_traffic(pair: Pair, nearest: Root, today: float) -> str:
    """Say at which traffic the candidate is cheaper over the horizon, or would be."""
    rising = nearest.direction == "down"
    verb = "is" if (today >= nearest.at) == rising else "would be"
    side = "above" if rising else "below"
    return (
        f"over the horizon {pair.candidate} {verb} cheaper {side} {nearest.at:,.0f} requests a month, and "
        f"{today:,.0f} are expected"
    )


def _volume(
    computed: Computation, pairs: Sequence[Pair], best: str, rival: str | None, assessment: Assessment | None
) -> Argument | None:
    pair = next((each for each in pairs if {each.candidate, each.baseline} == {best, rival}), None)
    if pair is None:
        return None
    today = float(np.ravel(computed.setting.scenario.workload.requests_per_month)[0])
    evidence: dict[str, Any] = {"requests_per_month": today, "first_break_even_month": pair.months.first}
    parts = [_order_in_time(pair, computed.setting.horizon)]
    if pair.traffic is not None and pair.traffic.found:
        nearest = min(pair.traffic.found, key=lambda root: abs(np.log(max(root.at, 1e-300) / max(today, 1e-300))))
        evidence |= {"break_even_requests_per_month": nearest.at}
        parts.append(_order_in_traffic(pair, nearest, today))
    if assessment is not None:
        chance = float(assessment.odds[pair.candidate, pair.baseline].cheaper[-1])
        evidence |= {"probability_cheaper_at_horizon": chance}
        parts.append(f"at the horizon {pair.candidate} is cheaper in {percent(chance)} of the drawn cases")
    alike = ALIKE * abs(float(computed.curves[pair.baseline].total_usd[0]))
    ahead: str | None = pair.candidate if pair.saving_at_horizon_usd > 0 else pair.baseline
    if abs(pair.saving_at_horizon_usd) <= alike:
        ahead = None
    return Argument("volume", ahead, "; ".join(parts) + ".", evidence)


def _labels(computed: Computation, quality: dict[str, Any] | None, tuned: str, prompted: str) -> Argument:
    plan = computed.setting.scenario.approaches[tuned]
    bill = computed.bills[tuned]
    currency = computed.setting.scenario.currency
    needed = 0.0
    if isinstance(plan, FineTuning):
        needed = max(0.0, float(plan.train_examples + plan.validation_examples - plan.existing_examples))
    usd = sum(float(np.ravel(line.upfront_usd)[0]) for line in bill.lines if line.component == "labelling")
    hours = float(np.ravel(bill.resources.get("labelling_hours", 0.0))[0])
    evidence: dict[str, Any] = {"labels_needed": needed, "labelling_hours": hours, "labelling_usd": usd}
    pairs = [] if quality is None else quality["pairs"]
    equal = next((each for each in pairs if (each["tuned"], each["prompted"]) == (tuned, prompted)), None)
    more = ""
    if equal is not None and equal["examples_equal_to_prompt_plateau"] is not None:
        evidence["examples_equal_to_prompt_plateau"] = equal["examples_equal_to_prompt_plateau"]
        more = f" The best prompt is equalled at {equal['examples_equal_to_prompt_plateau']:,.0f} examples."
    if needed == 0:
        return Argument("data", tuned, f"{tuned} needs no further labels.{more}", evidence)
    text = f"{tuned} still needs {needed:,.0f} labelled examples: {hours:,.0f} hours, {money(usd, currency)}.{more}"
    return Argument("data", prompted, text, evidence)


def _plateau(computed: Computation, quality: dict[str, Any] | None, tuned: str, prompted: str) -> Argument | None:
    target = computed.setting.scenario.target_success_rate
    about = None if quality is None else quality["approaches"].get(prompted)
    if target is None or about is None:
        return None
    found, plateau = about["target"], about["plateau"]
    evidence = {"target_success_rate": float(target), "plateau": plateau, "effort_hours": found["effort_hours"]}
    if not found["attainable"]:
        text = f"Prompting levels off at {plateau:.1%}, below the {float(target):.1%} asked."
        return Argument("plateau", tuned, text, evidence)
    hours = found["effort_hours"]
    text = f"Prompting reaches the {float(target):.1%} asked after {hours:,.0f} hours; it levels off at {plateau:.1%}."
    return Argument("plateau", prompted, text, evidence)


def _effort(computed: Computation, book: PriceBook, tuned: str, prompted: str) -> Argument | None:
    """Find the hours of prompt engineering at which both cost the same up front."""
    plan = computed.setting.scenario.approaches[prompted]
    hours = float(plan.effort_hours) if isinstance(plan, PromptEngineering) else 0.0
    pointer = f"/approaches/{escaped(prompted)}/effort_hours"
    two = {pointer: np.array([[hours], [hours + HOURS_APART]])}
    curves = compute_at(computed, book, two, computed.setting.choices.taken).curves
    prompt = curves[prompted].after_usd[:, 0]
    per_hour = float(prompt[-1] - prompt[0]) / HOURS_APART
    if per_hour <= 0:
        return None
    equal = hours + (float(curves[tuned].after_usd[0, 0]) - float(prompt[0])) / per_hour
    evidence = {"effort_hours": hours, "indifference_hours": equal}
    if equal <= hours:
        text = f"{prompted} costs no less up front than {tuned}, with {hours:,.0f} hours of prompt engineering planned."
        return Argument("effort", tuned, text, evidence)
    text = f"Up front {prompted} costs less than {tuned} up to {equal:,.0f} hours of effort; {hours:,.0f} are planned."
    return Argument("effort", prompted, text, evidence)


def _change(computed: Computation, book: PriceBook, tuned: str, prompted: str) -> Argument | None:
    """Find the rate of changes of the requirements at which both cost the same over the horizon."""
    scenario = computed.setting.scenario
    today = float(np.ravel(scenario.requirement_changes_per_month)[0])
    two = {CHANGES: np.array([[0.0], [1.0]])}
    curves = compute_at(computed, book, two, computed.setting.choices.taken).curves
    gap = np.ravel(curves[tuned].total_usd - curves[prompted].total_usd)
    if len(gap) < 2 or abs(gap[1] - gap[0]) <= 1e-9 * float(np.abs(gap).max()):
        return None
    parity = float(-gap[0] / (gap[1] - gap[0]))
    evidence = {"changes_per_month": today, "parity_changes_per_month": parity if parity >= 0 else None}
    dearer, other = (tuned, prompted) if gap[1] > gap[0] else (prompted, tuned)
    if parity < 0:
        ahead, behind = (prompted, tuned) if gap[0] > 0 else (tuned, prompted)
        text = f"At any rate of change {ahead} stays cheaper than {behind}; {today:g} changes a month are expected."
        return Argument("change", ahead, text, evidence)
    favoured = other if today > parity else dearer
    text = (
        f"Changes of the requirements cost more with {dearer}: it and {other} cost the same at {parity:.3g} changes a "
        f"month, and {today:g} are expected."
    )
    return Argument("change", favoured, text, evidence)


def _versatility(computed: Computation, tuned: str, prompted: str) -> Argument | None:
    tasks = float(np.ravel(computed.setting.scenario.tasks)[0])
    if tasks <= 1:
        return None
    each = {name: float(computed.curves[name].after_usd[0, 0]) / tasks for name in (tuned, prompted)}
    currency = computed.setting.scenario.currency
    costs = ", ".join(f"{money(usd, currency)} with {name}" for name, usd in each.items())
    text = f"Each of {tasks:g} tasks costs up front {costs}."
    favoured = min(each, key=lambda name: each[name])
    return Argument("versatility", favoured, text, {"tasks": tasks, "upfront_usd_per_task": each})


def _skills(computed: Computation, tuned: str, prompted: str) -> Argument | None:
    hours = {}
    for name in (tuned, prompted):
        by_role = computed.bills[name].resources.get("hours_by_role", {})
        hours[name] = float(np.ravel(by_role.get("ml_engineer", 0.0))[0])
    if hours[tuned] <= hours[prompted]:
        return None
    text = f"{tuned} takes {hours[tuned]:,.0f} hours of an ML engineer up front, {prompted} {hours[prompted]:,.0f}."
    return Argument("skills and budget", prompted, text, {"ml_engineer_hours": hours})


def _speed(computed: Computation, best: str, rival: str) -> Argument | None:
    months = {name: float(np.max(computed.bills[name].lead_time_months)) for name in (best, rival)}
    if months[best] == months[rival]:
        return None
    sooner, later = sorted(months, key=lambda name: months[name])
    begin = "at once" if months[sooner] < 0.05 else f"after {months[sooner]:.1f} months"
    text = f"{sooner} serves {begin}, {later} after {months[later]:.1f} months."
    return Argument("speed to market", sooner, text, {"lead_time_months": months})


def _consistency(computed: Computation, best: str, rival: str) -> Argument | None:
    """Compare how far the success rates vary from run to run, where that was measured."""
    plans = computed.setting.scenario.approaches
    spreads = {name: getattr(plans[name], "success_rate_spread", None) for name in (best, rival)}
    known = {name: float(spread) for name, spread in spreads.items() if spread is not None}
    if not known:
        return None
    words = [
        f"{name} varies by {100 * known[name]:.1f} points" if name in known else f"how far {name} does is not stated"
        for name in spreads
    ]
    text = f"From run to run the success rate of {'; '.join(words)} (standard deviation)."
    steadier = min(known, key=lambda name: known[name])
    favours = steadier if len(known) == 2 and len(set(known.values())) == 2 else None
    return Argument("consistency", favours, text, {"success_rate_spread": spreads})


def _waiting(computed: Computation, assessment: Assessment | None) -> list[Argument]:
    """Say for each staged plan that switches whether it pays to keep the choice open until then."""
    if assessment is None:
        return []
    currency, plans = computed.setting.scenario.currency, computed.setting.scenario.approaches
    means = {name: float(usd.mean()) for name, usd in assessment.totals.items()}
    cheapest = min(means, key=lambda name: means[name])
    found = []
    for name, worth in assessment.waiting_usd.items():
        month, plan = float(np.max(np.asarray(computed.bills[name].switch_month, dtype=float))), plans[name]
        if not isinstance(plan, Staged) or not 0.0 < month < computed.setting.horizon:
            continue
        gain, against = worth["over_deciding_now"], worth["over_the_best_plan"]
        today = "switching in any case" if means[name] <= means[plan.first] else f"staying with {plan.first}"
        saves = "nothing" if gain < LEAST_USD else f"at most {money(gain, currency)} on average"
        text = (
            f"With {name}, the switch to {plan.then} can still be called off in month {month:.0f}: knowing by then all "
            f"that is uncertain today would save {saves}, compared with {today}."
        )
        if cheapest not in (name, plan.first):
            text += f" {_beside(cheapest, against, currency)}"
            if gain >= LEAST_USD:
                text += (
                    "; the saving is on this plan alone, so it can exceed what knowing all before choosing a plan is "
                    "worth"
                )
            text += "."
        evidence = {"switch_month": month, **{f"{key}_usd": value for key, value in worth.items()}}
        found.append(Argument("waiting", name if against > LEAST_USD else None, text, evidence))
    return found


def _beside(cheapest: str, less_usd: float, currency: str) -> str:
    """Compare a plan that keeps its choice open with the one that is the cheapest on average."""
    if abs(less_usd) < LEAST_USD:
        return f"It then costs as much on average as {cheapest}, the cheapest plan on average without waiting"
    if less_usd > 0:
        less = money(less_usd, currency)
        return f"It then costs {less} less on average than {cheapest}, the cheapest plan on average without waiting"
    more = money(-less_usd, currency)
    return f"Even then it costs {more} more on average than {cheapest}, the cheapest plan on average"


def _availability(computed: Computation, best: str, rival: str) -> Argument | None:
    ends = {name: computed.bills[name].retires_month for name in (best, rival)}
    if ends[best] == ends[rival]:
        return None
    last = {name: computed.setting.horizon + 1 if month is None else month for name, month in ends.items()}
    lasting = max(last, key=lambda name: last[name])
    words = [f"{name} ends in month {month}" for name, month in ends.items() if month is not None]
    return Argument("availability", lasting, f"The model under {'; that under '.join(words)}.", {"retires_month": ends})
