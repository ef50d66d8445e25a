"""Charts as pictures, drawn by vl-convert: the extra `images`."""

from collections.abc import Mapping
from typing import Any

from estimator.errors import EstimatorError, UnknownNameError
from estimator.web.charts import CHARTS

VEGA_LITE = "6.4"
SHARPNESS = 2.0
"""Pixels of a PNG for one of the chart."""


class NoImagesError(EstimatorError):
    """The extra that draws pictures is not installed."""


def chart_image(spec: Mapping[str, Any], kind: str) -> bytes:
    """Draw a chart as "svg" or "png".

    Raises
    ------
    UnknownNameError : another kind of picture
    NoImagesError : the extra is not installed
    """
    if kind not in ("svg", "png"):
        raise UnknownNameError("kind of picture", kind, ("svg", "png"))
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


def chart_named(name: str) -> str:
    """Return the name of a chart that exists.

    Raises
    ------
    UnknownNameError : no such chart
    """
    if name not in CHARTS:
        raise UnknownNameError("chart", name, CHARTS)
    return name
