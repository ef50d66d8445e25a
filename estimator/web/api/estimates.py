"""POST /api/v1/estimates: the whole estimate of one scenario."""

from flask import Response, g

from estimator.answer import answer
from estimator.estimate import estimate
from estimator.scenario import Scenario
from estimator.web.book import current_library
from estimator.web.door import Endpoints, answer_json
from estimator.web.schemas.estimates import EXAMPLE, SECTIONS_QUERY
from estimator.web.schemas.scenario import SCENARIO

endpoints = Endpoints("estimates", "Every approach of one scenario: costs, curves, break-evens, recommendation.")


@endpoints.endpoint("/estimates", "POST", "estimateScenario", answers="Estimate")
@endpoints.asks(SECTIONS_QUERY)
@endpoints.takes(SCENARIO, EXAMPLE)
def estimate_scenario(query: dict[str, frozenset[str] | None], scenario: Scenario) -> Response:
    """Estimate every approach of one scenario."""
    found = answer(estimate(scenario, current_library(), query["include"]))
    g.book_version = found["price_book"]["version"]
    return answer_json(found)
