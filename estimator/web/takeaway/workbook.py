"""The estimate as a workbook: inputs, totals, components by month, curves, assumptions, prices."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter

from estimator.scenario.inputs import inputs_of
from estimator.scenario.pointer import escaped, tokens_of
from estimator.web.form.draft import owner_at
from estimator.web.words.input_names import in_words, unit_of, without_field_names
from estimator.web.words.price_names import price_name
from estimator.web.words.wording import COMPONENT_NAMES, KIND_NAMES, break_even_words, reason_words

PRICE_COLUMNS = (
    "what",
    "table",
    "offer",
    "price",
    "value",
    "unit",
    "currency",
    "region",
    "variant",
    "valid_from",
    "recorded_on",
    "checked_on",
    "known_since",
    "age_days",
    "verification",
    "source",
    "source_url",
    "note",
)
DAYS = frozenset({"valid_from", "recorded_on", "checked_on", "known_since"})
LONGEST_CELL = 32_000


def make_workbook(found: Mapping[str, Any]) -> bytes:
    """Write an estimate as an XLSX file: numbers as numbers, days as days, and text that begins with = as text."""
    held = io.BytesIO()
    settings: dict[str, Any] = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    settings["default_date_format"] = "yyyy-mm-dd"
    with xlsxwriter.Workbook(held, settings) as book:
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        for title, columns, rows in _sheets(found):
            sheet = book.add_worksheet(title)
            sheet.freeze_panes(1, 1)
            sheet.write_row(0, 0, columns, bold)
            widths = [len(str(column)) for column in columns]
            for place, row in enumerate(rows, start=1):
                for column, value in enumerate(row):
                    _write(sheet, place, column, value)
                    widths[column] = max(widths[column], min(60, len(str(value)) if isinstance(value, str) else 12))
            for column, width in enumerate(widths):
                sheet.set_column(column, column, min(60, width + 2))
    return held.getvalue()


def _write(sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value)
    elif value is not None:
        sheet.write_string(row, column, str(value)[:LONGEST_CELL])


Sheet = tuple[str, Sequence[str], Iterable[Sequence[Any]]]


def _sheets(found: Mapping[str, Any]) -> Iterator[Sheet]:
    approaches = found["approaches"]
    currency = found["scenario"]["currency"]
    yield "Summary", ("what", "value"), _summary(found)
    yield "Inputs", ("input", "value", "unit", "pointer"), list(_inputs(found["scenario"]))
    banded = any("bands" in each for each in approaches.values())
    yield (
        "Totals",
        (
            "approach",
            "kind",
            f"up-front, {currency}",
            f"running, discounted, {currency}",
            f"total, discounted, {currency}",
            f"a request, not discounted, {currency}",
            "lead time, months",
            "success rate, share of the requests",
            *(
                (f"total, one case in ten is below, {currency}", f"total, one case in ten is above, {currency}")
                * banded
            ),
        ),
        [
            (
                name,
                KIND_NAMES[each["kind"]],
                each["upfront_usd"],
                each["total_usd"] - each["upfront_usd"],
                each["total_usd"],
                each["usd_per_request"],
                each["lead_time_months"],
                each["success_rate"],
                *(each["bands"]["total_usd"][quantile] for quantile in ("p10", "p90") if "bands" in each),
            )
            for name, each in approaches.items()
        ],
    )
    horizon = found["scenario"]["horizon_months"]
    yield (
        "Components by month",
        (
            "approach",
            "component",
            f"up-front, {currency}",
            *(f"month {month}, not discounted, {currency}" for month in range(1, horizon + 1)),
            f"total discounted, {currency}",
        ),
        [
            (name, COMPONENT_NAMES[part["id"]], part["upfront_usd"], *part["monthly_usd"], part["total_usd"])
            for name, each in approaches.items()
            for part in each["components"]
        ],
    )
    yield (
        "Cumulative cost",
        ("month", *(f"{name}, discounted, {currency}" for name in approaches)),
        [(month, *(each["cumulative_usd"][month] for each in approaches.values())) for month in range(horizon + 1)],
    )
    curve = found.get("volume_curve")
    if curve:
        names = list(curve["saving_usd"])
        yield (
            "Saving by traffic",
            ("requests in the first month", *(f"{name}, {currency}" for name in names)),
            [
                (requests, *(curve["saving_usd"][name][place] for name in names))
                for place, requests in enumerate(curve["requests_per_month"])
            ],
        )
    yield "Break-even", _even_columns(currency), [_even_row(pair) for pair in found["break_even"]]
    yield (
        "Crossings",
        ("candidate", "baseline", "over", "at", "unit", "from there the candidate is"),
        [row for pair in found["break_even"] for row in _crossings(pair)],
    )
    yield (
        "Assumptions",
        ("input", "value", "unit", "basis", "pointer"),
        [
            (in_words(pointer), value, _unit(each["unit"]), each["basis"], pointer)
            for each in found.get("assumptions", ())
            for pointer, value in _leaves(each["value"], each["pointer"])
        ],
    )
    yield (
        "Prices",
        PRICE_COLUMNS,
        [[_price_cell(column, row) for column in PRICE_COLUMNS] for row in found.get("prices_used", ())],
    )


def _summary(found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    scenario = found["scenario"]
    return [
        ("Scenario", scenario["name"] or "Scenario"),
        ("Recommendation", found["recommendation"]["headline"]),
        *(("Reason", each["text"]) for each in found["recommendation"]["reasons"]),
        *(("Warning", without_field_names(each["message"])) for each in found["warnings"]),
        ("Months compared", scenario["horizon_months"]),
        ("Currency", scenario["currency"]),
        ("Price book", found["price_book"]["version"]),
        ("Scenario id", found["scenario_id"]),
    ]


def _even_columns(currency: str) -> tuple[str, ...]:
    return (
        "candidate",
        "baseline",
        "status",
        "first cheaper, months",
        "cheaper for good, months",
        "if all months were alike, months",
        "why never",
        "break-even traffic, requests in the first month",
        "above that traffic the candidate is",
        "why no traffic",
        f"saving at the horizon, {currency}",
        "in words",
    )


def _even_row(pair: Mapping[str, Any]) -> tuple[Any, ...]:
    """Write one pair: the first break-even of each sort as a number, or why there is none; all stand in Crossings."""
    months, traffic = pair["months"], pair.get("requests_per_month") or {}
    first = next(iter(traffic.get("crossings", ())), None)
    return (
        pair["candidate"],
        pair["baseline"],
        months["status"],
        months["first"],
        months["sustained"],
        months.get("extrapolated_month"),
        reason_words(months["reason"]) or None,
        first and first["requests_per_month"],
        first and _becomes(first),
        None if first else reason_words(traffic.get("reason")) or None,
        pair["saving_at_horizon_usd"],
        break_even_words(dict(pair)),
    )


def _crossings(pair: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    for each in pair["months"]["crossings"]:
        yield pair["candidate"], pair["baseline"], "time", each["month"], "months", _becomes(each)
    for each in (pair.get("requests_per_month") or {}).get("crossings", ()):
        at = each["requests_per_month"]
        yield pair["candidate"], pair["baseline"], "traffic", at, "requests in the first month", _becomes(each)


def _becomes(crossing: Mapping[str, Any]) -> str:
    return "cheaper" if crossing["direction"] == "down" else "dearer"


def _price_cell(column: str, row: Mapping[str, Any]) -> Any:
    if column == "what":
        return f"{row['offer']}, {price_name(row)}"
    value = row.get(column)
    return date.fromisoformat(value) if column in DAYS and value else value


def _inputs(scenario: dict[str, Any]) -> Iterator[tuple[str, Any, str, str]]:
    """Yield every input with its unit; the corners of a range have that of the input."""
    for pointer, value in _leaves(scenario, ""):
        yield in_words(pointer), value, _unit_of(scenario, tokens_of(pointer)), pointer


def _unit_of(scenario: dict[str, Any], tokens: list[str]) -> str:
    for last in reversed(range(len(tokens))):
        place = owner_at(scenario, tokens[:last])
        declared = place and inputs_of(place[0]).get(tokens[last])
        if declared:
            return _unit(declared.unit)
    return ""


def _unit(written: str) -> str:
    """Write a unit so that it is no number: none for a pure number, "billion" for 1e9."""
    return unit_of(written) if written in ("1", "1e9") else written


def _leaves(node: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    """Yield every single value below a place."""
    if isinstance(node, Mapping) and node:
        for name, child in node.items():
            yield from _leaves(child, f"{pointer}/{escaped(str(name))}")
    elif isinstance(node, list) and node:
        for place, child in enumerate(node):
            yield from _leaves(child, f"{pointer}/{place}")
    else:
        yield pointer, None if isinstance(node, list | Mapping) else node
