"""What all candidates of a search share: the scenario, the prices, the templates, the results so far."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.approaches.expected_quality import expected_success
from estimator.approaches.faults import computable
from estimator.approaches.lifetime import DAYS_PER_MONTH
from estimator.computation import Computation, compute
from estimator.errors import CellsError, EstimatorError, PriceNotFoundError, UnknownNameError
from estimator.options.candidate import Candidate, Excluded, Option
from estimator.options.stacking import column
from estimator.price_book import PriceBook
from estimator.scenario import FineTuning, Hybrid, ModelLife, Plan, PromptEngineering, Scenario, Staged
from estimator.scenario.pointer import escaped

METHODS = ("lora", "qlora", "full")
BLOCK_CELLS = 2**16


@dataclass(frozen=True, slots=True, kw_only=True)
class Offering:
    """Which part of the price book is looked through; None = all of it.

    Parameters
    ----------
    models : API models to be prompted
    services : managed tuning services
    base_models, methods, gpus : what is prompted or tuned, and served, on own or rented GPUs
    success_rates : success rate where it was measured, by model, base model or the name of an option
    """

    models: tuple[str, ...] | None = None
    services: tuple[str, ...] | None = None
    base_models: tuple[str, ...] | None = None
    methods: tuple[str, ...] | None = None
    gpus: tuple[str, ...] | None = None
    success_rates: Mapping[str, float] | None = None


@dataclass(slots=True)
class Frame:
    """The question of a search, and what was found so far.

    Parameters
    ----------
    scenario : the question at its base case
    prompt, tuning : name and plan of the first approach of each kind, None where there is none
    """

    scenario: Scenario
    book: PriceBook
    offering: Offering
    prompt: tuple[str, PromptEngineering] | None = None
    tuning: tuple[str, FineTuning] | None = None
    options: list[Option] = field(default_factory=list)
    excluded: list[Excluded] = field(default_factory=list)
    slot: str = "option"

    def __post_init__(self) -> None:
        """Find the templates, and a free name for the candidates."""
        for name, plan in self.scenario.approaches.items():
            if isinstance(plan, PromptEngineering) and self.prompt is None:
                self.prompt = name, plan
            if isinstance(plan, FineTuning) and self.tuning is None:
                self.tuning = name, plan
        while self.slot in self.scenario.approaches:
            self.slot += "'"

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions that may be used, none = all."""
        limits = self.scenario.constraints
        return () if limits is None else limits.regions

    def rate(self, plan: Plan, *names: str, own: bool) -> float | None:
        """Return the success rate that was measured under one of these names, or that of the template's own model."""
        known = self.offering.success_rates or {}
        measured = next((known[name] for name in names if name in known), None)
        if measured is not None or not own or not isinstance(plan, PromptEngineering | FineTuning):
            return measured
        if plan.success_rate is not None:
            return float(plan.success_rate)
        return None if plan.quality is None else float(np.min(expected_success(plan, "")))

    def around(self, plan: Plan) -> Scenario:
        """Put one plan beside the approaches that may bridge its lead time."""
        tuned = self.tuning[0] if self.tuning is not None else None
        others = {
            name: each
            for name, each in self.scenario.approaches.items()
            if name != tuned and not isinstance(each, Hybrid | Staged)
        }
        baseline = self.scenario.baseline if self.scenario.baseline in others else None
        return replace(self.scenario, approaches={**others, self.slot: plan}, baseline=baseline)

    def forbidden(self, offer: str) -> tuple[str, str] | None:
        """Say why an offer's provider may not be used, None where it may."""
        limits = self.scenario.constraints
        provider = offer.partition("/")[0]
        if limits is None or not limits.providers or provider in limits.providers:
            return None
        return "provider", f"{provider} is not among the providers allowed."

    def outlives(self, ends: date | None) -> bool:
        """Tell whether a model is there until the end of the horizon."""
        start = self.scenario.start_date or self.book.on
        return ends is None or (ends - start).days > self.scenario.horizon_months * DAYS_PER_MONTH

    def leave_out(self, name: str, kind: str, reason: str, detail: str, document: Any = None) -> None:
        """Exclude a candidate."""
        self.excluded.append(Excluded(name, kind, reason, detail, document))

    def compute_alone(self, candidate: Candidate, plan: Plan) -> None:
        """Compute one candidate; where it cannot be, or its model ends with no move planned, it is excluded."""
        try:
            computed = compute(self.around(plan), self.book)
        except EstimatorError as error:
            self._refuse(candidate, error)
            return
        month = computed.bills[self.slot].retires_month
        if month is not None and getattr(plan, "model_life", None) is None:
            detail = f"Its model ends in month {month} of {computed.setting.horizon}."
            self.leave_out(candidate.name, candidate.kind, "availability", detail, candidate.document)
            return
        self._keep(computed, [candidate])

    def compute_together(self, candidates: Sequence[Candidate], plan_of: Callable[[list[int]], Any]) -> None:
        """Compute candidates as the rows of one scenario; what cannot be computed is excluded.

        Parameters
        ----------
        plan_of : makes one plan whose numbers are columns, of some of the candidates by their places
        """
        size = max(BLOCK_CELLS // self.scenario.horizon_months, 64)
        for known in (False, True):
            places = [at for at, each in enumerate(candidates) if (each.success_rate is not None) is known]
            for start in range(0, len(places), size):
                self._compute_block(candidates, places[start : start + size], plan_of)

    def _compute_block(
        self, candidates: Sequence[Candidate], places: list[int], plan_of: Callable[[list[int]], Any]
    ) -> None:
        def some(cells: npt.NDArray[np.int64]) -> Computation:
            here = [places[cell] for cell in cells.tolist()]
            rates = [candidates[at].success_rate for at in here]
            plan = replace(plan_of(here), success_rate=None if rates[0] is None else column(rates), quality=None)
            try:
                return compute(self.around(plan), self.book)
            except CellsError:
                raise
            except EstimatorError as error:
                if len(here) > 1:
                    raise self._in_template(error, plan) from None
                raise CellsError((0,), partial(_itself, error)) from None

        kept, computed = computable(
            len(places), some, lambda cell, error: self._refuse(candidates[places[cell]], error)
        )
        if computed is not None:
            self._keep(computed, [candidates[places[cell]] for cell in kept.tolist()])

    def _refuse(self, candidate: Candidate, error: EstimatorError) -> None:
        reason = "no_price" if isinstance(error, PriceNotFoundError | UnknownNameError) else "not_possible"
        self.leave_out(candidate.name, candidate.kind, reason, error.message, candidate.document)

    def _in_template(self, error: EstimatorError, plan: Plan) -> EstimatorError:
        """Let an error of every candidate point at the template that they come from."""
        template = self.prompt if isinstance(plan, PromptEngineering) else self.tuning
        inside = f"/approaches/{escaped(self.slot)}"
        if template is not None and error.pointer.startswith(inside):
            error.pointer = f"/approaches/{escaped(template[0])}{error.pointer.removeprefix(inside)}"
        return error

    def _keep(self, computed: Computation, candidates: Sequence[Candidate]) -> None:
        curve, bill, count = computed.curves[self.slot], computed.bills[self.slot], len(candidates)
        rates: list[float | None] = [None] * count
        if bill.lowest_success is not None:
            rates = np.broadcast_to(bill.lowest_success, count).tolist()
        columns = (
            np.broadcast_to(curve.total_usd, count).tolist(),
            np.broadcast_to(curve.after_usd[:, 0], count).tolist(),
            np.broadcast_to(np.ravel(bill.lead_time_months), count).tolist(),
        )
        self.options += [
            Option(each.name, each.kind, each.document, each.provider, total, upfront, lead, rate)
            for each, total, upfront, lead, rate in zip(candidates, *columns, rates, strict=True)
        ]


def _itself(error: EstimatorError, _: int) -> EstimatorError:
    """Say of the only cell what was said of all of them."""
    return error


def life_of(plan: PromptEngineering | FineTuning) -> ModelLife | None:
    """Return how the plan moves on to other models; the day on which its own model ends says nothing of another."""
    return None if plan.model_life is None else replace(plan.model_life, ends_on=None)
