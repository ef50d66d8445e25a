"""POST /api/v1/portfolios: many scenarios at once, a row each."""

from io import StringIO
from typing import Any

from flask import Response, g

from estimator.errors import ScenarioError
from estimator.web.book import current_library
from estimator.web.door import Endpoints, answer_rows
from estimator.web.questions.grids import book_for, portfolio_blocks
from estimator.web.questions.row_formats import PARQUET, TEXTS
from estimator.web.schemas.estimates import EXAMPLE as SCENARIO_EXAMPLE
from estimator.web.schemas.portfolios import PORTFOLIO_QUESTION

endpoints = Endpoints("portfolios", "Many scenarios at once: totals, winners and break-evens, a row each.")

EXAMPLE = {
    "template": SCENARIO_EXAMPLE,
    "csv": "team,/workload/requests_per_month,/horizon_months\nsearch,250000,24\nsupport,80000,12\n",
}


@endpoints.endpoint("/portfolios", "POST", "estimatePortfolio", answers="Portfolio", formats=TEXTS, binaries=(PARQUET,))
@endpoints.takes(PORTFOLIO_QUESTION, EXAMPLE)
def estimate_portfolio(asked: dict[str, Any]) -> Response:
    """Answer every row; an error stays with its row, and no row is lost."""
    table, lines, template = asked.get("csv"), asked.get("json_lines"), asked.get("template")
    if (table is None) == (lines is None):
        raise ScenarioError("Send either csv or json_lines.", "/csv")
    library = current_library()
    if template is not None:
        g.book_version = book_for(template, library, "/template").version
    blocks = portfolio_blocks(
        StringIO(lines if table is None else table, newline=""), library, template, comma_separated=table is not None
    )
    return answer_rows(blocks, alike=template is not None)
