"""An estimate as plain values, in the shape of the HTTP contract."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from estimator.approaches.bill import Bill
from estimator.approaches.hybrid import SHARED_HOURS
from estimator.approaches.setting import Assumption, Notes, Setting
from estimator.break_even.roots import Roots
from estimator.cost_line import COMPONENTS, CostLine
from estimator.curves import Curve
from estimator.estimate import Estimate, MonthsBreakEven, PairBreakEven
from estimator.explanation import plain, show_step
from estimator.price_book import PriceBook, PriceRow
from estimator.quantities import plus
from estimator.recommendation import Recommendation
from estimator.scenario.document import Default, as_document, defaults_used, scenario_id
from estimator.uncertainty.writing import write_assessment, write_bands, write_odds

NOTHING: dict[str, Any] = {
    "labelling_hours": 0.0,
    "test_labelling_hours": 0.0,
    "hours_by_role": {},
    "gpu_hours": 0.0,
    "gpus": 0,
    "memory_gib_per_gpu": None,
    "fits_memory_probability": None,
    "wall_clock_hours": None,
    "training_runs": 0.0,
    "training_tokens": 0.0,
    "energy_kwh": None,
    "tokens_per_month": None,
}


def answer(found: Estimate) -> dict[str, Any]:
    """Write an estimate as plain values: no NaN, no infinity, nothing but JSON."""
    setting = found.computed.setting
    document = as_document(found.scenario)
    written: dict[str, Any] = {
        "scenario_id": scenario_id(document),
        "scenario": document,
        "price_book": {"version": found.book.version, "on": found.book.on.isoformat()},
        "approaches": {
            name: write_approach(setting, bill, found.computed.curves[name], found.include)
            for name, bill in found.computed.bills.items()
        },
        "break_even": [write_pair(pair, found.include) for pair in found.pairs],
        "recommendation": write_recommendation(found.recommendation),
    }
    if found.assessment is not None:
        written["uncertainty"] = write_assessment(found.assessment)
        for name, approach in written["approaches"].items():
            approach |= write_bands(found.assessment, name)
        for pair in written["break_even"]:
            pair |= write_odds(found.assessment.odds[pair["candidate"], pair["baseline"]])
    if found.quality is not None:
        written["quality"] = found.quality
    if "assumptions" in found.include:
        written["assumptions"] = write_assumptions(found, setting.notes)
    if "prices" in found.include:
        written["prices_used"] = write_prices(found.book, setting.notes)
    written["warnings"] = [
        {"code": each.code, "pointer": each.pointer, "message": each.message} for each in setting.notes.warnings
    ]
    return written


def write_recommendation(found: Recommendation) -> dict[str, Any]:
    """Write what to do, why, how sure, and what would change it."""
    return {
        "approach": found.approach,
        "rival": found.ranking.rival,
        "headline": found.headline,
        "reasons": [
            {"criterion": each.criterion, "favours": each.favours, "text": each.text, "evidence": each.evidence}
            for each in found.reasons
        ],
        "feasibility": {
            name: {
                "feasible": not obstacles,
                "obstacles": [
                    {"code": each.code, "text": each.text, "value": each.value, "limit": each.limit}
                    for each in obstacles
                ],
            }
            for name, obstacles in found.ranking.obstacles.items()
        },
        "probability_best": found.probability_best,
        "expected_regret_usd": found.expected_regret_usd,
        "flips": [
            {
                "pointer": each.pointer,
                "today": each.today,
                "at": each.at,
                "factor": each.factor,
                "to": each.to,
                "kind": each.kind,
                "obstacle": each.obstacle,
            }
            for each in found.flips
        ],
    }


def write_approach(setting: Setting, bill: Bill, curve: Curve, include: frozenset[str]) -> dict[str, Any]:
    """Write one approach: totals, curve, components, resources."""
    months = setting.month.shape
    monthly = np.broadcast_to(bill.flow_usd + bill.event_usd, months)
    total = float(curve.total_usd[0])
    served = np.broadcast_to(np.asarray(bill.served, dtype=float), months)
    requests = float(served.sum())
    spent = float(np.ravel(bill.upfront_usd)[0]) + float(monthly.sum())
    well = None if bill.success_rate is None else float((served * bill.success_rate).sum())
    jumps = np.flatnonzero(np.broadcast_to(bill.event_usd, months))
    written: dict[str, Any] = {
        "kind": bill.kind,
        "upfront_usd": float(curve.after_usd[0, 0]),
        "total_usd": total,
        "usd_per_request": spent / requests if requests > 0 else None,
        "usd_per_success": total / well if well else None,
        "cumulative_usd": curve.after_usd[0].tolist(),
        "jumps": [
            {
                "month": int(month) + 1,
                "before_usd": float(curve.before_usd[0, month + 1]),
                "after_usd": float(curve.after_usd[0, month + 1]),
            }
            for month in jumps
        ],
        "monthly_usd": monthly.tolist(),
        "components": write_components(setting, bill, include),
        "resources": write_resources(bill, months),
        "lead_time_months": _first(bill.lead_time_months),
        "switch_month": None if bill.switch_month is None else _first(bill.switch_month),
        "success_rate": bill.overall_success,
    }
    if "trace" in include:
        written["trace"] = {name: [show_step(step) for step in steps] for name, steps in bill.workings.items() if steps}
    return written


def write_components(setting: Setting, bill: Bill, include: frozenset[str]) -> list[dict[str, Any]]:
    """Write the lines of a bill by component; recurring money is discounted, so that components add up to the total."""
    months = setting.month.shape
    by_component: dict[str, list[CostLine]] = {}
    for line in bill.lines:
        by_component.setdefault(line.component, []).append(line)
    written = []
    for component in sorted(by_component, key=COMPONENTS.index):
        lines = by_component[component]
        upfront = sum(float(np.ravel(line.upfront_usd)[0]) for line in lines)
        series: Any = np.zeros(months)
        for line in lines:
            series = plus(plus(series, line.monthly_usd), line.event_usd)
        recurring = float((setting.factors * series).sum())
        one: dict[str, Any] = {
            "id": component,
            "upfront_usd": upfront,
            "recurring_usd": recurring,
            "total_usd": upfront + recurring,
            **_quantity(lines),
        }
        if "trace" in include:
            one["trace"] = [show_step(step) for line in lines for step in line.steps]
        if "monthly_components" in include:
            one["monthly_usd"] = series.tolist()
        written.append(one)
    return written


def _quantity(lines: list[CostLine]) -> dict[str, Any]:
    known = [line for line in lines if line.quantity is not None]
    if not known:
        return {"quantity": None, "quantity_unit": None}
    unit = known[0].quantity_unit
    amount = sum(_first(line.quantity) for line in known if line.quantity_unit == unit)
    return {"quantity": amount, "quantity_unit": unit}


def write_resources(bill: Bill, months: tuple[int, ...]) -> dict[str, Any]:
    """Write hours, GPU-hours and replicas."""
    written = dict(NOTHING)
    for name, value in bill.resources.items():
        if name == SHARED_HOURS:
            continue  # a part of hours_by_role
        if isinstance(value, Mapping):
            written[name] = {key: _first(each) for key, each in value.items()}
        elif value is not None:
            written[name] = _first(value)
    written["replicas"] = (
        [] if bill.replicas is None else np.broadcast_to(np.asarray(bill.replicas, dtype=float), months).tolist()
    )
    return written


def write_pair(pair: PairBreakEven, include: frozenset[str]) -> dict[str, Any]:
    """Write the break-evens of one pair."""
    written: dict[str, Any] = {
        "candidate": pair.candidate,
        "baseline": pair.baseline,
        "months": write_months(pair.months),
        "saving_at_horizon_usd": pair.saving_at_horizon_usd,
    }
    if pair.traffic is not None:
        written["requests_per_month"] = write_roots(pair.traffic, "requests_per_month")
    return written


def write_months(found: MonthsBreakEven) -> dict[str, Any]:
    """Write the crossings in time."""
    return {
        "status": found.status,
        "first": found.first,
        "sustained": found.sustained,
        "crossings": [
            {"month": each.month, "direction": each.direction, "kind": each.kind} for each in found.crossings
        ],
        "reason": None if found.reason is None else found.reason.code,
        "extrapolated_month": None if found.reason is None else found.reason.extrapolated_month,
    }


def write_roots(found: Roots, name: str) -> dict[str, Any]:
    """Write the crossings along one input."""
    reason = None
    if not found.found:
        reason = "always_cheaper" if found.cheaper else "never_cheaper"
    return {
        "crossings": [{name: each.at, "direction": each.direction, "kind": each.kind} for each in found.found],
        "reason": reason,
        "cheaper": [{"from": start, "to": end} for start, end in found.cheaper],
        "best": {name: found.lowest_at, "difference_usd": found.lowest_usd},
        "search": {
            "method": found.method,
            "from": found.searched_from,
            "to": found.searched_to,
            "points": found.points,
        },
    }


def write_assumptions(found: Estimate, notes: Notes) -> list[dict[str, Any]]:
    """Write every default that stands in the scenario, and every number that was looked up or computed."""
    both: list[Default | Assumption] = [*defaults_used(found.scenario), *notes.assumptions]
    return [
        {"pointer": each.pointer, "value": plain(each.value), "unit": each.unit, "basis": each.basis} for each in both
    ]


def write_prices(book: PriceBook, notes: Notes) -> list[dict[str, Any]]:
    """Write the rows that were read, each once, with their age on the book's own day."""
    rows: dict[tuple[Any, ...], PriceRow] = {}
    for price in notes.prices.values():
        row = price.row
        rows[row.table, row.offer, row.price, row.region, row.variant, row.from_quantity, row.hours_utc] = row
    return [write_row(book, row) for _, row in sorted(rows.items())]


def write_row(book: PriceBook, row: PriceRow) -> dict[str, Any]:
    """Write one row of the price book."""
    return {
        "table": row.table,
        "offer": row.offer,
        "price": row.price,
        "value": row.value,
        "unit": row.unit,
        "currency": row.currency,
        "region": row.region,
        "variant": row.variant,
        "from_quantity": row.from_quantity,
        "hours_utc": row.hours_utc,
        "source": row.source,
        "source_url": row.source_url or None,
        "valid_from": _day(row.valid_from),
        "recorded_on": _day(row.recorded_on),
        "checked_on": _day(row.checked_on),
        "known_since": _day(book.known_since(row)),
        "age_days": book.age_days(row),
        "verification": row.verification,
        "origin": row.origin,
        "note": row.note,
    }


def _day(day: Any) -> str | None:
    return None if day is None else day.isoformat()


def _first(value: Any) -> Any:
    """Take the number of the first month, as a plain float."""
    return plain(float(np.ravel(value)[0]))
