"""POST /api/v1/charts/{chart}: one chart of an estimate, as a Vega-Lite specification or as a picture."""

from flask import Response, request
from werkzeug.exceptions import NotAcceptable, NotFound

from estimator.scenario import Scenario
from estimator.web.book import current_library
from estimator.web.charts import CHARTS
from estimator.web.door import Endpoints, answer_json
from estimator.web.images import NoImagesError, chart_image, chart_of
from estimator.web.row_formats import JSON
from estimator.web.schemas.estimates import EXAMPLE
from estimator.web.schemas.objections import unknown_name
from estimator.web.schemas.scenario import SCENARIO

PICTURES = {"image/svg+xml": "svg", "image/png": "png"}

endpoints = Endpoints("charts", "The charts of an estimate: Vega-Lite, SVG, PNG.")


@endpoints.endpoint("/charts/<string:chart>", "POST", "drawChart", answers="Chart", binaries=tuple(PICTURES))
@endpoints.takes(SCENARIO, EXAMPLE)
def draw_chart(scenario: Scenario, chart: str) -> Response:
    """Draw one chart of an estimate; an unknown name is answered with the known ones.

    Charts: cost-over-time, cost-by-traffic, break-even-by-input (over the requests), components, quality-and-cost,
    what-matters, what-is-uncertain. What a scenario does not hold cannot be drawn: success rates, ranges, traffic.
    """
    if chart not in CHARTS:
        raise NotFound(unknown_name("chart", chart, CHARTS))
    spec = chart_of(chart, scenario, current_library())
    wanted = request.accept_mimetypes.best_match([JSON, *PICTURES])
    if wanted in PICTURES:
        try:
            return Response(chart_image(spec, PICTURES[wanted]), content_type=wanted)
        except NoImagesError as error:
            raise NotAcceptable(error.message) from None
    return answer_json(spec)
