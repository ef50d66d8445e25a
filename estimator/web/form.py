"""The few main fields of the form beside the full text of the scenario: whichever was changed wins."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from estimator.errors import EstimatorError
from estimator.scenario import Scenario
from estimator.scenario.inputs import Input, inputs_of
from estimator.scenario.workload import Workload
from estimator.web.documents import read_yaml

MAIN = (
    "/horizon_months",
    "/annual_discount_rate",
    "/workload/requests_per_month",
    "/workload/monthly_growth",
    "/workload/input_tokens",
    "/workload/output_tokens",
)


class MainField(NamedTuple):
    """One field of the form."""

    pointer: str
    label: str
    declared: Input


def _main_field(pointer: str) -> MainField:
    *parents, name = pointer.strip("/").split("/")
    declared = inputs_of(Workload if parents else Scenario)[name]
    return MainField(pointer, name.replace("_", " ").capitalize(), declared)


MAIN_FIELDS = tuple(_main_field(pointer) for pointer in MAIN)


def main_values(text: str) -> dict[str, str]:
    """Read what the text says in the main fields; "" where it says nothing or cannot be read."""
    try:
        document = read_yaml(text)
    except EstimatorError:
        document = {}
    return {pointer: _written(_value_at(document, pointer)) for pointer in MAIN}


def _value_at(document: Any, pointer: str) -> Any:
    for token in pointer.strip("/").split("/"):
        document = document.get(token) if isinstance(document, dict) else None
    return document


def _written(value: Any) -> str:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def fill(document: Any, sent: Mapping[str, str]) -> Any:
    """Put the main fields that a person changed into the document: a field that was not touched says nothing."""
    if not isinstance(document, dict):
        return document
    for pointer in MAIN:
        now, before = sent.get(pointer, "").strip(), sent.get(f"was:{pointer}", "").strip()
        if now and now != before:
            *parents, name = pointer.strip("/").split("/")
            owner = document
            for parent in parents:
                owner = owner.setdefault(parent, {})
            if isinstance(owner, dict):
                owner[name] = read_yaml(now)
    return document
