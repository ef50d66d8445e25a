"""Documents of plain values as scenarios: the cases travel with the package, so that nothing has to be refused."""

from collections.abc import Mapping
from typing import Any

from estimator.scenario import PLANS, Scenario
from estimator.scenario.inputs import Input, inputs_of


def scenario_of(document: Mapping[str, Any]) -> Scenario:
    """Build the scenario that a document describes.

    Examples
    --------
    >>> sums = {"kind": "lump_sum", "upfront_usd": 5.0}
    >>> load = {"requests_per_month": 1.0, "input_tokens": 1.0, "output_tokens": 1.0}
    >>> scenario_of({"workload": load, "approaches": {"A": sums, "B": sums}}).approaches["A"].upfront_usd
    5.0
    """
    scenario: Scenario = _build(Scenario, document)
    return scenario


def _build(owner: type, document: Mapping[str, Any]) -> Any:
    declared = inputs_of(owner)
    return owner(**{name: _part(declared[name], value) for name, value in document.items() if name != "kind"})


def _part(declared: Input, value: Any) -> Any:
    variants = declared.variants
    if variants is PLANS:
        return {name: _build(PLANS[plan["kind"]], plan) for name, plan in value.items()}
    if variants is None or value is None:
        return tuple(value) if isinstance(value, list) else value
    if declared.kind == "objects":
        return tuple(_build(variants[""], each) for each in value)
    return _build(variants[value["kind"] if declared.kind == "one_of" else ""], value)
