"""POST /api/v1/sensitivity: which input moves the answer most, and what knowing it would be worth."""

from typing import Any

from flask import Response, g

from estimator.errors import UnknownNameError
from estimator.estimate import open_book
from estimator.scenario import Scenario
from estimator.sensitivity.analysis import analyse, write_sensitivity
from estimator.web.book import current_library
from estimator.web.door import Endpoints, answer_json
from estimator.web.schemas.estimates import EXAMPLE as SCENARIO_EXAMPLE
from estimator.web.schemas.sweeps import SENSITIVITY_QUESTION

endpoints = Endpoints("sensitivity", "Which input moves the difference of two approaches most.")


@endpoints.endpoint("/sensitivity", "POST", "findSensitivity", answers="Sensitivity")
@endpoints.takes(SENSITIVITY_QUESTION, {"scenario": SCENARIO_EXAMPLE})
def find_sensitivity(asked: dict[str, Any]) -> Response:
    """Move every input between its likely ends; where inputs are ranges, share out the variance too."""
    scenario, library = asked["scenario"], current_library()
    g.book_version = open_book(scenario, library).version
    return answer_json(write_sensitivity(analyse(scenario, library, _pair(scenario, asked))))


def _pair(scenario: Scenario, asked: dict[str, Any]) -> tuple[str, str] | None:
    names = [asked.get("candidate"), asked.get("baseline")]
    for role, name in zip(("candidate", "baseline"), names, strict=True):
        if name is not None and name not in scenario.approaches:
            raise UnknownNameError("approach", name, scenario.approaches, f"/{role}")
    if names == [None, None]:
        return None
    baseline = names[1] or scenario.baseline or next(name for name in scenario.approaches if name != names[0])
    candidate = names[0] or next(name for name in scenario.approaches if name != baseline)
    return candidate, baseline
