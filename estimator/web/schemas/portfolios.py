"""What a portfolio is asked for: a template and a table over it, or whole scenarios a line."""

from typing import Any

from marshmallow import ValidationError

from estimator.scenario.inputs import Input
from estimator.web.schemas import fields as sorts
from estimator.web.schemas.generated import StrictSchema
from estimator.web.schemas.scenario import SCENARIO

LONGEST_TABLE = 900_000


class Table(sorts.Declared):
    """A table as text, with its line ends."""

    def read(self, value: Any) -> str:
        """Read one value."""
        if not isinstance(value, str):
            raise ValidationError(f"Must be text, not {sorts.sort_of(value)}.")
        if len(value) > LONGEST_TABLE:
            raise ValidationError(f"A table takes at most {LONGEST_TABLE} characters here, not {len(value)}.")
        return value


class PortfolioQuestionSchema(StrictSchema):
    """Rows over one template, or a scenario a line."""

    template = sorts.Part(
        Input("object", "The scenario that the rows vary; null = every line is a scenario.", nullable=True), SCENARIO
    )
    csv = Table(Input("other", "Header of pointers (and labels), then a row each; needs a template.", nullable=True))
    json_lines = Table(Input("other", "An object a line: pointers over the template, or scenarios.", nullable=True))


PORTFOLIO_QUESTION = PortfolioQuestionSchema()
