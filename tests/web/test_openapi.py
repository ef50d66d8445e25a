"""The published contract: valid OpenAPI 3.1, kept in the repository, with nothing promised that is not there."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from estimator.hardware.catalogue import base_model, gpu
from tests.web.write_openapi import KEPT, document

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def published(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(app.test_client().get("/openapi.json").data)
    return found


def test_it_is_valid_openapi(published: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(published).validate()


def test_it_is_the_kept_copy(app: Flask) -> None:
    """A difference is a deliberate act: write it with python -m tests.web.write_openapi, and say so in CHANGELOG."""
    assert document(app) == Path(KEPT).read_text("utf-8")


def operations(published: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, methods in published["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, dict)
    ]


def test_every_operation_is_named_once_and_summed_up(published: dict[str, Any]) -> None:
    found = operations(published)
    ids = [operation["operationId"] for _, operation in found]
    assert len(set(ids)) == len(ids) == len(found)
    assert all(operation["summary"] for _, operation in found)


def test_every_refusal_is_published_as_a_problem(published: dict[str, Any]) -> None:
    assert "application/problem+json" in published["components"]["responses"]["Problem"]["content"]
    for _, operation in operations(published):
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}
        assert "422" in operation["responses"]


def test_open_bounds_are_published_open(published: dict[str, Any]) -> None:
    epochs = published["components"]["schemas"]["FineTuning"]["properties"]["epochs"]["anyOf"][0]
    assert epochs == {"type": "number", "exclusiveMinimum": 0.0, "maximum": 10000.0}


def test_every_path_of_the_api_is_published(app: Flask, published: dict[str, Any]) -> None:
    served = {rule.rule.replace("<string:", "{").replace(">", "}") for rule in app.url_map.iter_rules()}
    assert {path for path in served if path.startswith("/api")} == published["paths"].keys()


def test_the_known_names_are_published_and_accepted(app: Flask, published: dict[str, Any]) -> None:
    schemas = published["components"]["schemas"]
    book = app.extensions["library"].book()
    look_up = {
        ("ApiServing", "model"): book.token_offer,
        ("GpuServing", "gpu"): gpu,
        ("GpuTraining", "base_model"): base_model,
    }
    for (owner, field), find in look_up.items():
        names = schemas[owner]["properties"][field]["examples"]
        assert len(names) > 40
        assert all(find(name) for name in names[:: max(1, len(names) // 40)])
    services = schemas["ManagedTraining"]["properties"]["service"]["examples"]
    assert {"openai", "together", "fireworks"} <= set(services)
    assert "examples" not in schemas["Hybrid"]["properties"]["first"]


def test_the_document_stays_readable(app: Flask) -> None:
    assert len(app.test_client().get("/openapi.json").data) < 400_000
