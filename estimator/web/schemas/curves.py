"""What a break-even curve is asked for: two approaches, one input along x, and what y is."""

from typing import Any

from marshmallow.fields import Field

from estimator.scenario.inputs import Input
from estimator.sweeps.break_even_curves import MONTH
from estimator.web.schemas import fields as sorts
from estimator.web.schemas.generated import StrictSchema
from estimator.web.schemas.scenario import SCENARIO

MOST_POINTS = 2_000
USUAL_POINTS = 50
POINTS = Input("whole", "Number of values.", low=1, high=MOST_POINTS, fixed=True)


def _bound(meaning: str) -> sorts.Number:
    return sorts.Number(Input("number", meaning, low=-1e15, high=1e15, fixed=True), required=True)


AXIS_FIELDS: dict[str, Field[Any]] = {
    "pointer": sorts.Text(Input("text", "JSON Pointer of the input that varies."), required=True),
    "from": _bound("First value."),
    "to": _bound("Last value."),
    "points": sorts.WholeNumber(POINTS, default=USUAL_POINTS),
    "scale": sorts.Choice(Input("choice", "Spacing of the values.", choices=("linear", "log")), default="linear"),
}
AxisSchema = type("AxisSchema", (StrictSchema,), {"__doc__": "One input and the values it takes.", **AXIS_FIELDS})
SearchSchema = type(
    "SearchSchema",
    (StrictSchema,),
    {"__doc__": "The ends between which y is looked for.", "from": _bound("Lower end."), "to": _bound("Upper end.")},
)
AXIS, SEARCH = AxisSchema(), SearchSchema()


class CurveQuestionSchema(StrictSchema):
    """A break-even curve, or with z a surface."""

    scenario = sorts.Part(Input("object", "The scenario."), SCENARIO, required=True)
    candidate = sorts.Text(Input("text", "Approach that may become cheaper."), required=True)
    baseline = sorts.Text(Input("text", "Approach it is compared with."), required=True)
    x = sorts.Part(Input("object", "The first input."), AXIS, required=True)
    y = sorts.Text(Input("text", '"month", or the pointer of the input whose break-even is sought.'), default=MONTH)
    y_search = sorts.Part(
        Input("object", "Where y is looked for; null = a hundredth to a hundred times today's value.", nullable=True),
        SEARCH,
    )
    z = sorts.Part(Input("object", "A second input: the answer is a surface.", nullable=True), AXIS)


CURVE_QUESTION = CurveQuestionSchema()
