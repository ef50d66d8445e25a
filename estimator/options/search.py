"""Enumerate, exclude with reasons, compute together, rank."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.approaches.lifetime import DAYS_PER_MONTH
from estimator.approaches.setting import Caution
from estimator.approaches.token_rates import CallPrices, offered_prices
from estimator.computation import Computation, compute
from estimator.errors import EstimatorError, ScenarioError
from estimator.estimate import completed, open_book
from estimator.hardware.catalogue import base_model, base_models, gpu, gpus
from estimator.options.candidate import Excluded, Option
from estimator.options.hardware import Machine, machines
from estimator.options.stacking import column, stacked, stacked_prices
from estimator.price_book import Library, Price, PriceBook
from estimator.price_book.levels import may_be_default
from estimator.scenario import (
    ApiServing,
    EndpointServing,
    FineTuning,
    GpuServing,
    GpuTraining,
    ManagedTraining,
    Plan,
    PromptEngineering,
    Scenario,
)
from estimator.scenario.document import as_document
from estimator.scenario.pointer import at_base

Values = npt.NDArray[np.float64]
METHODS = ("lora", "qlora", "full")
BLOCK_CELLS = 2**16
OPTION = "option"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offering:
    """Which part of the price book is looked through; None = all of it.

    Parameters
    ----------
    models : API models to be prompted
    services : managed tuning services
    base_models, methods, gpus : what is tuned and served on own or rented GPUs
    success_rates : success rate by model or base model, where it was measured
    """

    models: tuple[str, ...] | None = None
    services: tuple[str, ...] | None = None
    base_models: tuple[str, ...] | None = None
    methods: tuple[str, ...] = METHODS
    gpus: tuple[str, ...] | None = None
    success_rates: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What the search came to.

    Parameters
    ----------
    options : from the cheapest on
    excluded : with reasons
    pareto : those that no other beats in total cost, lead time and success rate
    warnings : what the reader must know
    """

    options: tuple[Option, ...]
    excluded: tuple[Excluded, ...]
    pareto: tuple[Option, ...]
    warnings: tuple[Caution, ...]


@dataclass(frozen=True, slots=True)
class _Search:
    """What all candidates share: the scenario at its base, the prices, the two templates."""

    scenario: Scenario
    book: PriceBook
    prompt: tuple[str, PromptEngineering] | None
    tuning: tuple[str, FineTuning] | None
    offering: Offering

    def rate(self, *names: str) -> float | None:
        """Return the measured success rate of a model under one of its names."""
        known = self.offering.success_rates or {}
        return next((known[name] for name in names if name in known), None)

    def around(self, plan: Plan) -> Scenario:
        """Put one plan beside the prompted one, which may bridge its lead time."""
        others = {self.prompt[0]: self.prompt[1]} if self.prompt is not None else {}
        baseline = self.prompt[0] if self.prompt is not None else OPTION
        return replace(self.scenario, approaches={**others, OPTION: plan}, baseline=baseline)


def search_options(scenario: Scenario, library: Library, offering: Offering | None = None) -> Found:
    """Compute every way the price book offers to serve one workload.

    The first prompted approach of the scenario is the template of every API model, the first tuned one that of every
    managed service and of every base model on GPUs: effort, examples, hours and tokens are theirs.

    Raises
    ------
    ScenarioError : the scenario has neither a prompted nor a tuned approach
    """
    book = open_book(scenario, library)
    base = at_base(completed(scenario, book))
    search = _Search(
        base, book, _template(base, PromptEngineering), _template(base, FineTuning), offering or Offering()
    )
    if search.prompt is None and search.tuning is None:
        raise ScenarioError(
            "The options need a prompted or a tuned approach as a template. Add one to the approaches.", "/approaches"
        )
    options: list[Option] = []
    excluded: list[Excluded] = []
    for part in (_prompted, _managed, _on_gpus):
        part(search, options, excluded)
    kept = [option for option in options if not _limit(search, option, excluded)]
    kept.sort(key=lambda option: (option.total_usd, option.name))
    warnings = []
    if any(option.success_rate is None for option in kept):
        warnings.append(
            Caution(
                "quality_unknown",
                "",
                "The success rate is not known for every model: options are ranked by cost alone. Name measured ones "
                "under success_rates.",
            )
        )
    return Found(tuple(kept), tuple(excluded), pareto(kept), tuple(warnings))


