"""What a search of options is asked for: a scenario as template, and which part of the price book is looked through."""

from typing import Any

from marshmallow import ValidationError

from estimator.scenario.inputs import Input
from estimator.web.schemas import fields as sorts
from estimator.web.schemas.generated import StrictSchema
from estimator.web.schemas.scenario import SCENARIO

USUAL_MOST = 100
MOST_RATES = 1000
SHARE = Input("number", "A part of a whole.", low=0.0, high=1.0, fixed=True)


class SuccessRates(sorts.Declared):
    """Success rates by name."""

    def read(self, value: Any) -> dict[str, float]:
        """Read one value."""
        if not isinstance(value, dict):
            raise ValidationError(f"Must be an object of success rates by name, not {sorts.sort_of(value)}.")
        if len(value) > MOST_RATES:
            raise ValidationError(f"At most {MOST_RATES} success rates can be stated, not {len(value)}.")
        found: dict[str, float] = {}
        wrong: dict[str, Any] = {}
        for name, rate in value.items():
            try:
                sorts.one_line(name, shortest=1)
                found[name] = float(RATE.deserialize(rate))
            except ValidationError as refusal:
                wrong[str(name)] = refusal.messages
        if wrong:
            raise ValidationError(wrong)
        return found


RATE = sorts.Number(SHARE, required=True)


def _names(meaning: str) -> sorts.Texts:
    return sorts.Texts(Input("texts", meaning, nullable=True))


class OptionsQuestionSchema(StrictSchema):
    """Every way the price book offers to serve one workload."""

    scenario = sorts.Part(
        Input("object", "Workload, data, constraints, and one approach of each kind."), SCENARIO, required=True
    )
    models = _names("API models to be prompted; null = all of the price book.")
    services = _names("Managed tuning services; null = all.")
    base_models = _names("Base models to be tuned and served on GPUs; null = all.")
    methods = _names("Tuning methods on GPUs: full, lora, qlora; null = all.")
    gpus = _names("GPUs; null = all that have a price.")
    success_rates = SuccessRates(
        Input(
            "other",
            "Success rates that were measured, by model, base model or name of an option; null = none.",
            nullable=True,
        )
    )
    most = sorts.WholeNumber(
        Input("whole", "Options and exclusions listed at the most.", low=1, high=10_000, fixed=True),
        default=USUAL_MOST,
    )


OPTIONS_QUESTION = OptionsQuestionSchema()
