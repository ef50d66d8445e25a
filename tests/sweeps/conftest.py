"""A prompted, a tuned and a staged approach, read from plain values."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from estimator.scenario import Scenario
from estimator.web.schemas.scenario import read_scenario

DOCUMENT: dict[str, Any] = {
    "horizon_months": 12,
    "baseline": "prompt",
    "workload": {"requests_per_month": 200000, "input_tokens": 350, "output_tokens": 120},
    "labelling": {"seconds_per_label": 90, "test_examples": 300},
    "rates": {
        "annotator_usd_per_hour": 28,
        "domain_expert_usd_per_hour": 85,
        "prompt_engineer_usd_per_hour": 85,
        "ml_engineer_usd_per_hour": 110,
    },
    "approaches": {
        "prompt": {
            "kind": "prompt_engineering",
            "prompt_tokens": 1850,
            "effort_hours": 45,
            "serving": {"kind": "api", "prices": {"input_usd_per_mtok": 3, "output_usd_per_mtok": 15}},
        },
        "tuned": {
            "kind": "fine_tuning",
            "train_examples": 1200,
            "tokens_per_example": 570,
            "engineering_hours": 40,
            "prompt_tokens": 100,
            "lead_time_months": 0,
            "training": {"kind": "managed", "prices": {"training_usd_per_mtok": 5}},
            "serving": {"kind": "api", "prices": {"input_usd_per_mtok": 0.8, "output_usd_per_mtok": 3.2}},
        },
        "later": {"kind": "staged", "first": "prompt", "then": "tuned"},
    },
}


@pytest.fixture
def document() -> dict[str, Any]:
    return copy.deepcopy(DOCUMENT)


@pytest.fixture
def scenario(document: dict[str, Any]) -> Scenario:
    return read_scenario(document)


@pytest.fixture(scope="session")
def read() -> Callable[[Any], Scenario]:
    return read_scenario
