"""POST /api/v1/break-even-curves: every break-even along one input, or over two."""

from typing import Any

from flask import Response, g

from estimator.break_even.scan import SCAN_POINTS
from estimator.errors import ScenarioError
from estimator.scenario import Scenario
from estimator.sweeps import break_even_curve, break_even_surface
from estimator.sweeps.break_even_curves import MONTH
from estimator.sweeps.cells import told
from estimator.web.book import current_library
from estimator.web.door import Endpoints, answer_json
from estimator.web.grids import axis_of, book_for
from estimator.web.schemas.curves import CURVE_QUESTION
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
    pair = (asked["candidate"], asked["baseline"])
    y, search = asked.get("y", MONTH), asked.get("y_search")
    between = (search["from"], search["to"]) if search else None
    x = axis_of(scenario, asked["x"], "/x")
    z = axis_of(scenario, asked["z"], "/z") if asked.get("z") else None
    _refuse_too_much(scenario, len(x.values) * (len(z.values) if z else 1), y)
    if z is None:
        curve = break_even_curve(scenario, library, pair, x, y, between)
        return answer_json(
            {
                "x": curve.x,
                "y": curve.y,
                "reasons": curve.reasons,
                "searched": curve.searched,
                "errors": [{"x": place, **told(error)} for place, error in curve.errors.items()],
            }
        )
    surface = break_even_surface(scenario, library, pair, x, z, y, between)
    return answer_json(
        {
            "x": surface.x,
            "z": surface.z,
            "y": surface.y,
            "reasons": surface.reasons,
            "winner": surface.winner,
            "searched": surface.searched,
            "errors": [{"x": at_x, "z": at_z, **told(error)} for (at_x, at_z), error in surface.errors.items()],
        }
    )


def _refuse_too_much(scenario: Scenario, cells: int, y: str) -> None:
    """Refuse what would hold a worker for many seconds: a search along an input takes a scan for each cell."""
    scans = 1 if y == MONTH else SCAN_POINTS
    most = MOST_WORK // (scenario.horizon_months * len(scenario.approaches) * scans)
    if cells > most:
        raise ScenarioError(f"{cells} points are too many here: ask for at most {most}.", "/x/points")
