"""What is compared: two scenarios, or one scenario under two price books."""

from typing import Any

from marshmallow import ValidationError

from estimator.scenario.inputs import Input
from estimator.web.schemas import fields as sorts
from estimator.web.schemas.generated import StrictSchema
from estimator.web.schemas.readers import BookSelection
from estimator.web.schemas.scenario import SCENARIO

BOOK = BookSelection(Input("other", "A day, {on, known_by}, or a version; null = the newest.", nullable=True))


class TwoBooks(sorts.Declared):
    """Two price books, left first."""

    def read(self, value: Any) -> list[Any]:
        """Read both."""
        found = sorts.read_each(value, BOOK.deserialize)
        if len(found) != 2:
            raise ValidationError(f"Must hold two price books, not {len(found)}.")
        return found


class ScenarioPairSchema(StrictSchema):
    """Two scenarios, or one under two price books."""

    left = sorts.Part(Input("object", "The first scenario."), SCENARIO, required=True)
    right = sorts.Part(Input("object", "The second scenario; null = the first again.", nullable=True), SCENARIO)
    price_books = TwoBooks(
        Input("other", "Price books of left and right, in the place of those the scenarios name.", nullable=True)
    )


SCENARIO_PAIR = ScenarioPairSchema()
