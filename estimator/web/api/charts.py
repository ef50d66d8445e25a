"""POST /api/v1/charts/{chart}: one chart of an estimate, as a Vega-Lite specification or as a picture."""

from typing import Any

from flask import Response, request
from werkzeug.exceptions import NotAcceptable, NotFound

from estimator.computation import TRAFFIC
from estimator.scenario import Scenario
from estimator.sweeps.break_even_curves import MONTH
from estimator.web.book import current_library
from estimator.web.charts.catalogue import CHARTS
from estimator.web.door import Endpoints, answer_json
from estimator.web.questions.row_formats import JSON
from estimator.web.schemas.estimates import EXAMPLE
from estimator.web.schemas.generated import StrictSchema
from estimator.web.schemas.objections import unknown_name
from estimator.web.schemas.query import QueryField
from estimator.web.schemas.scenario import SCENARIO
from estimator.web.takeaway.images import NoImagesError, chart_image, chart_of

CURVE_FIELDS = {
    "input": QueryField("JSON Pointer of the numeric input along x; left out = the requests of the first month."),
    "from": QueryField("First value of the input; left out = a quarter of today's."),
    "to": QueryField("Last value of the input; left out = two and a half times today's."),
    "in": QueryField("In what the break-even is sought: month, or the pointer of a second input.", MONTH),
}
CurveQuerySchema = type(
    "CurveQuerySchema", (StrictSchema,), {"__doc__": "Over which input break-evens are drawn.", **CURVE_FIELDS}
)
CURVE_QUERY = CurveQuerySchema()
PICTURES = {"image/svg+xml": "svg", "image/png": "png"}

endpoints = Endpoints("charts", "The charts of an estimate: Vega-Lite, SVG, PNG.")


@endpoints.endpoint("/charts/<string:chart>", "POST", "drawChart", answers="Chart", binaries=tuple(PICTURES))
@endpoints.asks(CURVE_QUERY)
@endpoints.takes(SCENARIO, EXAMPLE)
def draw_chart(query: dict[str, Any], scenario: Scenario, chart: str) -> Response:
    """Draw one chart of an estimate; an unknown name is answered with the known ones.

    Charts: cost-over-time, cost-by-traffic, break-even-by-input (over any numeric input), components, quality-and-cost,
    what-matters, what-is-uncertain. What a scenario does not hold cannot be drawn: success rates, ranges, traffic.
    """
    if chart not in CHARTS:
        raise NotFound(unknown_name("chart", chart, CHARTS))
    curve = {f"curve-{end}": query[end] for end in ("from", "to") if query[end] is not None}
    if query["input"] is not None:
        curve["curve"] = query["input"]
    if query["in"] != MONTH:
        curve["curve-in"] = query["in"]
    asked = {**curve, "curve-of": query["input"] or TRAFFIC} if curve else None
    spec = chart_of(chart, scenario, current_library(), asked)
    wanted = request.accept_mimetypes.best_match([JSON, *PICTURES])
    if wanted in PICTURES:
        try:
            return Response(chart_image(spec, PICTURES[wanted]), content_type=wanted)
        except NoImagesError as error:
            raise NotAcceptable(error.message) from None
    return answer_json(spec)
