"""POST /api/v1/sensitivity: which input moves the answer most, and what knowing it would be worth."""

from typing import Any

from flask import Response, g

from estimator.web.book import current_library
from estimator.web.door import Endpoints, answer_json
from estimator.web.questions.grids import book_for
from estimator.web.questions.side_by_side import write_swings
from estimator.web.schemas.estimates import EXAMPLE as SCENARIO_EXAMPLE
from estimator.web.schemas.sweeps import SENSITIVITY_QUESTION

endpoints = Endpoints("sensitivity", "Which input moves the difference of two approaches most.")


@endpoints.endpoint("/sensitivity", "POST", "findSensitivity", answers="Sensitivity")
@endpoints.takes(SENSITIVITY_QUESTION, {"scenario": SCENARIO_EXAMPLE})
def find_sensitivity(asked: dict[str, Any]) -> Response:
    """Move every input between its likely ends; where inputs are ranges, share out the variance too."""
    library = current_library()
    g.book_version = book_for(asked["scenario"], library).version
    return answer_json(write_swings(asked, library))
