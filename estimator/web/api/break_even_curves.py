"""POST /api/v1/break-even-curves: every break-even along one input, or over two."""

from typing import Any

from flask import Response, g

from estimator.break_even.scan import SCAN_POINTS
from estimator.errors import ScenarioError
from estimator.scenario import Scenario
from estimator.sweeps.break_even_curves import MONTH
from estimator.web.book import current_library
from estimator.web.door import Endpoints, answer_json
from estimator.web.questions.grids import book_for, write_curve
from estimator.web.schemas.curves import CURVE_QUESTION, USUAL_POINTS
from estimator.web.schemas.estimates import EXAMPLE as SCENARIO_EXAMPLE

endpoints = Endpoints("break-even-curves", "Where the cheaper approach changes, over one input or two.")

MOST_WORK = 20_000_000
"""Most points x months x approaches x points of a scan: a second or two of one core."""

EXAMPLE = {
    "scenario": SCENARIO_EXAMPLE,
    "candidate": "tuned",
    "baseline": "prompt",
    "x": {"pointer": "/approaches/tuned/upfront_usd", "from": 5000, "to": 30000, "points": 6},
    "y": "/workload/requests_per_month",
}


@endpoints.endpoint("/break-even-curves", "POST", "findBreakEvenCurve", answers="BreakEvenCurve")
@endpoints.takes(CURVE_QUESTION, EXAMPLE)
def find_break_even_curve(asked: dict[str, Any]) -> Response:
    """Find every break-even for each value of x; with z the first one for each pair of values, and the winner."""
    scenario, library = asked["scenario"], current_library()
    g.book_version = book_for(scenario, library).version
    _refuse_too_much(scenario, asked)
    return answer_json(write_curve(asked, library))


def _refuse_too_much(scenario: Scenario, asked: dict[str, Any]) -> None:
    """Refuse what would hold a worker for many seconds: a search along an input takes a scan for each cell."""
    cells = asked["x"].get("points", USUAL_POINTS) * (asked["z"].get("points", USUAL_POINTS) if asked.get("z") else 1)
    scans = 1 if asked.get("y", MONTH) == MONTH else SCAN_POINTS
    most = MOST_WORK // (scenario.horizon_months * len(scenario.approaches) * scans)
    if cells > most:
        raise ScenarioError(f"{cells} points are too many here: ask for at most {most}.", "/x/points")
