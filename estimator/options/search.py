"""Enumerate, exclude with reasons, compute together, rank."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from estimator.approaches.setting import Caution
from estimator.errors import ScenarioError, UnknownNameError
from estimator.estimate import completed, open_book
from estimator.hardware.catalogue import base_models, gpus
from estimator.options.candidate import Excluded, Option
from estimator.options.frame import METHODS, Frame, Offering
from estimator.options.limits import limit_broken
from estimator.options.managed import tune_at_services
from estimator.options.on_gpus import prompt_on_gpus, tune_on_gpus
from estimator.options.prompted import prompt_models
from estimator.price_book import Library, PriceBook
from estimator.scenario import Scenario
from estimator.scenario.pointer import at_base

PARTS = (prompt_models, tune_at_services, prompt_on_gpus, tune_on_gpus)


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


def search_options(scenario: Scenario, library: Library, offering: Offering | None = None) -> Found:
    """Compute every way the price book offers to serve one workload.

    The first prompted approach of the scenario is the template of every API model and of every base model that is
    prompted on GPUs, the first tuned one that of every managed service and of every base model tuned on GPUs: effort,
    examples, hours and tokens are theirs.

    Raises
    ------
    ScenarioError : the scenario has neither a prompted nor a tuned approach
    UnknownNameError : the offering names what no table has; its pointer says where
    """
    offering = offering or Offering()
    book = open_book(scenario, library)
    check_names(offering, book)
    base = at_base(completed(scenario, book))
    frame = Frame(base, book, offering)
    if frame.prompt is None and frame.tuning is None:
        raise ScenarioError(
            "The options need a prompted or a tuned approach as a template. Add one to the approaches.", "/approaches"
        )
    for part in PARTS:
        part(frame)
    kept = []
    for option in frame.options:
        broken = limit_broken(base, option)
        if broken is None:
            kept.append(option)
        else:
            frame.leave_out(option.name, option.kind, *broken, option.document)
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
    return Found(tuple(kept), tuple(frame.excluded), pareto(kept), tuple(warnings))


def check_names(offering: Offering, book: PriceBook) -> None:
    """Refuse names of the offering that no table has; a model without a price is an exclusion of its own.

    Raises
    ------
    UnknownNameError : with the place of the name
    """
    services = {offer.partition("/")[0] for offer in book.offers("training_prices")}
    for field, kind, asked, known in (
        ("services", "tuning service", offering.services, sorted(services)),
        ("base_models", "base model", offering.base_models, base_models()),
        ("methods", "tuning method", offering.methods, METHODS),
        ("gpus", "GPU", offering.gpus, gpus()),
    ):
        for place, name in enumerate(asked or ()):
            if name not in known:
                raise UnknownNameError(kind, name, known, f"/{field}/{place}")


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
