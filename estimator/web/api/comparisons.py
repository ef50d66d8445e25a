"""POST /api/v1/comparisons: two scenarios, or one under two price books, side by side."""

from dataclasses import replace
from typing import Any

from flask import Response

from estimator.answer import answer
from estimator.estimate import estimate
from estimator.web.book import current_library
from estimator.web.comparison import compare
from estimator.web.door import Endpoints, answer_json
from estimator.web.schemas.comparisons import COMPARISON
from estimator.web.schemas.estimates import EXAMPLE

endpoints = Endpoints("comparisons", "Two scenarios or two price books side by side.")
NO_SECTIONS: frozenset[str] = frozenset()


@endpoints.endpoint("/comparisons", "POST", "compareScenarios", answers="Comparison")
@endpoints.takes(COMPARISON, {"a": EXAMPLE, "b": {**EXAMPLE, "horizon_months": 36}})
def compare_scenarios(asked: dict[str, Any]) -> Response:
    """Compare two scenarios or two price books: what changed, and by how much."""
    scenarios = [asked["a"], asked.get("b") or asked["a"]]
    for place, book in enumerate(asked.get("price_books") or ()):
        scenarios[place] = replace(scenarios[place], price_book=book)
    found = [answer(estimate(scenario, current_library(), NO_SECTIONS)) for scenario in scenarios]
    return answer_json(compare(*found))
