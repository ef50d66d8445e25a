"""What is taken away: the scenario as JSON and YAML, the estimate as workbook and CSV, the request for a terminal."""

import shlex
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from flask import Response
from werkzeug.exceptions import NotFound

from estimator.web.documents import write_yaml
from estimator.web.export import component_rows, write_csv
from estimator.web.workbook import make_workbook

Solve = Callable[[Mapping[str, Any]], tuple[Any, dict[str, Any]]]
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


def _json(document: Mapping[str, Any], _: Solve) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _yaml(document: Mapping[str, Any], _: Solve) -> str:
    return write_yaml(document)


def _csv(document: Mapping[str, Any], solve: Solve) -> str:
    return write_csv(COMPONENT_COLUMNS, component_rows(solve(document)[1]))


def _xlsx(document: Mapping[str, Any], solve: Solve) -> bytes:
    return make_workbook(solve(document)[1])


FILES: dict[str, tuple[Callable[[Mapping[str, Any], Solve], str | bytes], str]] = {
    "scenario.json": (_json, "application/json"),
    "scenario.yaml": (_yaml, "application/yaml"),
    "estimate.csv": (_csv, "text/csv; charset=utf-8"),
    "estimate.xlsx": (_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
"""Every file by its name: what makes it, and its media type."""


def make(name: str, document: Mapping[str, Any], solve: Solve) -> Response:
    """Make one file.

    Raises
    ------
    EstimatorError : the scenario cannot be computed
    """
    if name not in FILES:
        raise NotFound(f"No such file: {name[:60]}. Known: {', '.join(FILES)}.")
    write, media_type = FILES[name]
    return Response(
        write(document, solve),
        content_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def curl(document: Mapping[str, Any], root: str) -> str:
    """Write the request to the API as a command for a terminal.

    Examples
    --------
    >>> print(curl({"name": "Bob's"}, "http://localhost/"))
    curl -H 'Content-Type: application/json' 'http://localhost/api/v1/estimates' -d '{"name":"Bob'"'"'s"}'
    """
    address = f"{root}api/v1/estimates"
    quoted = address if shlex.quote(address) != address else f"'{address}'"
    return f"curl -H 'Content-Type: application/json' {quoted} -d {shlex.quote(orjson.dumps(document).decode())}"