def _template(scenario: Scenario, kind: type) -> Any:
    return next(((name, plan) for name, plan in scenario.approaches.items() if isinstance(plan, kind)), None)


def _prompted(search: _Search, options: list[Option], excluded: list[Excluded]) -> None:
    """Prompt every API model."""
    if search.prompt is None:
        return
    _, plan = search.prompt
    template = plan.serving if isinstance(plan.serving, ApiServing) else ApiServing()
    length = plan.prompt_tokens + search.scenario.workload.input_tokens
    asked = search.offering.models
    found: list[tuple[str, CallPrices]] = []
    for model in search.book.offers("token_prices") if asked is None else asked:
        label = f"{model}, prompted"
        reason = _forbidden(search, model)
        try:
            offer = search.book.token_offer(model, template.variant)
            prices = offered_prices(offer, length, "")
        except EstimatorError as error:
            excluded.append(Excluded(label, "prompted", "no_price", error.message))
            continue
        ends = offer.lifecycle.shutdown_on if offer.lifecycle is not None else None
        if reason is None and ends is not None and not _lasts(search, ends):
            reason = ("availability", f"The model is shut down on {ends}.")
        if reason is None and prices.standard.input == prices.standard.output == 0.0:
            reason = ("no_price", "Both token prices are 0: it is not billed by tokens, or not for all.")
        if reason is None and asked is None and not _defaults_worthy(prices):
            reason = ("not_verified", "Its prices are second-hand or contradicted: name the model to include it.")
        needs_cache = isinstance(template.prompt_caching, dict)
        if reason is None and needs_cache and prices.standard.cached is None:
            reason = ("no_price", "No price of cached input.")
        if reason is not None:
            excluded.append(Excluded(label, "prompted", *reason))
            continue
        found.append((model, prices))
    if not found:
        return
    columns: Any = stacked_prices([prices for _, prices in found])
    serving = replace(template, model=None, prices=columns)
    own = replace(plan, serving=serving, success_rate=None, quality=None, model_life=None)
    written = as_document(replace(plan, serving=replace(template, prices=None)))
    rates = [search.rate(model, model.partition("/")[2]) for model, _ in found]
    documents = [
        {**written, "success_rate": rate, "serving": {**written["serving"], "model": model}}
        for (model, _), rate in zip(found, rates, strict=True)
    ]
    names = [f"{model}, prompted" for model, _ in found]
    providers = [model.partition("/")[0] for model, _ in found]
    _compute_together(search, own, len(found), "prompted", names, documents, providers, rates, options)


def _defaults_worthy(prices: CallPrices) -> bool:
    """Tell whether the prices of a model are supported well enough to be offered unasked."""
    read = (prices.standard.input, prices.standard.output)
    return all(may_be_default(price.row.verification) for price in read if isinstance(price, Price))


def _lasts(search: _Search, ends: date) -> bool:
    """Tell whether a model is there until the end of the horizon."""
    start = search.scenario.start_date or search.book.on
    return (ends - start).days > search.scenario.horizon_months * DAYS_PER_MONTH


def _managed(search: _Search, options: list[Option], excluded: list[Excluded]) -> None:
    """Tune at every managed service, one by one: they are few, and each has rules of its own."""
    if search.tuning is None:
        return
    _, plan = search.tuning
    asked = search.offering.services
    for offer in search.book.offers("training_prices"):
        service, _, model = offer.partition("/")
        if asked is not None and service not in asked:
            continue
        label = f"{model}, tuned at {service}"
        reason = _forbidden(search, offer)
        if reason is not None:
            excluded.append(Excluded(label, "managed_tuning", *reason))
            continue
        rate = search.rate(offer, model)
        hours = plan.training.hours_per_run if isinstance(plan.training, ManagedTraining) else None
        candidate = replace(
            plan,
            training=ManagedTraining(service=service, base_model=model, hours_per_run=hours),
            serving=EndpointServing(service=service, base_model=model),
            success_rate=rate,
            quality=None,
        )
        try:
            computed = compute(search.around(candidate), search.book)
        except EstimatorError as error:
            excluded.append(Excluded(label, "managed_tuning", "not_possible", error.message))
            continue
        if computed.bills[OPTION].retires_month is not None and plan.model_life is None:
            month = computed.bills[OPTION].retires_month
            excluded.append(Excluded(label, "managed_tuning", "availability", f"The model ends in month {month}."))
            continue
        _collect(computed, "managed_tuning", [label], [as_document(candidate)], [service], [rate], options)


