"""The JSON Schema of every field, as exact as the reader: exclusive bounds, null, ranges, kinds."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from marshmallow import Schema
from marshmallow.fields import Field

from estimator.scenario.inputs import Input
from estimator.sweeps.grid import MOST_AXES
from estimator.web.schemas import comparisons, options, portfolios, query, readers, sweeps
from estimator.web.schemas import fields as sorts

Resolve = Callable[[Schema], dict[str, Any]]
"""Puts a schema among the components and returns the reference to it."""

LINE = {"type": "string", "maxLength": sorts.LONGEST_TEXT, "pattern": sorts.PLAIN_TEXT}
NAME = {"type": "string", "minLength": 1, "maxLength": readers.LONGEST_NAME, "pattern": sorts.PLAIN_TEXT}
NULL = {"type": "null"}
NAMES_OF = "x-names-of"
"""Keyword that says which sort of names a text belongs to."""


def property_of(field: Field[Any], resolve: Resolve) -> dict[str, Any]:
    """Write the JSON Schema of one field of ours."""
    if isinstance(field, sorts.KindWord):
        return {"type": "string", "const": field.word}
    if isinstance(field, query.QueryField):
        return query_property(field)
    assert isinstance(field, sorts.Declared)  # noqa: S101 - the caller asks for fields of ours alone
    declared = field.declared
    schema = _value(field, declared, resolve)
    if declared.nullable:
        schema = _or_null(schema)
    schema["description"] = f"{declared.meaning}{f' [{declared.unit}]' if declared.unit else ''}"
    if declared.names:
        schema[NAMES_OF] = declared.names
    default = _plain(field.default)
    if not field.required and (default is not None or declared.nullable) and default is not ...:
        schema["default"] = default
    return schema


def with_known_names(schema: Any, known: Mapping[str, list[str]]) -> Any:
    """List the known names of its sort as examples of every text that is a name; there may be others, and aliases.

    Examples
    --------
    >>> with_known_names({"type": "string", "x-names-of": "gpu"}, {"gpu": ["T4"]})
    {'type': 'string', 'x-names-of': 'gpu', 'examples': ['T4']}
    """
    if isinstance(schema, list):
        return [with_known_names(each, known) for each in schema]
    if not isinstance(schema, dict):
        return schema
    written = {name: with_known_names(each, known) for name, each in schema.items()}
    sort = schema.get(NAMES_OF)
    return {**written, "examples": known[sort]} if isinstance(sort, str) and sort in known else written


def _plain(default: Any) -> Any:
    if isinstance(default, str | int | float) or default is None:
        return default
    return [] if default == () else ...


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    if "anyOf" in schema:
        return {"anyOf": [*schema["anyOf"], NULL]}
    return {"anyOf": [schema, NULL]}


def _value(field: sorts.Declared, declared: Input, resolve: Resolve) -> dict[str, Any]:
    match field:
        case sorts.Number():
            one = bounded("integer" if declared.kind == "whole" else "number", declared)
            return one if declared.fixed else {"anyOf": [one, resolve(readers.RANGE)]}
        case sorts.Choice():
            return {"type": "string", "enum": list(declared.choices)}
        case sorts.Text():
            return dict(LINE)
        case sorts.Flag():
            return {"type": "boolean"}
        case sorts.Day():
            return {"type": "string", "format": "date", "examples": [date(2026, 11, 20).isoformat()]}
        case sorts.Numbers():
            return {"type": "array", "items": bounded("number", declared), "maxItems": sorts.LONGEST_LIST}
        case sorts.Texts():
            return {"type": "array", "items": LINE, "maxItems": sorts.LONGEST_LIST}
        case sorts.Parts():
            return {"type": "array", "items": resolve(field.schema), "maxItems": sorts.LONGEST_LIST}
        case sorts.Part():
            return {"allOf": [resolve(field.schema)]}
        case sorts.OneOf():
            return by_kind(field.schemas, resolve)
        case _:
            return _special(field, resolve)


def _special(field: sorts.Declared, resolve: Resolve) -> dict[str, Any]:
    match field:
        case readers.Approaches():
            return {
                "type": "object",
                "minProperties": 2,
                "maxProperties": readers.MOST_APPROACHES,
                "propertyNames": NAME,
                "additionalProperties": by_kind(field.schemas, resolve),
            }
        case readers.PromptCaching():
            words = {"type": "string", "enum": ["none", "auto"]}
            return {"anyOf": [words, resolve(readers.HIT_RATE_SCHEMA), resolve(readers.TTL_SCHEMA)]}
        case readers.BookSelection():
            return {"anyOf": [NAME, resolve(readers.BOOK_DAYS)]}
        case comparisons.TwoBooks():
            either = _or_null(_special(comparisons.BOOK, resolve))
            return {"type": "array", "items": either, "minItems": 2, "maxItems": 2}
        case portfolios.Table():
            return {"type": "string", "maxLength": portfolios.LONGEST_TABLE}
        case options.SuccessRates():
            return {
                "type": "object",
                "maxProperties": options.MOST_RATES,
                "propertyNames": {**NAME, "maxLength": sorts.LONGEST_TEXT},
                "additionalProperties": bounded("number", options.SHARE),
            }
        case sweeps.AxisValues():
            each = {"anyOf": [{"type": "number"}, {"type": "boolean"}, LINE]}
            return {"type": "array", "items": each, "minItems": 1, "maxItems": sweeps.MOST_VALUES}
        case sweeps.SweepAxes():
            axes = resolve(sweeps.SWEEP_AXIS)
            return {"type": "array", "items": axes, "minItems": 1, "maxItems": MOST_AXES}
        case readers.OwnPrices():
            sorts_of_rows = (readers.OWN_PRICE, readers.DISCOUNT, readers.PRICE_FACTOR)
            rows = {"anyOf": [resolve(each) for each in sorts_of_rows]}
            return {"type": "array", "items": rows, "maxItems": readers.MOST_OVERRIDES}
        case readers.Correlations():
            rows = resolve(readers.CORRELATION_SCHEMA)
            return {"type": "array", "items": rows, "maxItems": readers.MOST_CORRELATIONS}
    raise TypeError(f"{type(field).__name__} has no JSON Schema.")


def bounded(kind: str, declared: Input) -> dict[str, Any]:
    """Write the legal range of a number.

    Examples
    --------
    >>> bounded("number", Input("number", "Epochs.", low=0.0, low_open=True, high=10.0))
    {'type': 'number', 'exclusiveMinimum': 0.0, 'maximum': 10.0}
    """
    schema: dict[str, Any] = {"type": kind}
    if declared.low is not None:
        schema["exclusiveMinimum" if declared.low_open else "minimum"] = declared.low
    if declared.high is not None:
        schema["exclusiveMaximum" if declared.high_open else "maximum"] = declared.high
    return schema


def by_kind(schemas: Mapping[str, Schema], resolve: Resolve) -> dict[str, Any]:
    """Write a choice of objects told apart by their ``kind``."""
    references = {kind: resolve(schema) for kind, schema in schemas.items()}
    mapping = {kind: reference["$ref"] for kind, reference in references.items()}
    return {"oneOf": list(references.values()), "discriminator": {"propertyName": "kind", "mapping": mapping}}


def query_property(field: "query.QueryField") -> dict[str, Any]:
    """Write the JSON Schema of a query parameter."""
    match field:
        case query.Words():
            items = {"type": "string", "enum": list(field.words)}
            schema: dict[str, Any] = {"type": "array", "items": items}
        case query.WholeText():
            schema = {"type": "integer", "minimum": field.low, "maximum": field.high, "default": field.default}
        case query.DayText():
            schema = {"type": "string", "format": "date"}
        case _:
            schema = dict(LINE)
    return {**schema, "description": field.meaning}
