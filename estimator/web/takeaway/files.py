"""What is taken away: the scenario as JSON and YAML, the estimate as workbook and CSV, the request for a terminal."""

import shlex
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from flask import Response
from werkzeug.exceptions import NotFound

from estimator.errors import ScenarioError
from estimator.web.charts.catalogue import CHARTS, drawable, rows_of
from estimator.web.documents import write_yaml
from estimator.web.questions.export import COMPONENT_COLUMNS, component_rows, write_csv
from estimator.web.takeaway.workbook import make_workbook

Answered = Callable[[], dict[str, Any]]
"""Computes the answer, where a file needs it."""


def _chart_csv(name: str) -> Callable[[Mapping[str, Any], Answered], str]:
    """Return what writes the data of a chart."""

    def write(_: Mapping[str, Any], answered: Answered) -> str:
        found = answered()
        if name not in drawable(found):
            raise ScenarioError(f"There is no chart {name!r} of this scenario.")
        rows = rows_of(name, found)
        return write_csv(rows[0] if rows else (), rows)

    return write


def _json(document: Mapping[str, Any], _: Answered) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _yaml(document: Mapping[str, Any], _: Answered) -> str:
    return write_yaml(document)


def _csv(_: Mapping[str, Any], answered: Answered) -> str:
    return write_csv(COMPONENT_COLUMNS, component_rows(answered()))


def _xlsx(_: Mapping[str, Any], answered: Answered) -> bytes:
    return make_workbook(answered())


FILES: dict[str, tuple[Callable[[Mapping[str, Any], Answered], str | bytes], str]] = {
    "scenario.json": (_json, "application/json"),
    "scenario.yaml": (_yaml, "application/yaml"),
    "estimate.csv": (_csv, "text/csv; charset=utf-8"),
    **{f"{chart}.csv": (_chart_csv(chart), "text/csv; charset=utf-8") for chart in CHARTS},
    "estimate.xlsx": (_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
"""Every file by its name: what makes it, and its media type."""


def make(name: str, document: Mapping[str, Any], answered: Answered) -> Response:
    """Make one file.

    Raises
    ------
    EstimatorError : the scenario cannot be computed
    """
    if name not in FILES:
        raise NotFound(f"No such file: {name[:60]}. Known: {', '.join(FILES)}.")
    write, media_type = FILES[name]
    return Response(
        write(document, answered),
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
