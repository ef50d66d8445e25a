"""POST /api/v1/comparisons: two scenarios, or one under two price books, side by side."""

from dataclasses import replace
from typing import Any

from flask import Response

from estimator.comparison import compare
from estimator.errors import EstimatorError
from estimator.estimate import Estimate, estimate
from estimator.scenario import Scenario
from estimator.web.book import current_library
from estimator.web.door import Endpoints, answer_json
from estimator.web.schemas.comparisons import SCENARIO_PAIR
from estimator.web.schemas.estimates import EXAMPLE

endpoints = Endpoints("comparisons", "Two scenarios or two price books side by side.")


@endpoints.endpoint("/comparisons", "POST", "compareScenarios", answers="Comparison")
@endpoints.takes(SCENARIO_PAIR, {"left": EXAMPLE, "right": {**EXAMPLE, "horizon_months": 36}})
def compare_scenarios(asked: dict[str, Any]) -> Response:
    """Compare two scenarios or two price books: what changed, and by how much."""
    left, right = asked["left"], asked.get("right") or asked["left"]
    books = asked.get("price_books")
    if books:
        left, right = replace(left, price_book=books[0]), replace(right, price_book=books[1])
    return answer_json(compare(_estimate("/left", left), _estimate("/right", right)))


def _estimate(pointer: str, scenario: Scenario) -> Estimate:
    try:
        return estimate(scenario, current_library(), frozenset({"prices"}))
    except EstimatorError as refusal:
        raise refusal.below(pointer) from None
