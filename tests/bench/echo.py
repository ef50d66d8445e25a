"""The baseline of the service: bare Flask and marshmallow, reading the same body and sending it back."""

from flask import Flask, Response, request
from marshmallow import Schema, fields


class EventSchema(Schema):
    """A dated sum."""

    month = fields.Integer(required=True)
    usd = fields.Float(required=True)
    what = fields.String()


class ApproachSchema(Schema):
    """A lump sum."""

    kind = fields.String(required=True)
    upfront_usd = fields.Float()
    usd_per_request = fields.Float()
    monthly_fixed_usd = fields.Float()
    requirement_change_usd = fields.Float()
    lead_time_months = fields.Float()
    bridge = fields.String()
    events = fields.List(fields.Nested(EventSchema))


class WorkloadSchema(Schema):
    """The traffic."""

    requests_per_month = fields.Float(required=True)
    monthly_growth = fields.Float()
    input_tokens = fields.Float(required=True)
    output_tokens = fields.Float(required=True)


class QuestionSchema(Schema):
    """The whole body."""

    name = fields.String()
    horizon_months = fields.Integer()
    baseline = fields.String()
    requirement_changes_per_month = fields.Float()
    workload = fields.Nested(WorkloadSchema, required=True)
    approaches = fields.Dict(keys=fields.String(), values=fields.Nested(ApproachSchema), required=True)


def create_app() -> Flask:
    """Make the echo service."""
    app = Flask(__name__)
    schema = QuestionSchema()

    @app.post("/api/v1/estimates")
    def echo() -> Response:
        return app.json.response(schema.dump(schema.load(request.get_json())))

    return app
