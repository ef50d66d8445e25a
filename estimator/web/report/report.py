"""An answer as the page shows it: cards, charts with their tables, workings, resources, what it rests on."""

from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from typing import Any

from estimator.computation import TRAFFIC
from estimator.scenario.pointer import escaped
from estimator.web.charts.catalogue import draw, drawable, marks_of
from estimator.web.charts.small_specs import written_small
from estimator.web.form.points import write_point
from estimator.web.report.reading import Reading
from estimator.web.report.stated_values import declared_at, stated_value
from estimator.web.report.workings import MONTH, Working, components_of, crossings_of, group_id, month_of, sums_of
from estimator.web.report.workings_of_resources import (
    RESOURCES,
    ROLES,
    cell_of,
    label_of_resource,
    paid_and_ready,
    resources_of,
    value_of,
)
from estimator.web.words.input_names import unit_beside
from estimator.web.words.marked_figures import Lead
from estimator.web.words.plain_values import alike, amount, plain_value, share
from estimator.web.words.wording import COMPONENT_GROUPS, COMPONENT_NAMES, KIND_NAMES, months, whole_money
from estimator.web.words.written_values import in_percent, with_percent

OLD_DAYS = 90
"""A price that nobody saw for longer is marked."""
LEVELS_IN_BRIEF = {
    "verified": "two sources agree",
    "own": "yours",
    "seen": "read at one source",
    "assumed": "an assumption of ours",
    "second-hand": "quoted by others",
    "conflicting": "sources disagree",
    "unverified": "no public source",
}
"""What estimator.price_book.levels says of each level, in a few words."""

AGAIN = frozenset({"$schema", "title"})
"""Parts of a specification that stand on the page already, or that the script knows."""


