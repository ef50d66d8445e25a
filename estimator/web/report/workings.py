"""How each figure of an answer came about: a sum by its terms, an amount by its formulas and the prices in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from estimator.web.report.workings_of_months import MOST_TERMS, equation_over_time, listed_months, terms_over_time
from estimator.web.words.plain_values import plain_value
from estimator.web.words.wording import COMPONENT_GROUPS, COMPONENT_NAMES, months, whole_money

Answer = Mapping[str, Any]
BY_TASK = {
    "The sum of a date": ("refresh", "end_of_life"),
    "What the formulas give before the start": (
        "labelling",
        "test_labelling",
        "curation",
        "training",
        "evaluation",
        "prompt_effort",
        "engineering",
        "deployment",
    ),
}
"""What of which components is paid once for each task."""
MONTH = "month-"
"""How the id of the working of a month begins; its number follows."""


@dataclass(frozen=True)
class Term:
    """One part of a sum, with the working in which it is explained itself."""

    name: str
    amount: str
    working: str = ""


@dataclass(frozen=True)
class Working:
    """How one figure came about.

    Parameters
    ----------
    id : the place of its approach, and what it is of
    title, amount : the figure
    equation, terms : what it is put together from
    steps : the formulas that were applied, each with its inputs, value, unit and price rows
    note : where it comes from, where no equation gives it
    same_as, same : the approach with the same working, and its id there
    """

    id: str
    title: str
    amount: str
    equation: str = ""
    terms: tuple[Term, ...] = ()
    steps: tuple[dict[str, Any], ...] = ()
    note: str = ""
    same_as: str = ""
    same: str = ""


def group_id(place: int, group: str) -> str:
    """Name the working of the sum of some components.

    Examples
    --------
    >>> group_id(2, "Building it")
    '2-group-2'
    """
    return f"{place}-group-{list(COMPONENT_GROUPS).index(group) + 1}"


def sums_of(found: Answer, place: int, name: str) -> Iterator[Working]:
    """Explain the sums of one approach by their terms.

    Parameters
    ----------
    place : of the approach, from 1
    """
    approach, scenario = found["approaches"][name], found["scenario"]
    horizon, baseline = int(scenario["horizon_months"]), str(scenario["baseline"])
    rate = scenario["annual_discount_rate"]
    total, upfront = approach["total_usd"], approach["upfront_usd"]
    groups = tuple(_groups(found, place, name))
    later = f"; v^m = (1 + r)^(-m/12), r = {100 * rate:g}%" if isinstance(rate, int | float) and rate else ""
    yield Working(
        f"{place}-total",
        f"Total over {months(horizon)}",
        whole_money(total),
        f"C(T) = U + sum of v^m F(m) over the months m = 1..{horizon}{later}" if later else "C(T) = U + sum of F(m)",
        tuple(Term(each.title, each.amount, each.id) for each in groups),
    )
    if name != baseline:
        base = list(found["approaches"]).index(baseline) + 1
        compared = found["approaches"][baseline]["total_usd"]
        yield Working(
            f"{place}-saving",
            f"Saved against {baseline}",
            whole_money(compared - total),
            f"C of {baseline} - C of {name}",
            (
                Term(baseline, whole_money(compared), f"{base}-total"),
                Term(name, whole_money(-total), f"{place}-total"),
            ),
        )
    yield Working(
        f"{place}-upfront",
        "Before the start",
        whole_money(upfront),
        "U = the sum of what each part costs before the start",
        tuple(
            Term(COMPONENT_NAMES[each["id"]], whole_money(each["upfront_usd"]), f"{place}-{each['id']}")
            for each in approach["components"]
            if each["upfront_usd"]
        ),
    )
    yield Working(
        f"{place}-average",
        "A month, on average",
        whole_money((total - upfront) / horizon),
        f"(C(T) - U) / {horizon}",
        (
            Term("Total", whole_money(total), f"{place}-total"),
            Term("Before the start", whole_money(-upfront), f"{place}-upfront"),
        ),
    )
    yield from _for_each(approach, place, rate)
    band = (approach.get("bands") or {}).get("total_usd")
    if band and band.get("p10") is not None:
        yield Working(
            f"{place}-band",
            "Total in four of five cases",
            f"{whole_money(band['p10'])} to {whole_money(band['p90'])}",
            "P10 to P90 of C(T) over the draws",
            note=f"Every input that is a range is drawn {scenario['draws']:,} times (seed {scenario['seed']:,}), and "
            "the whole estimate computed for each draw. One case in ten is lower, one in ten is higher; the average is "
            f"{whole_money(band['mean'])}.",
        )
    yield from groups


def _for_each(approach: Mapping[str, Any], place: int, rate: Any) -> Iterator[Working]:
    """Explain what a request and a good answer cost."""
    each, good = approach["usd_per_request"], approach["usd_per_success"]
    spent = approach["upfront_usd"] + sum(approach["monthly_usd"])
    if each:
        yield Working(
            f"{place}-thousand",
            "A thousand requests",
            whole_money(1000 * each),
            "1,000 x payments / requests",
            (
                Term("All payments, not discounted", whole_money(spent)),
                Term("Requests served", whole_money(spent / each)),
            ),
        )
    if good:
        total = approach["total_usd"]
        yield Working(
            f"{place}-good",
            "A thousand good answers",
            whole_money(1000 * good),
            "1,000 x C(T) / requests answered well",
            (
                Term("Total", whole_money(total), f"{place}-total"),
                Term("Requests answered well", whole_money(total / good)),
            ),
            note="The total is discounted, and the answers are counted as they come: it is less than what a thousand "
            "requests cost, over the share answered well."
            if rate
            else "",
        )


def _groups(found: Answer, place: int, name: str) -> Iterator[Working]:
    totals = {each["id"]: each["total_usd"] for each in found["approaches"][name]["components"]}
    for group, members in COMPONENT_GROUPS.items():
        parts = [member for member in members if totals.get(member)]
        if parts:
            yield Working(
                group_id(place, group),
                group,
                whole_money(sum(totals[part] for part in parts)),
                "the sum of:",
                tuple(Term(COMPONENT_NAMES[part], whole_money(totals[part]), f"{place}-{part}") for part in parts),
            )


def components_of(found: Answer, place: int, name: str, seen: dict[str, tuple[str, str]]) -> Iterator[Working]:
    """Explain each component by its formulas; what is the same in two approaches is shown once.

    Parameters
    ----------
    seen : workings shown so far, and the approach and id under which they stand
    """
    for each in found["approaches"][name]["components"]:
        if not each["total_usd"]:
            continue
        key = f"{place}-{each['id']}"
        steps = tuple(written_step(step) for step in each.get("trace", ()))
        same_as, same = seen.setdefault(f"{each['id']} {steps}", (name, key)) if steps else (name, key)
        yield Working(
            key,
            COMPONENT_NAMES[each["id"]],
            whole_money(each["total_usd"]),
            equation_over_time(found, name, each),
            tuple(Term(words, whole_money(part), where) for words, part, where in terms_over_time(found, name, each)),
            () if same != key else steps,
            _by_task(found, name, each) or ("" if steps or same != key else "As stated in the scenario."),
            "" if same == key else same_as,
            "" if same == key else same,
        )


def _by_task(found: Answer, name: str, component: Mapping[str, Any]) -> str:
    """Say what is paid once for each task, where there are several; "" where nothing is."""
    tasks, kind = found["scenario"]["tasks"], found["approaches"][name]["kind"]
    if not isinstance(tasks, int | float) or tasks == 1 or not component.get("trace"):
        return ""
    what = next((words for words, ids in BY_TASK.items() if component["id"] in ids), "")
    if component["id"] == "requirement_changes" and kind in ("prompt_engineering", "fine_tuning"):
        return f"The change is that of {tasks:g} tasks."
    return f"{what}, times {tasks:g} tasks." if what else ""


def month_of(found: Answer, place: int, name: str, month: int) -> Working:
    """Explain what an approach pays in one month, 0 the start, and all that it has paid until its end."""
    approach = found["approaches"][name]
    sofar, rate = approach["cumulative_usd"], found["scenario"]["annual_discount_rate"]
    if month == 0:
        parts = {each["id"]: each["upfront_usd"] for each in approach["components"]}
    else:
        parts = {each["id"]: each["monthly_usd"][month - 1] for each in approach["components"]}
    terms = [
        Term(COMPONENT_NAMES[part], whole_money(amount), f"{place}-{part}") for part, amount in parts.items() if amount
    ]
    equation = "U = the sum of:"
    if month:
        paid = approach["monthly_usd"][month - 1]
        factor = f"{(1 + rate) ** (-month / 12):.6g}" if isinstance(rate, int | float) else "v^m"
        equation = f"C({month}) = C({month - 1}) + v^{month} F({month}), v^{month} = {factor}; F({month}) = the sum of:"
        terms += [
            Term(f"paid in month {month}", whole_money(paid)),
            Term(f"so far until month {month - 1}", whole_money(sofar[month - 1])),
        ]
    return Working(
        f"{place}-{MONTH}{month}",
        f"{name}, {f'month {month}' if month else 'the start'}",
        whole_money(sofar[month]),
        equation,
        tuple(terms),
    )


def crossings_of(found: Answer, month: int) -> Iterator[Working]:
    """Explain the break-evens that lie in one month: where the line between its beginning and its end meets zero."""
    places = {name: place for place, name in enumerate(found["approaches"], 1)}
    for pair in found["break_even"]:
        one, other = pair["candidate"], pair["baseline"]
        within = [each for each in pair["months"]["crossings"] if month - 1 < each["month"] <= month and month]
        for turn, each in enumerate(within):
            ends = [_apart(found, one, other, month - 1, "after"), _apart(found, one, other, month, "before")]
            words = [f"D({month - 1}), at the end of month {month - 1}", f"D({month}), before what is paid at its end"]
            equation = f"t = {month - 1} + D({month - 1}) / (D({month - 1}) - D({month}))"
            if each["kind"] == "jump":
                ends = [ends[1], _apart(found, one, other, month, "after")]
                words = ["D before what is paid at the end of the month", "D after it"]
                equation = f"t = {month}: D changes its sign with what is paid at its end"
            yield Working(
                f"{places[one]}-{places[other]}-even-{turn}",
                f"{one} {'cheaper' if each['direction'] == 'down' else 'dearer'} than {other}",
                f"after {months(each['month'])}",
                f"{equation}; D = C of {one} - C of {other}",
                tuple(Term(word, whole_money(end)) for word, end in zip(words, ends, strict=True)),
            )


def _apart(found: Answer, one: str, other: str, month: int, when: str) -> float:
    """Return how far two curves are apart before or after what is paid at the end of a month."""
    first, second = (_sofar(found["approaches"][name], month, when) for name in (one, other))
    return first - second


def _sofar(approach: Mapping[str, Any], month: int, when: str) -> float:
    paid = (jump[f"{when}_usd"] for jump in approach["jumps"] if jump["month"] == month)
    return float(next(paid, approach["cumulative_usd"][month]))


def _written(value: Any) -> str:
    """Write what stood in a formula; of sums that are paid in some months alone, which these are.

    Examples
    --------
    >>> _written([0.0, 0.0, 2576.0, 0.0, 2576.0]), _written([1.0, 2.0, 3.0]), _written([0.0, 5.0, 0.0, 7.0])
    ('2,576 in months 3 and 5, else 0', '1 … 3', '5 in month 2, 7 in month 4, else 0')
    """
    if not isinstance(value, list) or 0.0 not in value:
        return plain_value(value)
    days: dict[str, list[int]] = {}
    for month, each in enumerate(value, 1):
        if each:
            days.setdefault(plain_value(each), []).append(month)
    if not 0 < len(days) <= MOST_TERMS:
        return plain_value(value)
    return f"{', '.join(f'{each} in {listed_months(when)}' for each, when in days.items())}, else 0"


def written_step(step: Mapping[str, Any]) -> dict[str, Any]:
    """Write one applied formula for people."""
    rows = step["price_row"]
    inputs = ", ".join(f"{name.replace('_', ' ')} {_written(value)}" for name, value in step["inputs"].items())
    if step.get("p10") is not None:
        inputs += f"; four in five measurements lie between {_written(step['p10'])} and {_written(step['p90'])}"
    return {
        "name": step["name"].removesuffix("_usd").replace("_", " "),
        "formula": step["name"],
        "equation": step["equation"],
        "inputs": inputs,
        "value": _written(step["value"]),
        "unit": step["unit"],
        "rows": [rows] if isinstance(rows, dict) else rows or [],
    }
