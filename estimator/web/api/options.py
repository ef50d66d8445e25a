"""POST /api/v1/options: every way the price book offers to serve one workload, ranked."""

from typing import Any

from flask import Response, g

from estimator.errors import EstimatorError
from estimator.options import Offering, search_options, write_options
from estimator.web.book import current_library
from estimator.web.door import Endpoints, answer_json
from estimator.web.grids import book_for
from estimator.web.schemas.estimates import EXAMPLE as SCENARIO_EXAMPLE
from estimator.web.schemas.options import OPTIONS_QUESTION, USUAL_MOST

NARROWED = ("models", "services", "base_models", "methods", "gpus", "success_rates")

EXAMPLE = {"scenario": SCENARIO_EXAMPLE, "models": ["anthropic/claude-haiku-4-5"], "services": []}

endpoints = Endpoints("options", "Models, methods, services, GPUs and hosting of the price book, ranked by cost.")


@endpoints.endpoint("/options", "POST", "searchOptions", answers="Options")
@endpoints.takes(
    OPTIONS_QUESTION, {"scenario": SCENARIO_EXAMPLE, "models": ["anthropic/claude-haiku-4-5"], "services": []}
)
def list_options(asked: dict[str, Any]) -> Response:
    """Compute every candidate, exclude what cannot work with its reason, rank the rest."""
    scenario, library = asked["scenario"], current_library()
    g.book_version = book_for(scenario, library).version
    narrowed: dict[str, Any] = {name: asked[name] for name in NARROWED if asked.get(name) is not None}
    try:
        found = search_options(scenario, library, Offering(**narrowed))
    except EstimatorError as refusal:
        in_question = refusal.pointer.split("/")[1:2] and refusal.pointer.split("/")[1] in NARROWED
        raise refusal if in_question else refusal.below("/scenario") from None
    return answer_json(write_options(found, asked.get("most", USUAL_MOST)))
