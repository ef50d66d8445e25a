"""The scenario as it is sent: read from JSON or YAML into the frozen Scenario, all objections at once."""

from typing import Any

from marshmallow import Schema, ValidationError

from estimator.scenario import PLANS, Scenario
from estimator.scenario.inputs import Input
from estimator.web.schemas.generated import Reader, SchemaMaker
from estimator.web.schemas.objections import InvalidRequestError, objections_in
from estimator.web.schemas.readers import Approaches, BookSelection, Correlations, OwnPrices, PromptCaching


def _approaches(declared: Input, **about: Any) -> Approaches:
    return Approaches(declared, {kind: MAKER.schema(plan) for kind, plan in PLANS.items()}, **about)


READERS: dict[tuple[str, str], Reader] = {
    ("Scenario", "approaches"): _approaches,
    ("Scenario", "price_book"): BookSelection,
    ("Scenario", "price_overrides"): OwnPrices,
    ("Scenario", "correlations"): Correlations,
    ("ApiServing", "prompt_caching"): PromptCaching,
    ("EndpointServing", "prompt_caching"): PromptCaching,
}

MAKER = SchemaMaker(READERS)
SCENARIO: Schema = MAKER.schema(Scenario)


def read_scenario(document: Any) -> Scenario:
    """Read a scenario from a document of plain values.

    Raises
    ------
    InvalidRequestError : with everything that is wrong, each with its JSON Pointer
    """
    scenario: Scenario = read(SCENARIO, document)
    return scenario


def read(schema: Schema, document: Any) -> Any:
    """Read a document by a schema.

    Raises
    ------
    InvalidRequestError : with everything that is wrong, each with its JSON Pointer
    """
    try:
        return schema.load(document)
    except ValidationError as refusal:
        raise InvalidRequestError(objections_in(refusal.messages)) from refusal
