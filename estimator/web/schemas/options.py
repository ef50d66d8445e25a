"""What a search of options is asked for: a scenario as template, and which part of the price book is looked through."""

from estimator.scenario.inputs import Input
from estimator.web.schemas import fields as sorts
from estimator.web.schemas.generated import StrictSchema
from estimator.web.schemas.scenario import SCENARIO

USUAL_MOST = 100


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
    most = sorts.WholeNumber(
        Input("whole", "Options and exclusions listed at the most.", low=1, high=10_000, fixed=True),
        default=USUAL_MOST,
    )


OPTIONS_QUESTION = OptionsQuestionSchema()
