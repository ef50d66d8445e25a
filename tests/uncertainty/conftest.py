"""Scenarios whose uncertainty can be worked out by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from estimator.computation import compute
from estimator.estimate import open_book, pairs_of
from estimator.price_book import Library, PriceBook
from estimator.scenario import LumpSum, Scenario, Workload
from estimator.scenario.pointer import at_base
from estimator.uncertainty import Assessment, assess


@pytest.fixture(scope="session")
def book(library: Library) -> PriceBook:
    return open_book(two_sums(), library)


def two_sums(requests: Any = 0.0, months: int = 12, **changes: Any) -> Scenario:
    """Compare A with B, both stated by their sums; `A_` and `B_` fields go to the approaches."""
    parts: dict[str, dict[str, Any]] = {"A": {}, "B": {}}
    rest = {}
    for name, value in changes.items():
        if name[:2] in ("A_", "B_"):
            parts[name[0]][name[2:]] = value
        else:
            rest[name] = value
    return Scenario(
        horizon_months=months,
        baseline="B",
        workload=Workload(requests_per_month=requests, input_tokens=1.0, output_tokens=1.0),
        approaches={name: LumpSum(**fields) for name, fields in parts.items()},
        **rest,
    )


@pytest.fixture(name="two_sums")
def _two_sums() -> Callable[..., Scenario]:
    return two_sums


@pytest.fixture(name="assessed")
def _assessed(book: PriceBook) -> Callable[[Scenario], Assessment]:
    def assessed(scenario: Scenario) -> Assessment:
        base = compute(at_base(scenario), book)
        found = assess(scenario, base, book, pairs_of(list(scenario.approaches), base.baseline))
        assert found is not None
        return found

    return assessed
