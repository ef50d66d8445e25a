"""POST /api/v1/sweeps: a grid over one to four inputs."""

from typing import Any

from flask import Response, g

from estimator.web.book import current_library
from estimator.web.door import Endpoints, answer_rows
from estimator.web.questions.grids import book_for, sweep_blocks
from estimator.web.questions.row_formats import PARQUET, TEXTS
from estimator.web.schemas.estimates import EXAMPLE as SCENARIO_EXAMPLE
from estimator.web.schemas.sweeps import MOST_SWEEP_CELLS, SWEEP_QUESTION

endpoints = Endpoints("sweeps", "Totals, winner and break-even for every combination of a few inputs.")

EXAMPLE = {
    "scenario": SCENARIO_EXAMPLE,
    "axes": [
        {"pointer": "/workload/requests_per_month", "from": 1000, "to": 1000000, "points": 4, "scale": "log"},
        {"pointer": "/horizon_months", "values": [12, 24]},
    ],
}


@endpoints.endpoint("/sweeps", "POST", "sweepInputs", answers="Sweep", formats=TEXTS, binaries=(PARQUET,))
@endpoints.takes(SWEEP_QUESTION, EXAMPLE)
def sweep_inputs(asked: dict[str, Any]) -> Response:
    """Compute a grid over one to four inputs; a cell that cannot be computed carries its error."""
    library = current_library()
    g.book_version = book_for(asked["scenario"], library).version
    _, blocks = sweep_blocks(asked, library, MOST_SWEEP_CELLS)
    return answer_rows(blocks)
