"""What a sweep is asked for: a template scenario and the values of one to four inputs."""

from typing import Any

from marshmallow import ValidationError

from estimator.scenario.inputs import Input
from estimator.sweeps.grid import MOST_AXES
from estimator.web.schemas import fields as sorts
from estimator.web.schemas.curves import AXIS_FIELDS
from estimator.web.schemas.generated import StrictSchema
from estimator.web.schemas.scenario import SCENARIO

MOST_VALUES = 2_000
MOST_SWEEP_CELLS = 200_000


class AxisValues(sorts.Declared):
    """The values of one input: numbers, words such as the names of models, or truths of a flag."""

    def read(self, value: Any) -> tuple[Any, ...]:
        """Read one list."""
        return tuple(sorts.read_each(value, _one, MOST_VALUES))


def _one(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    return sorts.one_line(value) if isinstance(value, str) else sorts.as_number(value)


SweepAxisSchema = type(
    "SweepAxisSchema",
    (StrictSchema,),
    {
        "__doc__": "One input and its values, listed or evenly spaced.",
        **{name: each for name, each in AXIS_FIELDS.items() if name not in ("from", "to")},
        "values": AxisValues(Input("other", "The values, in the place of from, to and points.", nullable=True)),
        "from": sorts.Number(Input("number", "First value.", low=-1e15, high=1e15, nullable=True, fixed=True)),
        "to": sorts.Number(Input("number", "Last value.", low=-1e15, high=1e15, nullable=True, fixed=True)),
    },
)
SWEEP_AXIS = SweepAxisSchema()


class SweepAxes(sorts.Declared):
    """One to four axes."""

    def read(self, value: Any) -> list[Any]:
        """Read every axis."""
        found = sorts.read_each(value, SWEEP_AXIS.load, MOST_AXES)
        if not found:
            raise ValidationError("A sweep needs at least one axis.")
        return found


class SweepQuestionSchema(StrictSchema):
    """A grid over the inputs of one scenario."""

    scenario = sorts.Part(Input("object", "The template."), SCENARIO, required=True)
    axes = SweepAxes(Input("other", "The inputs that vary."), required=True)


class SensitivityQuestionSchema(StrictSchema):
    """Which input moves the difference of two approaches most."""

    scenario = sorts.Part(Input("object", "The scenario."), SCENARIO, required=True)
    candidate = sorts.Text(
        Input(
            "text",
            "Approach that is looked at; null = the one recommended, or the next one where the baseline is; the first "
            "beside the baseline where a baseline is named.",
            nullable=True,
        )
    )
    baseline = sorts.Text(
        Input("text", "Approach it is compared with; null = the scenario's where that is feasible.", nullable=True)
    )


SWEEP_QUESTION, SENSITIVITY_QUESTION = SweepQuestionSchema(), SensitivityQuestionSchema()