@dataclass(frozen=True)
class Report(Reading):
    """An answer, seen as the page shows it.

    Parameters
    ----------
    shown : the sections that were asked for: "workings", "assumptions"
    opened_working : the id of the working that is open from the start
    """

    shown: frozenset[str] = frozenset()
    opened_working: str = ""

    @property
    def horizon(self) -> int:
        """Months that are compared."""
        return int(self.found["scenario"]["horizon_months"])

    @property
    def best(self) -> str | None:
        """The recommended approach, None where none meets what is asked."""
        found: str | None = self.found["recommendation"]["approach"]
        return found

    @property
    def in_brief(self) -> str:
        """The answer in a few words."""
        if self.best is None:
            return "no approach meets what is asked"
        return f"{self.best}: {self.currency} {whole_money(self.approaches[self.best]['total_usd'])}"

    @property
    def baseline(self) -> str:
        """The approach that the others are compared with."""
        return str(self.found["scenario"]["baseline"])

    @cached_property
    def cards(self) -> list[dict[str, Any]]:
        """Each approach at a glance."""
        marks = marks_of(self.found)
        pairs = {pair["candidate"]: pair for pair in self.found["break_even"] if pair["baseline"] == self.baseline}
        cards = []
        for name, each in self.approaches.items():
            pair = pairs.get(name)
            lead = each["lead_time_months"]
            cards.append(
                {
                    "name": name,
                    "kind": KIND_NAMES[each["kind"]],
                    "mark": marks[name],
                    "best": name == self.best,
                    "total": whole_money(each["total_usd"]),
                    "upfront": whole_money(each["upfront_usd"]),
                    "running": whole_money((each["total_usd"] - each["upfront_usd"]) / self.horizon),
                    "thousand": None
                    if each["usd_per_request"] is None
                    else whole_money(1000 * each["usd_per_request"]),
                    "ready": "at once" if not lead else f"in {months(lead)}",
                    "switch": self._switch(name, each),
                    "success": None if each["success_rate"] is None else f"{100 * each['success_rate']:.3g}%",
                    "saving": self._saving(pair),
                    "against": self._against(pair),
                    "band": self._band(each),
                    "obstacles": self.obstacles.get(name, []),
                }
            )
        return cards

    def _switch(self, name: str, each: dict[str, Any]) -> str | None:
        """Say when a staged plan changes over: what it changes to may be paid for before it is ready."""
        month = each.get("switch_month")
        if month is None:
            return None
        if month >= self.horizon:
            return f"never within {months(self.horizon)}"
        ready = self.approaches[self.found["scenario"]["approaches"][name]["then"]]["lead_time_months"]
        return f"after {months(month)}" if ready <= month else paid_and_ready(month, ready)

    def _against(self, pair: dict[str, Any] | None) -> str:
        if pair is None:
            return "the others are compared with it"
        saving, whole = pair["saving_at_horizon_usd"], self.approaches[self.baseline]["total_usd"]
        share = f" ({abs(saving) / whole:.0%})" if whole > 0 else ""
        return f"{'less' if saving > 0 else 'more'}{share} than {self.baseline}"

    @staticmethod
    def _saving(pair: dict[str, Any] | None) -> str:
        return "" if pair is None else whole_money(abs(pair["saving_at_horizon_usd"]))

    @staticmethod
    def _band(approach: dict[str, Any]) -> str:
        band = (approach.get("bands") or {}).get("total_usd")
        if not band or band.get("p10") is None or band.get("p90") is None:
            return ""
        return f"{whole_money(band['p10'])} to {whole_money(band['p90'])}"

    @property
    def verdict(self) -> tuple[str, str]:
        """The recommendation: its first sentence, and what else is said."""
        first, dot, rest = self.headline.partition(". ")
        return first + dot.strip(), rest

    @cached_property
    def told_break_evens(self) -> list[tuple[str, list[Lead]]]:
        """Every pair in words: its months lead to how they are worked out, its traffic to the estimate there."""
        return list(zip(self.break_evens, map(self._leads, self.found["break_even"]), strict=True))

    @staticmethod
    def _leads(pair: dict[str, Any]) -> list[Lead]:
        crossings = [each["month"] for each in pair["months"]["crossings"]]
        traffic = [each["requests_per_month"] for each in pair.get("requests_per_month", {}).get("crossings", ())]
        return [
            *(Lead(months(month), "trace", f"{MONTH}{ceil(month)}") for month in crossings),
            *(Lead(f"{requests:,.0f}", "at", write_point({TRAFFIC: requests})) for requests in traffic),
        ]

    @cached_property
    def charts(self) -> dict[str, dict[str, Any]]:
        """The specifications of the charts that this answer can show."""
        return {name: draw(name, self.found) for name in drawable(self.found)}

    @property
    def specs(self) -> str:
        """The same as text for the script of the page, with what is repeated written once."""
        shown = {
            name: {key: part for key, part in spec.items() if key not in AGAIN} for name, spec in self.charts.items()
        }
        return written_small(shown)

    def finding(self, chart: str) -> str:
        """Tell what a chart shows, as its heading."""
        return " ".join(self.charts[chart]["title"]["text"]).partition(": ")[2]

    @property
    def traffic(self) -> dict[str, Any] | None:
        """The savings over the traffic."""
        return self.found.get("volume_curve")

    @cached_property
    def parts(self) -> list[dict[str, Any]]:
        """Every component that costs something, by what it is for, with its total for each approach."""
        totals = self.component_totals
        groups = []
        for group, members in COMPONENT_GROUPS.items():
            rows = [
                {
                    "id": member,
                    "name": COMPONENT_NAMES[member],
                    "cells": [
                        {"amount": column.get(member), "working": f"{place}-{member}"}
                        for place, column in enumerate(totals, 1)
                    ],
                }
                for member in members
                if any(column.get(member) for column in totals)
            ]
            if rows:
                sums = [
                    {
                        "amount": sum(column.get(member, 0.0) for member in members),
                        "working": group_id(place, group) if any(column.get(member) for member in members) else "",
                    }
                    for place, column in enumerate(totals, 1)
                ]
                groups.append({"name": group, "rows": rows, "sums": sums})
        return groups

    @cached_property
    def workings(self) -> list[tuple[str, list[Working]]]:
        """How the figures of each approach came about: sums, components, people and machines."""
        seen: dict[str, tuple[str, str]] = {}
        return [
            (
                name,
                [
                    *sums_of(self.found, place, name),
                    *components_of(self.found, place, name, seen),
                    *resources_of(self.found, place, name),
                ],
            )
            for place, name in enumerate(self.approaches, 1)
        ]

    @property
    def opened_month(self) -> int | None:
        """The month whose figures are explained, 0 the start, None without one."""
        number = self.opened_working.removeprefix(MONTH)
        if number == self.opened_working or not number.isdecimal() or len(number) > len(str(self.horizon)):
            return None
        return min(int(number), self.horizon)

    @cached_property
    def month_workings(self) -> list[Working]:
        """How the figures of the opened month came about."""
        month = self.opened_month
        if month is None:
            return []
        return [
            *(month_of(self.found, place, name, month) for place, name in enumerate(self.approaches, 1)),
            *crossings_of(self.found, month),
        ]

    @cached_property
    def resources(self) -> list[tuple[str, list[dict[str, str]]]]:
        """Hours, GPUs and replicas of each approach with their workings, rows without any left out."""
        return [
            (
                label_of_resource(each),
                [cell_of(self.found, place, name, each) for place, name in enumerate(self.approaches, 1)],
            )
            for each in (*ROLES, *RESOURCES)
            if any(value_of(approach, each) for approach in self.approaches.values())
        ]

    @cached_property
    def component_totals(self) -> list[dict[str, float]]:
        """The total of every component, an object for each approach."""
        return [{each["id"]: each["total_usd"] for each in one["components"]} for one in self.approaches.values()]

    @cached_property
    def rates(self) -> list[dict[str, Any]]:
        """How often each approach answers well, and what it costs."""
        good = [each["usd_per_success"] for each in self.approaches.values()]
        thousand = alike([None if each is None else 1000 * each for each in good])
        return [
            {
                "name": name,
                "rate": share(each["success_rate"]),
                "total": whole_money(each["total_usd"]),
                "success": success,
                "place": place,
            }
            for place, ((name, each), success) in enumerate(zip(self.approaches.items(), thousand, strict=True), 1)
        ]

    @cached_property
    def quality(self) -> list[dict[str, str]]:
        """How good each approach can get, and what the target takes, where curves were given."""
        rows = []
        for name, curve in ((self.found.get("quality") or {}).get("approaches") or {}).items():
            target = curve.get("target")
            takes, unit, opens = "", "", ""
            if target:
                examples, hours = target.get("train_examples"), target.get("effort_hours")
                unit = "examples" if "train_examples" in target else "hours"
                takes = "out of reach" if not target["attainable"] else f"{amount(examples or hours or 0.0)} {unit}"
                if target["total_usd"] is not None:
                    field, needed = ("train_examples", ceil(examples - 1e-9)) if examples else ("effort_hours", hours)
                    opens = write_point({f"/approaches/{escaped(name)}/{field}": needed or 0.0})
            rows.append(
                {
                    "name": name,
                    "highest": f"{curve['plateau']:.1%}",
                    "target": f"{target['success_rate']:.1%}" if target else "none stated",
                    "takes": takes,
                    "opens": opens,
                    "total": whole_money(target["total_usd"]) if target and target["total_usd"] is not None else "",
                    "basis": str(curve["basis"]),
                }
            )
        return rows

    @cached_property
    def month_rows(self) -> list[tuple[int, list[tuple[float, float]]]]:
        """Month by month: what is paid in it, and all that was paid until its end."""
        return [
            (
                month,
                [(each["monthly_usd"][month - 1], each["cumulative_usd"][month]) for each in self.approaches.values()],
            )
            for month in range(1, self.horizon + 1)
        ]

    @cached_property
    def judged(self) -> list[dict[str, Any]]:
        """The assumptions that are more than zeros: what a reader should look at."""
        return [each for each in self.assumptions if not str(each["basis"]).startswith("neutral")]

    def stated(self, assumption: dict[str, Any]) -> str:
        """Write the value of an assumption as the form does."""
        placed = declared_at(self.found["scenario"], assumption["pointer"])
        if placed is None:
            return f"{plain_value(assumption['value'])} {unit_beside(assumption['value'], assumption['unit'])}".strip()
        name, declared = placed
        return stated_value(name, replace(declared, unit=assumption["unit"]), assumption["value"])

    def basis_of(self, assumption: dict[str, Any]) -> str:
        """Say where an assumption comes from, in the units that its value is written in."""
        placed = declared_at(self.found["scenario"], assumption["pointer"])
        basis = str(assumption["basis"])
        return with_percent(basis) if placed and in_percent(*placed) else basis

    @property
    def curve(self) -> dict[str, Any] | None:
        """The break-even over the input that was chosen, where that was asked."""
        return self.found.get("input_curve")

    @property
    def shares(self) -> dict[str, Any] | None:
        """What makes the saving uncertain, where that was asked."""
        return self.found.get("range_shares")

    @property
    def asked_day(self) -> str | None:
        """The day whose prices were asked, where it is not that up to which the book knows."""
        book = self.found["price_book"]
        return None if book["version"].startswith(book["on"]) else str(book["on"])

    @cached_property
    def oldest_seen(self) -> str | None:
        """The day on which the price was seen that was not seen for longest, where that is long ago."""
        return min((each["checked_on"] for each in self.prices if self.is_old(each)), default=None)

    @staticmethod
    def is_old(price: dict[str, Any]) -> bool:
        """Tell whether nobody saw a price for long, counted from the day of the book."""
        return (price["age_days"] or 0) > OLD_DAYS

    def is_later(self, price: dict[str, Any]) -> bool:
        """Tell whether a price is not known to hold on the day that was asked, only later."""
        since = str(price["known_since"] or "")
        return price["origin"] != "request" and since > str(self.found["price_book"]["on"])

    @property
    def levels_in_words(self) -> str:
        """What the levels of the prices promise, and what is marked as old."""
        levels = {each["verification"] for each in self.prices}
        told = [f"{level}: {words}" for level, words in LEVELS_IN_BRIEF.items() if level in levels]
        told += [f"old: not seen for {OLD_DAYS} days"] if self.oldest_seen else []
        told += ["later: known only from a later day on"] if any(map(self.is_later, self.prices)) else []
        return "; ".join(told).capitalize() + "."

    @property
    def uncertain(self) -> bool:
        """Whether the answer holds bands."""
        return any(each.get("bands") for each in self.approaches.values())

    @property
    def levers(self) -> dict[str, Any] | None:
        """How far each input moves the saving."""
        return self.found.get("levers")

    @property
    def flips(self) -> list[dict[str, str]] | None:
        """What would change the choice, and the point at which it does, where that was asked."""
        return self.found.get("flips")

    @property
    def obstacles(self) -> dict[str, list[str]]:
        """What stands against each approach."""
        feasibility = self.found["recommendation"].get("feasibility", {})
        return {name: [each["text"] for each in one["obstacles"]] for name, one in feasibility.items()}