def _on_gpus(search: _Search, options: list[Option], excluded: list[Excluded]) -> None:
    """Tune and serve every base model on every GPU that has a price."""
    if search.tuning is None:
        return
    _, plan = search.tuning
    asked = search.offering
    known = [
        machine
        for name in (gpus() if asked.gpus is None else asked.gpus)
        if (machine := _machine(search, name, excluded)) is not None
    ]
    models = [(name, base_model(name)) for name in (base_models() if asked.base_models is None else asked.base_models)]
    candidates = [
        Machine(name, shape, method, *machine)
        for name, shape in models
        for method in asked.methods
        for machine in known
    ]
    if not candidates:
        return
    possible = machines(search.scenario, plan, candidates, excluded)
    for batch in _batches(search.scenario, possible):
        training = plan.training if isinstance(plan.training, GpuTraining) else GpuTraining()
        serving = plan.serving if isinstance(plan.serving, GpuServing) else GpuServing()
        shapes, sheets = stacked([each.shape for each in batch]), stacked([each.sheet for each in batch])
        hourly = column([each.usd_per_gpu_hour for each in batch])
        shared: dict[str, Any] = {"base_model": shapes, "shape": None, "gpu": sheets, "owned": None}
        own = replace(
            plan,
            training=replace(
                training,
                **shared,
                method=column([each.method for each in batch]),
                gpus=column([each.training_gpus for each in batch]),
                weight_bits=None,
                mfu=None,
                probe=None,
                usd_per_gpu_hour=hourly,
            ),
            serving=replace(
                serving,
                **shared,
                gpus_per_replica=column([each.gpus_per_replica for each in batch]),
                prefill_tokens_per_second=None,
                decode_tokens_per_second=None,
                usd_per_gpu_hour=hourly,
            ),
            success_rate=None,
            quality=None,
        )
        rates = [search.rate(each.model) for each in batch]
        documents = [
            _write_machine(plan, training, serving, each, rate) for each, rate in zip(batch, rates, strict=True)
        ]
        names = [f"{each.model}, {each.method} on {each.gpu}" for each in batch]
        _compute_together(
            search, own, len(batch), "gpus", names, documents, [each.provider for each in batch], rates, options
        )


def _write_machine(
    plan: FineTuning, training: GpuTraining, serving: GpuServing, each: Machine, rate: float | None
) -> dict[str, Any]:
    """Write one candidate as an approach of its own."""
    rent = {"usd_per_gpu_hour": each.usd_per_gpu_hour, "provider": None, "owned": None, "shape": None}
    written = as_document(replace(plan, training=training, serving=serving, quality=None))
    written["success_rate"] = rate
    written["training"] |= rent | {
        "base_model": each.model,
        "gpu": each.gpu,
        "method": each.method,
        "gpus": int(each.training_gpus),
        "weight_bits": None,
        "mfu": None,
        "probe": None,
    }
    written["serving"] |= rent | {
        "base_model": each.model,
        "gpu": each.gpu,
        "gpus_per_replica": each.gpus_per_replica,
        "prefill_tokens_per_second": None,
        "decode_tokens_per_second": None,
    }
    return written  # type: ignore[no-any-return]  # a document


def _machine(search: _Search, name: str, excluded: list[Excluded]) -> tuple[str, Any, float, str] | None:
    """Return GPU, data sheet, price of an hour and provider; None where nobody sells it."""
    limits = search.scenario.constraints
    sheet = gpu(name)
    if limits is not None and name in limits.own_gpus:
        return name, sheet, 0.0, "own"
    providers: Sequence[str | None] = limits.providers if limits is not None and limits.providers else (None,)
    prices = []
    for provider in providers:
        try:
            prices.append(search.book.gpu_hour(name, provider))
        except EstimatorError as error:
            message = error.message
    if not prices:
        excluded.append(Excluded(name, "gpus", "no_price", message))
        return None
    cheapest = min(prices)
    return name, sheet, float(cheapest), cheapest.row.offer.partition("/")[0]


