"""POST /api/v1/portfolios: many scenarios at once, a row each."""

from io import StringIO
from typing import Any

import orjson
from flask import Response

from estimator.errors import ScenarioError
from estimator.sweeps import portfolio, read_csv, read_json_lines
from estimator.web.book import current_library
from estimator.web.door import JSON, JSON_LINES, Endpoints, answer_json, wanted_format
from estimator.web.schemas.estimates import EXAMPLE as SCENARIO_EXAMPLE
from estimator.web.schemas.portfolios import PORTFOLIO_QUESTION
from estimator.web.schemas.scenario import read_scenario

endpoints = Endpoints("portfolios", "Many scenarios at once: totals, winners and break-evens, a row each.")

EXAMPLE = {
    "template": SCENARIO_EXAMPLE,
    "csv": "team,/workload/requests_per_month,/horizon_months\nsearch,250000,24\nsupport,80000,12\n",
}


@endpoints.endpoint("/portfolios", "POST", "estimatePortfolio", answers="Portfolio", formats=(JSON_LINES,))
@endpoints.takes(PORTFOLIO_QUESTION, EXAMPLE)
def estimate_portfolio(asked: dict[str, Any]) -> Response:
    """Answer every row; an error stays with its row, and no row is lost."""
    table, lines, template = asked.get("csv"), asked.get("json_lines"), asked.get("template")
    if (table is None) == (lines is None):
        raise ScenarioError("Send either csv or json_lines.", "/csv")
    if table is not None and template is None:
        raise ScenarioError("A CSV table needs a template.", "/template")
    rows = read_csv(StringIO(table)) if table is not None else read_json_lines(StringIO(lines))
    answered = portfolio(rows, current_library(), read_scenario, template)
    found = (row for block in answered for row in block.rows)
    if wanted_format((JSON, JSON_LINES)) == JSON_LINES:
        return Response((orjson.dumps(row) + b"\n" for row in found), content_type=JSON_LINES)
    return answer_json({"rows": list(found)})
