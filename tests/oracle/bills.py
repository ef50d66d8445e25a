"""Bills month by month: model sections 5 to 7. A bill is a list of lines, so that a shared test set is seen."""

from dataclasses import dataclass, field
from fractions import Fraction

from tests.oracle.exact_numbers import power, rounded, whole_up
from tests.oracle.traffic import requests_by_month, serving_cost

PEAK = {"H100-SXM": Fraction("989.4e12"), "A100-80GB-SXM": Fraction("312e12")}
LLAMA_8B_RANK_16 = 16 * 32 * (2 * (4096 + 4096) + 2 * (4096 + 1024) + 3 * (4096 + 14336))
"""Adapters of all linear layers: q and o, k and v, gate, up and down."""


@dataclass
class Line:
    upfront: Fraction = Fraction(0)
    flow: list = field(default_factory=list)
    events: list = field(default_factory=list)
    test_set: bool = False


@dataclass
class Outline:
    """An approach before lead time and bridge; `run` gives the flow at any traffic."""

    upfront: list
    run: object
    events: list
    change: Fraction
    success: Fraction | None
    lead: Fraction
    plan: dict
    unit: Fraction = Fraction(0)


class Oracle:
    """Every approach of one question, exactly."""

    def __init__(self, question):
        self.question = question
        self.months = int(question["horizon_months"])
        self.volumes = requests_by_month(question)
        self.bills = {}
        self.switch_totals = {}
        rate = question.get("annual_discount_rate", Fraction(0))
        self.factor = [rounded(power(1 / (1 + rate), Fraction(m, 12))) for m in range(self.months + 1)]

    def zeros(self):
        return [Fraction(0)] * self.months

    def bill(self, name):
        if name not in self.bills:
            plan = self.question["approaches"][name]
            self.bills[name] = self.staged(name, plan) if plan["kind"] == "staged" else self.closed(self.outline(plan))
        return self.bills[name]

    def sums(self, lines):
        flow, events = self.zeros(), self.zeros()
        for line in lines:
            flow = [a + b for a, b in zip(flow, line.flow or self.zeros(), strict=True)]
            events = [a + b for a, b in zip(events, line.events or self.zeros(), strict=True)]
        return sum((line.upfront for line in lines), Fraction(0)), flow, events

    def curve(self, name):
        """C just before and just after the events of each month, 0..T."""
        upfront, flow, events = self.sums(self.bill(name))
        before, after = [upfront], [upfront]
        for month in range(1, self.months + 1):
            before.append(after[-1] + self.factor[month] * flow[month - 1])
            after.append(before[-1] + self.factor[month] * events[month - 1])
        return before, after

    # ---- the five kinds

    def outline(self, plan):
        return getattr(self, f"_{plan['kind']}")(plan)

    def _lump_sum(self, plan):
        fall = 1 - plan.get("annual_price_decline_share", Fraction(0))

        def run(volumes):
            unit = plan.get("usd_per_request", 0)
            flow = [v * unit * power(fall, Fraction(m, 12)) for m, v in enumerate(volumes)]
            return flow, [plan.get("monthly_fixed_usd", Fraction(0))] * self.months

        return Outline(
            [Line(plan.get("upfront_usd", Fraction(0)))],
            run,
            [Line(events=self.dated(plan.get("events", [])))],
            plan.get("requirement_change_usd", Fraction(0)),
            plan.get("success_rate"),
            plan.get("lead_time_months", Fraction(0)),
            plan,
        )

    def dated(self, events):
        paid = self.zeros()
        for event in events:
            if event["month"] <= self.months:
                paid[int(event["month"]) - 1] += event["usd"]
        return paid

    def periodic(self, every, amount):
        """At P, 2P, ... before the horizon; a fractional multiple falls in the month that contains it."""
        paid, when = self.zeros(), every
        while whole_up(when) < self.months:
            paid[int(whole_up(when)) - 1] += amount
            when += every
        return paid

    def _prompt_engineering(self, plan):
        rates, tasks = self.question["rates"], self.question.get("tasks", 1)
        wage, engineer = rates["prompt_engineer_usd_per_hour"], rates["ml_engineer_usd_per_hour"]
        _, unit = serving_cost(self.question, plan["serving"], plan["prompt_tokens"], self.volumes)
        score = self.scoring(unit)
        effort = plan.get("effort_hours", 0) * wage + self.search(plan.get("optimiser"), unit)
        iterations = plan.get("effort_hours", 0) / plan.get("hours_per_iteration", Fraction("1.5"))
        deployment = plan.get("deployment_hours", 0) * engineer + plan.get("deployment_usd", 0)
        refresh, life, change = plan.get("refresh"), plan.get("model_life"), plan.get("requirement_change")
        events = []
        if refresh is not None:
            cost = refresh.get("hours", 0) * wage + score
            events.append(Line(events=self.periodic(refresh.get("every_months", 6), cost * tasks)))
        if life is not None and life.get("every_months"):
            cost = (life.get("migration_hours") or 0) * wage + score
            events.append(Line(events=self.periodic(life["every_months"], cost * tasks)))
        x = change.get("hours", 0) * wage + change.get("usd", 0) + score if change is not None else Fraction(0)
        upfront = [
            Line(self.test_set() * tasks, test_set=True),
            Line((effort + iterations * score + deployment) * tasks),
        ]
        run = self.runner(plan, plan["prompt_tokens"], wage)
        lead = plan.get("lead_time_months", Fraction(0))
        return Outline(upfront, run, events, x * tasks, plan.get("success_rate"), lead, plan)

    def runner(self, plan, prompt_tokens, wage):
        fixed = plan.get("monthly_fixed_usd", 0) + plan.get("upkeep_hours_per_month", 0) * wage

        def run(volumes):
            flow, _ = serving_cost(self.question, plan["serving"], prompt_tokens, volumes)
            return flow, [fixed] * self.months

        return run

    def search(self, optimiser, unit):
        """Calls of an automatic search: model section 18."""
        if not optimiser:
            return Fraction(0)
        from math import log2

        name, size = optimiser["kind"].split("_")
        n, val = {"light": (6, 100), "medium": (12, 300), "heavy": (18, 1000)}[size]
        predictors = int(optimiser.get("predictors", 1))
        shots = 1 if optimiser.get("zero_shot") and name == "mipro" else 2
        trials = int(max(2 * shots * predictors * log2(n), 1.5 * n))
        price = optimiser.get("prompt_model_usd_per_call")
        if name == "mipro":
            instructions = n if shots == 1 else n // 2
            prompts = 10 + instructions * predictors + predictors + 1
            return (35 * trials + val * (trials // 5 + 1)) * unit + prompts * (unit if price is None else price)
        examples = int(optimiser.get("validation_examples", 300))
        return (examples + 5 * n + 35 * trials + ((trials + 1) // 5 + 1) * examples) * unit

    def scoring(self, unit):
        test, how = self.question["labelling"].get("test_examples", 0), self.question.get("evaluation", {})
        expert = self.question["rates"]["domain_expert_usd_per_hour"]
        human = how.get("human_share", 0) * how.get("human_seconds_per_example", 60) / 3600 * expert
        return test * (unit + how.get("judge_usd_per_example", 0) + human)

    def labels(self, wanted, existing, kept=Fraction(1)):
        how, rates = self.question["labelling"], self.question["rates"]
        wage = rates["annotator_usd_per_hour"]
        gross = whole_up(max(wanted - existing, Fraction(0)) / ((1 - how["reject_rate"]) * kept))
        if how["mode"] == "vendor":
            return gross * how["units_per_example"] * how["labels_per_overlapped_example"] * how["usd_per_unit"]
        if how["mode"] == "model_assisted":
            verified = how["verified_share"] * how["verification_seconds"] / 3600
            return gross * (how["model_usd_per_example"] + verified * wage)
        overlap = how["overlap_share"]
        seconds = (1 + overlap * (how["labels_per_overlapped_example"] - 1)) * how["seconds_per_label"]
        seconds += overlap * how["disagreement_rate"] * how["adjudication_seconds"]
        seconds += how["audit_share"] * how["audit_seconds"]
        hours = gross * seconds / 3600
        return hours * wage * (1 + how["vendor_markup_share"]) + gross * how["tool_usd_per_example"]

    def test_set(self):
        how, rates = self.question["labelling"], self.question["rates"]
        guidelines = how.get("guideline_hours", 0) * rates["domain_expert_usd_per_hour"]
        return self.labels(how.get("test_examples", 0), how.get("existing_test_examples", 0)) + guidelines

    def _fine_tuning(self, plan, prompt_tokens=None):
        rates, tasks = self.question["rates"], self.question.get("tasks", 1)
        wage = rates["ml_engineer_usd_per_hour"]
        prompt = plan.get("prompt_tokens", 0) if prompt_tokens is None else prompt_tokens
        _, unit = serving_cost(self.question, plan["serving"], prompt, self.volumes)
        score = self.scoring(unit)
        examples = plan["train_examples"] + plan.get("validation_examples", 0)
        labels = self.labels(examples, plan.get("existing_examples", 0), plan.get("kept_share", Fraction(1)))
        curation = plan.get("curation_hours", 0) * rates["domain_expert_usd_per_hour"]
        curation += examples * plan.get("curation_usd_per_example", 0)
        one_run, training = self.training(plan)
        runs = plan["planned_runs"] / (1 - plan["run_failure_rate"])
        work = plan.get("engineering_hours", 0) + plan.get("deployment_hours", 0)
        upfront = labels + curation + training + runs * score + work * wage + plan.get("deployment_usd", 0)

        def again(part):
            again_runs = part.get("planned_runs", 0) / (1 - plan["run_failure_rate"])
            cost = part.get("label_share", 0) * labels + again_runs * (one_run + score)
            return cost + part.get("hours", 0) * wage + part.get("usd", 0)

        refresh, life, change = plan.get("refresh"), plan.get("model_life"), plan.get("requirement_change")
        events = []
        if refresh is not None:
            cost = again({"label_share": Fraction(1, 4), "planned_runs": 1, **refresh}) * tasks
            events.append(Line(events=self.periodic(refresh.get("every_months", 6), cost)))
        if life is not None and life.get("every_months"):
            hours = life.get("migration_hours")
            hours = plan.get("engineering_hours", 0) if hours is None else hours
            cost = training + runs * score + hours * wage
            events.append(Line(events=self.periodic(life["every_months"], cost * tasks)))
        lines = [Line(self.test_set() * tasks, test_set=True), Line(upfront * tasks)]
        x = again(change) * tasks if change is not None else Fraction(0)
        run = self.runner(plan, prompt, wage)
        return Outline(lines, run, events, x, plan.get("success_rate"), plan["lead_time_months"], plan)

    def training(self, plan):
        """One more run, and all planned ones."""
        how, prices = plan["training"], plan["training"].get("prices", {})
        runs = plan["planned_runs"] / (1 - plan["run_failure_rate"])
        if how["kind"] == "managed":
            length = how.get("padded_to_tokens") or plan["tokens_per_example"]
            tokens = plan["train_examples"] * length * plan["epochs"]
            tokens += plan.get("validation_examples", 0) * length * how.get("validation_passes", 0)
            one = tokens * prices.get("training_usd_per_mtok", 0) / 10**6 + how.get("grader_usd_per_run", 0)
            one += how.get("hours_per_run", 0) * prices.get("usd_per_training_hour", 0)
            one = max(one, prices.get("minimum_usd_per_run", Fraction(0)))
            return one, runs * one
        params = Fraction("8.03e9")
        flop = 6 * params if how["method"] == "full" else 4 * params + 6 * LLAMA_8B_RANK_16
        flop *= plan["train_examples"] * plan["tokens_per_example"] * plan["epochs"] * how["padding_factor"]
        hours = flop / (PEAK[how["gpu"]] * how["mfu"] * 3600) * how["overhead_factor"]
        startup = how["startup_hours"] * how["gpus"]
        planned, share = plan["planned_runs"], how["search_data_share"]
        full = ((planned - 1) * share + 1) / (1 - plan["run_failure_rate"]) if planned else 0
        price = how["usd_per_gpu_hour"]
        return (hours + startup) * price, (full * hours + runs * startup) * price

    def _hybrid(self, plan):
        parts = self.question["approaches"]
        first, fallback = self.outline(parts[plan["first"]]), self.outline(parts[plan["fallback"]])
        share, mode = plan.get("escalated_share", Fraction("0.15")), plan["mode"]
        if mode == "tuned_with_prompt":
            tokens = plan.get("prompt_tokens")
            richer = parts[plan["fallback"]]["prompt_tokens"] if tokens is None else tokens
            first = self._fine_tuning(parts[plan["first"]], richer)
        shared = any(line.test_set for line in first.upfront)
        upfront = [*first.upfront, *(line for line in fallback.upfront if not (shared and line.test_set))]
        if plan.get("upfront_usd") is not None:
            upfront = [Line(plan["upfront_usd"])]

        def run(volumes):
            mine = [v * (1 - share) for v in volumes] if mode == "router" else volumes
            flow, fixed = first.run(mine)
            if mode != "tuned_with_prompt":
                more, more_fixed = fallback.run([v * share for v in volumes])
                flow = [a + b for a, b in zip(flow, more, strict=True)]
                fixed = [a + b for a, b in zip(fixed, more_fixed, strict=True)]
            if plan.get("monthly_fixed_usd") is not None:
                fixed = [plan["monthly_fixed_usd"]] * self.months
            judge = plan.get("judge_usd_per_request", 0)
            return [a + v * judge for a, v in zip(flow, volumes, strict=True)], fixed

        known = first.success is not None and fallback.success is not None and mode != "tuned_with_prompt"
        success = (1 - share) * first.success + share * fallback.success if known else None
        stated, change, lead = (
            plan.get("success_rate"),
            plan.get("requirement_change_usd"),
            plan.get("lead_time_months"),
        )
        events = plan.get("events")
        return Outline(
            upfront,
            run,
            [*first.events, *fallback.events] if events is None else [Line(events=self.dated(events))],
            first.change + fallback.change if change is None else change,
            success if stated is None else stated,
            max(first.lead, fallback.lead) if lead is None else lead,
            plan,
        )

    # ---- calendar

    def closed(self, outline):
        """Running flow with changes and failures, then the lead time."""
        question = self.question
        flow, fixed = outline.run(self.volumes)
        mu, fail = question.get("requirement_changes_per_month", 0), question.get("cost_of_failure_usd", 0)
        total = [a + b + mu * outline.change for a, b in zip(flow, fixed, strict=True)]
        if outline.success is not None:
            total = [a + v * (1 - outline.success) * fail for a, v in zip(total, self.volumes, strict=True)]
        policy, lines = question.get("delay_policy", "bridge"), [*outline.upfront, *outline.events]
        if not outline.lead or policy == "ignore":
            return [*lines, Line(flow=total)]
        waiting = [min(max(outline.lead - m, Fraction(0)), Fraction(1)) for m in range(self.months)]
        if policy == "unserved":
            unserved = question.get("cost_unserved_usd_per_request", 0)
            delay = question.get("delay_cost_usd_per_month", 0)
            instead, paid = [v * unserved + delay for v in self.volumes], Fraction(0)
        else:
            upfront, instead, _ = self.sums(self.bill(outline.plan["bridge"]))
            paid = upfront * outline.plan.get("bridge_upfront_share", 0)
        mixed = [w * b + (1 - w) * f for w, b, f in zip(waiting, instead, total, strict=True)]
        return [*lines, Line(paid, mixed)]

    def staged(self, name, plan):
        first, then = self.bill(plan["first"]), self.bill(plan["then"])
        shared = any(line.test_set and line.upfront for line in first)
        then = [line for line in then if not (shared and line.test_set)]
        (_, flow_1, events_1), (price, flow_2, events_2) = self.sums(first), self.sums(then)
        switch = plan.get("switch_month")
        if switch is None:
            switch = self.best_switch(name, price, flow_1, events_1, flow_2, events_2)
        return self.joined(first, then, int(switch))

    def joined(self, first, then, switch):
        """The first up to the switch, then the other, whose up-front cost is paid at the switch."""
        none = self.zeros()
        lines = []
        for line in first:
            flow, events = line.flow or none, line.events or none
            lines.append(
                Line(line.upfront, flow[:switch] + none[switch:], events[:switch] + none[switch:], line.test_set)
            )
        for line in then:
            flow, events = line.flow or none, line.events or none
            events = none[:switch] + events[switch:]
            if switch:
                events[switch - 1] += line.upfront
            start = Fraction(0) if switch else line.upfront
            lines.append(Line(start, none[:switch] + flow[switch:], events, line.test_set))
        return lines

    def best_switch(self, name, price, flow_1, events_1, flow_2, events_2):
        spent_1 = [v * (f + e) for v, f, e in zip(self.factor[1:], flow_1, events_1, strict=True)]
        spent_2 = [v * (f + e) for v, f, e in zip(self.factor[1:], flow_2, events_2, strict=True)]
        totals = [sum(spent_1[:s]) + self.factor[s] * price + sum(spent_2[s:]) for s in range(self.months + 1)]
        self.switch_totals[name] = totals
        return totals.index(min(totals))