def _batches(scenario: Scenario, candidates: list[Machine]) -> list[list[Machine]]:
    size = max(BLOCK_CELLS // scenario.horizon_months, 64)
    return [candidates[start : start + size] for start in range(0, len(candidates), size)]


def _forbidden(search: _Search, offer: str) -> tuple[str, str] | None:
    limits = search.scenario.constraints
    provider = offer.partition("/")[0]
    if limits is None or not limits.providers or provider in limits.providers:
        return None
    return "provider", f"{provider} is not among the providers allowed."


def _compute_together(
    search: _Search,
    plan: Plan,
    count: int,
    kind: str,
    names: Sequence[str],
    documents: Sequence[dict[str, Any]],
    providers: Sequence[str],
    rates: Sequence[float | None],
    options: list[Option],
) -> None:
    """Compute candidates as the rows of one scenario."""
    computed = compute(search.around(plan), search.book)
    if len(computed.curves[OPTION].total_usd) not in (1, count):
        raise AssertionError(kind)
    _collect(computed, kind, names, documents, providers, rates, options)


def _collect(
    computed: Computation,
    kind: str,
    names: Sequence[str],
    documents: Sequence[dict[str, Any]],
    providers: Sequence[str],
    rates: Sequence[float | None],
    options: list[Option],
) -> None:
    curve, count = computed.curves[OPTION], len(names)
    columns = (
        np.broadcast_to(curve.total_usd, count).tolist(),
        np.broadcast_to(curve.after_usd[:, 0], count).tolist(),
        np.broadcast_to(np.ravel(computed.bills[OPTION].lead_time_months), count).tolist(),
    )
    options += [
        Option(name, kind, document, provider, total, upfront, lead, rate)
        for name, document, provider, total, upfront, lead, rate in zip(
            names, documents, providers, *columns, rates, strict=True
        )
    ]


def _limit(search: _Search, option: Option, excluded: list[Excluded]) -> bool:
    """Exclude an option beyond a limit of the scenario."""
    target, limits = search.scenario.target_success_rate, search.scenario.constraints
    reason = None
    if target is not None and option.success_rate is None:
        reason = ("quality_unknown", f"No success rate is known, and {target:.1%} is asked.")
    elif target is not None and option.success_rate is not None and option.success_rate < target:
        reason = ("quality", f"Its success rate of {option.success_rate:.1%} is below {target:.1%}.")
    elif limits is not None:
        for value, limit, code, words in (
            (option.upfront_usd, limits.most_upfront_usd, "budget", "up front"),
            (option.total_usd, limits.most_total_usd, "budget", "over the horizon"),
            (option.lead_time_months, limits.latest_start_months, "start", "months until it serves"),
        ):
            if reason is None and limit is not None and value > limit:
                reason = (code, f"{value:,.1f} {words} exceed the limit of {limit:,.1f}.")
    if reason is not None:
        excluded.append(Excluded(option.name, option.kind, *reason))
    return reason is not None


def pareto(options: Sequence[Option]) -> tuple[Option, ...]:
    """Keep the options that no other beats: none is as good in all of cost, lead time and success, and better in one.

    An unknown success rate counts as 0.
    """
    best: list[Option] = []
    ordered = sorted(options, key=lambda each: (each.total_usd, each.lead_time_months, -(each.success_rate or 0.0)))
    for option in ordered:
        good = option.success_rate or 0.0
        if not any(
            other.lead_time_months <= option.lead_time_months and (other.success_rate or 0.0) >= good for other in best
        ):
            best.append(option)
    return tuple(best)


def write_options(found: Found, most: int | None = None) -> dict[str, Any]:
    """Write the search as plain values, in the shape of the HTTP contract; `most` options and exclusions are listed."""
    return {
        "options": [_write(option) for option in found.options[:most]],
        "options_found": len(found.options),
        "excluded": [
            {"name": each.name, "kind": each.kind, "reason": each.reason, "detail": each.detail}
            for each in found.excluded[:most]
        ],
        "excluded_found": len(found.excluded),
        "pareto": [_write(option) for option in found.pareto],
        "warnings": [{"code": each.code, "pointer": each.pointer, "message": each.message} for each in found.warnings],
    }


def _write(option: Option) -> dict[str, Any]:
    return {
        "name": option.name,
        "kind": option.kind,
        "approach": option.document,
        "provider": option.provider,
        "total_usd": option.total_usd,
        "upfront_usd": option.upfront_usd,
        "lead_time_months": option.lead_time_months,
        "success_rate": option.success_rate,
    }
