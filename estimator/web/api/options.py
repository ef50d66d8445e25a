"""POST /api/v1/options: every way the price book offers to serve one workload, ranked."""

from typing import Any

from flask import Response, g

from estimator.web.book import current_library
from estimator.web.door import Endpoints, answer_json
from estimator.web.questions.grids import book_for, write_search
from estimator.web.schemas.estimates import EXAMPLE as SCENARIO_EXAMPLE
from estimator.web.schemas.options import OPTIONS_QUESTION

EXAMPLE = {"scenario": SCENARIO_EXAMPLE, "models": ["anthropic/claude-haiku-4-5"], "services": []}

endpoints = Endpoints("options", "Models, methods, services, GPUs and hosting of the price book, ranked by cost.")


@endpoints.endpoint("/options", "POST", "searchOptions", answers="Options")
@endpoints.takes(OPTIONS_QUESTION, EXAMPLE)
def list_options(asked: dict[str, Any]) -> Response:
    """Compute every candidate, exclude what cannot work with its reason, rank the rest."""
    scenario, library = asked["scenario"], current_library()
    g.book_version = book_for(scenario, library).version
    return answer_json(write_search(asked, library))
