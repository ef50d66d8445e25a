"""schemathesis against the application, in this process and over HTTP: every check, on legal and on broken requests.

A scenario can be legal field by field and still contradict itself (a baseline nobody named): the engine refuses that
with another type of problem than the reader, so legal data may be refused, but never as "invalid-request".
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation.modes import GenerationMode
from schemathesis.transport.requests import REQUESTS_TRANSPORT

from estimator.web.app import create_app
from estimator.web.settings import Settings
from tests.shipped import LIBRARY
from tests.web.served import served

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "40"))
"""Random requests for each operation; make fuzz asks for many more."""

FEW = 6
"""Random requests for each operation over HTTP, each a connection of its own; make fuzz sends thousands."""

SENT: dict[str, set[str]] = defaultdict(set)
"""These requests by operation, so that one that breaks something breaks it again."""

EVERY_BOUND = "FUZZ_EXAMPLES" in os.environ
"""Whether every bound of every field is tried one by one too: minutes, so make fuzz alone does it."""

SERVED = os.environ.get("FUZZ_URL", "")
"""Address of a running service, in the place of the application in this process."""


def load() -> Any:
    """Load the published contract, from the served address if one is named."""
    if SERVED:
        return schemathesis.openapi.from_url(f"{SERVED}/openapi.json")
    return schemathesis.openapi.from_wsgi("/openapi.json", create_app(Settings(log_level="error"), LIBRARY))


def quietly(schema: Any) -> Any:
    """Show what was sent as it was sent, and leave the bounds one by one to make fuzz."""
    schema.config.output.sanitization.update(enabled=False)
    schema.config.phases.coverage.enabled = EVERY_BOUND
    return schema


schema = quietly(load())
load_all_checks()
REPLACED = [check for check in CHECKS.get_all() if check.__name__ == "positive_data_acceptance"]


@schemathesis.check
def legal_data_is_never_called_invalid(_: Any, response: Any, case: Any) -> None:
    """Legal data is answered, or refused by the engine for a reason that no schema can say."""
    legal = case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE
    if legal and response.status_code == 422:
        assert response.json()["type"] != "/docs#invalid-request", response.text
    if legal:
        assert response.status_code in (200, 404, 422), response.text


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if SERVED:
        yield SERVED
        return
    with served(tmp_path_factory.mktemp("fuzzed") / "log") as (address, _):
        yield address


@pytest.mark.contract
@pytest.mark.slow
@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_a_promise(case: schemathesis.Case, service: str) -> None:
    """In this process; the first few over HTTP too, through gunicorn and the processes for long questions."""
    case.call_and_validate(excluded_checks=REPLACED)
    sent, asked = SENT[case.operation.label], repr(REQUESTS_TRANSPORT.serialize_case(case))
    if asked in sent or len(sent) < FEW:
        sent.add(asked)
        response = REQUESTS_TRANSPORT.send(case, base_url=service)
        case.validate_response(response, excluded_checks=REPLACED, transport_kwargs={"base_url": service})
