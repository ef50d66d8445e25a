"""POST /api/v1/sweeps: a grid over one to four inputs."""

from collections.abc import Iterator
from math import prod
from typing import Any

import orjson
from flask import Response, g

from estimator.errors import EstimatorError, ScenarioError
from estimator.estimate import open_book
from estimator.scenario import Scenario
from estimator.sweeps import Axis, Block, spaced, sweep
from estimator.web.book import current_library
from estimator.web.door import CSV, JSON, JSON_LINES, Endpoints, answer_json, wanted_format
from estimator.web.export import write_csv
from estimator.web.schemas.estimates import EXAMPLE as SCENARIO_EXAMPLE
from estimator.web.schemas.scenario import read_scenario
from estimator.web.schemas.sweeps import MOST_SWEEP_CELLS, SWEEP_QUESTION

FORMATS = (JSON, CSV, JSON_LINES)

endpoints = Endpoints("sweeps", "Totals, winner and break-even for every combination of a few inputs.")

EXAMPLE = {
    "scenario": SCENARIO_EXAMPLE,
    "axes": [
        {"pointer": "/workload/requests_per_month", "from": 1000, "to": 1000000, "points": 4, "scale": "log"},
        {"pointer": "/horizon_months", "values": [12, 24]},
    ],
}


@endpoints.endpoint("/sweeps", "POST", "sweepInputs", answers="Sweep", formats=(CSV, JSON_LINES))
@endpoints.takes(SWEEP_QUESTION, EXAMPLE)
def sweep_inputs(asked: dict[str, Any]) -> Response:
    """Compute a grid over one to four inputs; a cell that cannot be computed carries its error."""
    scenario, library = asked["scenario"], current_library()
    g.book_version = open_book(scenario, library).version
    axes = [_axis(scenario, each, f"/axes/{place}") for place, each in enumerate(asked["axes"])]
    cells = prod(len(axis.values) for axis in axes)
    if cells > MOST_SWEEP_CELLS:
        raise ScenarioError(f"A sweep takes at most {MOST_SWEEP_CELLS} cells here, not {cells}.", "/axes")
    blocks = sweep(scenario, library, axes, read_scenario)
    wanted = wanted_format(FORMATS)
    if wanted == CSV:
        return Response(_as_csv(blocks), content_type=f"{CSV}; charset=utf-8")
    if wanted == JSON_LINES:
        return Response(
            (orjson.dumps(row) + b"\n" for block in blocks for row in block.rows()), content_type=JSON_LINES
        )
    return answer_json({"rows": [row for block in blocks for row in block.rows()]})


def _as_csv(blocks: Iterator[Block]) -> Iterator[str]:
    for place, block in enumerate(blocks):
        columns = block.columns()
        names = tuple(columns)
        rows = ({name: columns[name][row] for name in names} for row in range(len(block.cells.winner)))
        sheet = write_csv(names, rows)
        yield sheet if place == 0 else sheet.partition("\r\n")[2]


def _axis(scenario: Scenario, asked: dict[str, Any], pointer: str) -> Axis:
    stated, ends = asked.get("values"), (asked.get("from"), asked.get("to"))
    if (stated is None) == (None in ends):
        raise ScenarioError("An axis takes either values, or from and to.", pointer)
    if stated is not None:
        return Axis(asked["pointer"], tuple(stated))
    try:
        first, last = asked["from"], asked["to"]
        return spaced(scenario, asked["pointer"], first, last, asked.get("points", 50), asked.get("scale", "linear"))
    except EstimatorError as refusal:
        inside = refusal.pointer in ("/from", "/to", "/points")
        refusal.pointer = f"{pointer}{refusal.pointer}" if inside else f"{pointer}/pointer"
        raise
