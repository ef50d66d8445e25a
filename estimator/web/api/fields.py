"""GET /api/v1/fields: every input of a scenario."""

from flask import Response

from estimator.web.door import Endpoints, answer_json
from estimator.web.questions.field_list import field_list

endpoints = Endpoints("fields", "Every input of a scenario: unit, default, range, meaning.")


@endpoints.endpoint("/fields", "GET", "listFields", answers="FieldList")
def list_fields() -> Response:
    """List every input: pointer, unit, default, range, meaning, and the equations it enters."""
    return answer_json({"fields": field_list()})
