"""The estimate as a workbook: inputs, totals, components by month, curves, assumptions, prices."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import xlsxwriter

from estimator.scenario.pointer import escaped
from estimator.web.wording import COMPONENT_NAMES, KIND_NAMES, break_even_words

PRICE_COLUMNS = (
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
    "age_days",
    "verification",
    "source",
    "source_url",
    "note",
)
LONGEST_CELL = 32_000


def make_workbook(found: Mapping[str, Any]) -> bytes:
    """Write an estimate as an XLSX file; text that begins with = stays text."""
    held = io.BytesIO()
    settings = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
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
    elif value is not None:
        sheet.write_string(row, column, str(value)[:LONGEST_CELL])


Sheet = tuple[str, Sequence[str], Iterable[Sequence[Any]]]


def _sheets(found: Mapping[str, Any]) -> Iterator[Sheet]:
    approaches = found["approaches"]
    currency = found["scenario"]["currency"]
    yield "Summary", ("what", "value"), _summary(found)
    yield "Inputs", ("pointer", "value"), list(_leaves(found["scenario"], ""))
    yield (
        "Totals",
        (
            "approach",
            "kind",
            f"up-front, {currency}",
            f"running, {currency}",
            f"total, {currency}",
            f"a request, {currency}",
            "lead time, months",
            "success rate",
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
            *(f"month {month}" for month in range(1, horizon + 1)),
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
        ("month", *approaches),
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
    yield (
        "Break-even",
        (
            "candidate",
            "baseline",
            "status",
            "first month",
            "sustained month",
            "requests a month",
            f"saving at the horizon, {currency}",
            "in words",
        ),
        [
            (
                pair["candidate"],
                pair["baseline"],
                pair["months"]["status"],
                pair["months"]["first"],
                pair["months"]["sustained"],
                ", ".join(
                    f"{each['requests_per_month']:,.0f}"
                    for each in pair.get("requests_per_month", {}).get("crossings", ())
                ),
                pair["saving_at_horizon_usd"],
                break_even_words(pair),
            )
            for pair in found["break_even"]
        ],
    )
    yield (
        "Assumptions",
        ("pointer", "value", "unit", "basis"),
        [
            (each["pointer"], _plain(each["value"]), each["unit"], each["basis"])
            for each in found.get("assumptions", ())
        ],
    )
    yield (
        "Prices",
        PRICE_COLUMNS,
        [[row.get(column) for column in PRICE_COLUMNS] for row in found.get("prices_used", ())],
    )


def _summary(found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    scenario = found["scenario"]
    return [
        ("Scenario", scenario["name"] or "Scenario"),
        ("Recommendation", found["recommendation"]["headline"]),
        *(("Reason", each["text"]) for each in found["recommendation"]["reasons"]),
        *(("Warning", each["message"]) for each in found["warnings"]),
        ("Months compared", scenario["horizon_months"]),
        ("Currency", scenario["currency"]),
        ("Price book", found["price_book"]["version"]),
        ("Scenario id", found["scenario_id"]),
    ]


def _leaves(node: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, Mapping) and node:
        for name, child in node.items():
            yield from _leaves(child, f"{pointer}/{escaped(str(name))}")
    elif isinstance(node, list) and any(isinstance(each, Mapping) for each in node):
        for place, child in enumerate(node):
            yield from _leaves(child, f"{pointer}/{place}")
    else:
        yield pointer, _plain(node)


def _plain(value: Any) -> Any:
    if isinstance(value, list | Mapping):
        return ", ".join(str(each) for each in value)
    return value
