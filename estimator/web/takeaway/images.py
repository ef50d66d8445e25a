"""Charts as pictures, drawn by vl-convert: the extra `images`."""

from collections.abc import Mapping
from typing import Any

from estimator.errors import EstimatorError, ScenarioError, UnknownNameError
from estimator.price_book import Library
from estimator.scenario import Scenario
from estimator.sweeps.break_even_curves import MONTH
from estimator.web.charts.catalogue import CHARTS, draw, drawable
from estimator.web.charts.parts import Spec
from estimator.web.report.input_curve import add_input_curve
from estimator.web.report.levers import add_tornado
from estimator.web.report.range_shares import add_range_shares
from estimator.web.report.traffic_curve import answer_with_curve

VEGA_LITE = "6.4"
SHARPNESS = 2.0
"""Pixels of a PNG for one of the chart."""


class NoImagesError(EstimatorError):
    """The extra that draws pictures is not installed."""


def chart_image(spec: Mapping[str, Any], kind: str) -> bytes:
    """Draw a chart as "svg" or "png".

    Raises
    ------
    ScenarioError : another kind of picture
    NoImagesError : the extra is not installed
    """
    if kind not in ("svg", "png"):
        raise ScenarioError(f"A picture is drawn as svg or png, not as {kind!r}. Name the file so.")
    try:
        import vl_convert
    except ImportError as error:
        raise NoImagesError(
            "Pictures need the extra images, which is not installed. Install tune-or-prompt[images], "
            "or take the chart from the page."
        ) from error
    if kind == "svg":
        drawn: str = vl_convert.vegalite_to_svg(dict(spec), vl_version=VEGA_LITE)
        return drawn.encode()
    picture: bytes = vl_convert.vegalite_to_png(dict(spec), vl_version=VEGA_LITE, scale=SHARPNESS)
    return picture


def chart_of(name: str, scenario: Scenario, library: Library, curve: Mapping[str, str] | None = None) -> Spec:
    """Estimate a scenario, and make the specification of one of its charts.

    Parameters
    ----------
    curve : of the break-even over an input: which, from where, to where, and in what it is sought (CURVE_FIELDS)

    Raises
    ------
    UnknownNameError : no such chart
    ScenarioError : the answer to this scenario has no such chart
    EstimatorError : the scenario cannot be computed
    """
    if name not in CHARTS:
        raise UnknownNameError("chart", name, CHARTS)
    if curve and name != "break-even-by-input":
        raise ScenarioError(f"The chart {name!r} is not drawn over an input. Leave the input and its ends out.")
    estimated, found = answer_with_curve(scenario, library)
    if name == "what-matters":
        add_tornado(estimated, found)
    elif name == "what-is-uncertain":
        add_range_shares(estimated, found)
    elif name == "break-even-by-input":
        add_input_curve(estimated, library, found, curve or {})
        _refuse_other_inputs(found["input_curve"], curve or {})
    if name not in drawable(found):
        raise ScenarioError(f"There is no chart {name!r} of this scenario. It can show: {', '.join(drawable(found))}.")
    return draw(name, found)


def _refuse_other_inputs(found: Mapping[str, Any], asked: Mapping[str, str]) -> None:
    """Refuse an input that the scenario does not have, and ends that cannot be.

    Raises
    ------
    UnknownNameError : no such numeric input
    ScenarioError : the ends cannot be
    """
    known = [pointer for inputs in found["choices"].values() for pointer, _ in inputs]
    for field in ("curve", "curve-in"):
        if asked.get(field, MONTH) not in (*known, MONTH):
            raise UnknownNameError("numeric input", asked[field], known)
    if "error" in found:
        raise ScenarioError(str(found["error"]))
