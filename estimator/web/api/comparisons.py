"""POST /api/v1/comparisons: two scenarios, or one under two price books, side by side."""

from typing import Any

from flask import Response

from estimator.web.book import current_library
from estimator.web.door import Endpoints, answer_json
from estimator.web.questions.side_by_side import write_comparison
from estimator.web.schemas.comparisons import SCENARIO_PAIR
from estimator.web.schemas.estimates import EXAMPLE

endpoints = Endpoints("comparisons", "Two scenarios or two price books side by side.")


@endpoints.endpoint("/comparisons", "POST", "compareScenarios", answers="Comparison")
@endpoints.takes(SCENARIO_PAIR, {"left": EXAMPLE, "right": {**EXAMPLE, "horizon_months": 36}})
def compare_scenarios(asked: dict[str, Any]) -> Response:
    """Compare two scenarios or two price books: what changed, and by how much."""
    return answer_json(write_comparison(asked, current_library()))
