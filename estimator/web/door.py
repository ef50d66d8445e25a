"""flask-smorest, tuned so that nothing passes unseen: strict bodies and queries, exact documents."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any

import flask_smorest
import orjson
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask, Response, current_app, request
from marshmallow import Schema
from marshmallow.fields import Field
from werkzeug.exceptions import NotAcceptable, UnsupportedMediaType

from estimator.errors import ScenarioError
from estimator.web.documents import read_json
from estimator.web.problems import PROBLEM_JSON
from estimator.web.questions.row_formats import (
    CSV,
    JSON,
    JSON_LINES,
    LAST_WORDS,
    MEDIA_TYPES,
    OBJECTS,
    PARQUET,
    WRITERS,
    Block,
    NoParquetError,
    require_parquet,
)
from estimator.web.running.heavy_work import stream
from estimator.web.schemas.fields import Declared, KindWord
from estimator.web.schemas.json_schema import property_of
from estimator.web.schemas.objections import InvalidRequestError, Objection, shortened, unknown_name
from estimator.web.schemas.query import QueryField, Words
from estimator.web.schemas.scenario import read

View = Callable[..., Any]


class DeclaredConverter(OpenAPIConverter):
    """Writes our fields as exactly as they read."""

    def field2property(self, field: Field[Any]) -> dict[str, Any]:
        """Write the JSON Schema of one field."""
        if isinstance(field, Declared | KindWord | QueryField):
            return property_of(field, self.resolve_nested_schema)
        written: dict[str, Any] = super().field2property(field)
        return written

    def _field2parameter(self, field: Field[Any], *, name: str, location: str) -> dict[str, Any]:
        """Write a query parameter; several words stand in one parameter, separated by commas."""
        written: dict[str, Any] = super()._field2parameter(field, name=name, location=location)
        return {**written, "style": "form", "explode": False} if isinstance(field, Words) else written

    def schema2jsonschema(self, schema: Any) -> dict[str, Any]:
        """Write the JSON Schema of an object, with the first line of its docstring."""
        written: dict[str, Any] = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call] # apispec has no hint here
        owner = schema if isinstance(schema, type) else type(schema)
        written["description"] = (owner.__doc__ or "").strip().partition("\n")[0]
        return written


class DeclaredPlugin(MarshmallowPlugin):
    """The marshmallow plugin of apispec with our converter."""

    Converter = DeclaredConverter


def read_body(schema: Schema) -> Any:
    """Read the JSON body of the request by a schema."""
    if request.mimetype != JSON:
        raise UnsupportedMediaType(f"Send the body as {JSON}, not as {request.mimetype or 'nothing named'}.")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMediaType("Send the body uncompressed.")
    body = request.get_data(cache=False)
    return read(schema, read_json(body, current_app.config["MAX_JSON_DEPTH"]))


def read_query(schema: Schema) -> Any:
    """Read the query parameters of the request by a schema; each at most once, none unknown."""
    wrong = []
    for name, values in request.args.lists():
        if name not in schema.fields:
            wrong.append(Objection("", unknown_name("query parameter", name, schema.fields), name[:120]))
        elif len(values) > 1:
            wrong.append(Objection("", f"The query parameter {name} stands {len(values)} times. Give it once.", name))
    if wrong:
        raise InvalidRequestError(sorted(wrong))
    try:
        return read(schema, request.args.to_dict())
    except InvalidRequestError as refusal:
        raise InvalidRequestError(
            [Objection("", each.detail, each.pointer.strip("/")) for each in refusal.objections]
        ) from refusal


class Endpoints(flask_smorest.Blueprint):  # type: ignore[misc] # flask-smorest has no type hints
    """The endpoints of one resource."""

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name, __name__, url_prefix="/api/v1", description=description)
        self.formats: dict[str, tuple[str, ...]] = {}
        self.before_request(self.refuse_other_formats)

    def takes(self, schema: Schema, example: Any = None) -> Callable[[View], View]:
        """Hand the view the JSON body, read by a schema."""
        return self._reading(read_body, schema, example=example)

    def asks(self, schema: Schema) -> Callable[[View], View]:
        """Hand the view the query parameters, read by a schema."""
        return self._reading(read_query, schema, location="query")

    def _reading(self, source: Callable[[Schema], Any], schema: Schema, **documented: Any) -> Callable[[View], View]:
        """Read by our own reader, in the place of webargs, which lets much pass; document by flask-smorest."""

        def decorate(view: View) -> View:
            @wraps(view)
            def reading(*args: Any, **named: Any) -> Any:
                return view(*args, source(schema), **named)

            return _documented(reading, self.arguments(schema, **documented)(view))

        return decorate

    def endpoint(
        self,
        rule: str,
        method: str,
        operation: str,
        *,
        answers: Any,
        formats: tuple[str, ...] = (),
        binaries: tuple[str, ...] = (),
        example: Any = None,
    ) -> Callable[[View], View]:
        """Register a view: one method, one operation id, one schema of the answer, other media types beside JSON."""

        def decorate(view: View) -> View:
            asks = any(parameter["in"] == "query" for parameter in _parameters(view))
            documented = self.response(200, answers, example=example)(view)
            for other in formats:
                documented = self.alt_response(200, schema={"type": "string"}, content_type=other)(documented)
            for binary in binaries:
                written = {"type": "string", "format": "binary"}
                documented = self.alt_response(200, schema=written, content_type=binary)(documented)
            documented = self.doc(operationId=operation)(documented)
            self.formats[operation] = (JSON, *formats, *binaries)
            served = _documented(view if asks else _refuse_queries(view), documented)
            self.route(rule, methods=[method], endpoint=operation)(served)
            return view

        return decorate

    def refuse_other_formats(self) -> None:
        """Refuse a client that takes none of the formats of the answer."""
        accept = request.headers.get("Accept")
        if not accept or accept in ("*/*", JSON):
            return
        formats = self.formats[str(request.endpoint).rpartition(".")[2]]
        if not request.accept_mimetypes.best_match(formats):
            raise NotAcceptable(
                f"This answer is {' or '.join(formats)}; the request accepts {shortened(accept)} alone."
            )


def _documented(view: View, documented: View) -> View:
    """Give a view the documents that flask-smorest wrote for it, without the layers that it puts around a view."""
    view._apidoc = documented._apidoc  # type: ignore[attr-defined] # noqa: SLF001 - where flask-smorest keeps them
    return view


def _parameters(view: View) -> list[dict[str, Any]]:
    apidoc: dict[str, Any] = getattr(view, "_apidoc", {})
    found: list[dict[str, Any]] = apidoc.get("arguments", {}).get("parameters", [])
    return found


class NoQuerySchema(Schema):
    """No query parameter at all."""


NO_QUERY = NoQuerySchema()


def _refuse_queries(view: View) -> View:
    @wraps(view)
    def strict(*args: Any, **named: Any) -> Any:
        if request.query_string:
            read_query(NO_QUERY)
        return view(*args, **named)

    return strict


MOST_JSON_BYTES = 64 * 2**20
"""What one document of rows may take: it is held whole, by who computes it and by who passes it on."""


def answer_json(body: Any, status: int = 200) -> Response:
    """Write plain values as JSON, byte for byte the same each time."""
    return Response(orjson.dumps(body), status=status, content_type=JSON)


def answer_rows(blocks: Iterator[Block], *, alike: bool = True) -> Response:
    """Write rows in the format that the client prefers, block by block.

    Parameters
    ----------
    alike : whether all rows have the same columns, so that they make a table
    """
    formats = tuple(MEDIA_TYPES) if alike else OBJECTS
    anything = alike or not request.accept_mimetypes
    wanted = request.accept_mimetypes.best_match(formats) or (JSON if anything else None)
    if wanted is None:
        raise NotAcceptable(f"Whole scenarios have approaches of their own: accept {' or '.join(OBJECTS)}.")
    if wanted == PARQUET:
        try:
            require_parquet()
        except NoParquetError as error:
            raise NotAcceptable(error.message) from None
    written = WRITERS[MEDIA_TYPES[wanted]](blocks)
    if wanted == JSON:  # one document: it is whole, or it is refused
        return Response(joined(written), content_type=JSON)
    return stream(written, f"{CSV}; charset=utf-8" if wanted == CSV else wanted, LAST_WORDS[MEDIA_TYPES[wanted]])


def joined(pieces: Iterable[bytes]) -> bytes:
    """Join the pieces of one document.

    Raises
    ------
    ScenarioError : it becomes larger than MOST_JSON_BYTES
    """
    document = bytearray()
    for piece in pieces:
        document += piece
        if len(document) > MOST_JSON_BYTES:
            raise ScenarioError(
                f"As one JSON document these rows take more than {MOST_JSON_BYTES // 2**20} MiB. "
                f"Accept {JSON_LINES} or {CSV}, which are written row by row, or ask in parts."
            )
    return bytes(document)


class Api(flask_smorest.Api):  # type: ignore[misc] # flask-smorest has no type hints
    """The OpenAPI document of all endpoints."""

    def __init__(self, app: Flask, components: dict[str, Any], **spec: Any) -> None:
        super().__init__(app, spec_kwargs={"marshmallow_plugin": DeclaredPlugin(), **spec})
        for name, schema in components.items():
            self.spec.components.schema(name, schema)
        self.spec.components.response(
            "Problem",
            {
                "description": "A refusal, RFC 9457.",
                "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        )

    def _register_error_handlers(self) -> None:
        """Leave errors to problems.py."""

    def document(self, schemes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the OpenAPI document, every operation with the statuses that it can answer.

        Parameters
        ----------
        schemes : the ways to send a key, by name; None where no key is asked for
        """
        for name, scheme in (schemes or {}).items():
            self.spec.components.security_scheme(name, dict(scheme))
        written: dict[str, Any] = self.spec.to_dict()
        if schemes:
            written["security"] = [{name: []} for name in schemes]
        problem = {"$ref": "#/components/responses/Problem"}
        locked = ["401", "403"] if schemes else []
        for operations in written["paths"].values():
            for operation in operations.values():
                if isinstance(operation, dict):
                    statuses = ["400", "413", "415", "422"] if "requestBody" in operation else ["422"]
                    refusals = dict.fromkeys([*statuses, *locked, "404", "405", "406", "503", "default"], problem)
                    operation["responses"] = {**operation["responses"], **refusals}
        return written
