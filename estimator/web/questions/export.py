"""Rows as CSV that a spreadsheet opens without running anything."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

COMPONENT_COLUMNS = (
    "approach",
    "kind",
    "component",
    "upfront_usd",
    "recurring_usd",
    "total_usd",
    "quantity",
    "quantity_unit",
)
FORMULA_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n")


def plain_cell(value: Any) -> Any:
    """Return a cell that no spreadsheet reads as a formula.

    Examples
    --------
    >>> plain_cell("=1+1"), plain_cell(-3.5), plain_cell(None)
    ("'=1+1", -3.5, '')
    """
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA_BEGINNINGS):
        return f"'{value}"
    return value


def write_csv(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> str:
    r"""Write rows under their columns.

    Examples
    --------
    >>> write_csv(["a", "b"], [{"a": 1, "b": "@x"}])
    "a,b\r\n1,'@x\r\n"
    """
    columns = list(columns)
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(plain_cell(column) for column in columns)
    writer.writerows([plain_cell(row.get(column)) for column in columns] for row in rows)
    return sheet.getvalue()


def component_rows(found: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """Yield one row for each component of each approach of an answer."""
    for name, approach in found["approaches"].items():
        for each in approach["components"]:
            yield {"approach": name, "kind": approach["kind"], "component": each["id"], **each}
