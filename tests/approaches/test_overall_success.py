"""One success rate for a whole plan: the share of all its requests that are answered well."""

import pytest

from estimator.answer import answer
from estimator.estimate import estimate
from estimator.price_book import Library
from estimator.web.schemas.scenario import read_scenario


@pytest.mark.parametrize(("growth", "expected"), [(0.0, 0.75 * 0.8 + 0.25 * 0.9), (1.0, (15 * 0.8 + 240 * 0.9) / 255)])
def test_a_staged_plan_weighs_its_parts_by_the_requests_they_answer(
    library: Library, growth: float, expected: float
) -> None:
    # eight months; without growth the switch in month 6 leaves 2 of 8 months, doubling the one in month 4 leaves
    # 16 + 32 + 64 + 128 = 240 of 255 parts of the requests
    switch = 6 if growth == 0.0 else 4
    document = {
        "horizon_months": 8,
        "workload": {"requests_per_month": 1000, "monthly_growth": growth, "input_tokens": 1, "output_tokens": 1},
        "approaches": {
            "prompt": {"kind": "lump_sum", "usd_per_request": 0.01, "success_rate": 0.8},
            "tuned": {"kind": "lump_sum", "usd_per_request": 0.001, "success_rate": 0.9},
            "later": {"kind": "staged", "first": "prompt", "then": "tuned", "switch_month": switch},
        },
    }
    found = answer(estimate(read_scenario(document), library, frozenset()))
    rates = {name: each["success_rate"] for name, each in found["approaches"].items()}
    assert rates == {"prompt": 0.8, "tuned": 0.9, "later": pytest.approx(expected)}
    (warned,) = [each for each in found["warnings"] if each["code"] == "quality_unequal"]
    assert f"later {expected:.1%}" in warned["message"]


def test_hours_of_the_shared_test_set_count_once(library: Library) -> None:
    # test set: 360 labels of 40 s = 4 h and 3 h of guidelines; examples: 900 labels = 10 h; the prompt takes 20 h
    price = {"input_usd_per_mtok": 1, "output_usd_per_mtok": 4}
    document = {
        "workload": {"requests_per_month": 1000, "input_tokens": 1, "output_tokens": 1},
        "labelling": {
            "seconds_per_label": 40,
            "overlap_share": 0,
            "audit_share": 0,
            "reject_rate": 0,
            "test_examples": 360,
            "guideline_hours": 3,
        },
        "approaches": {
            "prompt": {
                "kind": "prompt_engineering",
                "prompt_tokens": 500,
                "effort_hours": 20,
                "serving": {"kind": "api", "prices": price},
            },
            "tuned": {
                "kind": "fine_tuning",
                "train_examples": 900,
                "engineering_hours": 8,
                "training": {"kind": "managed", "prices": {"training_usd_per_mtok": 5}},
                "serving": {"kind": "api", "prices": price},
            },
            "later": {"kind": "staged", "first": "prompt", "then": "tuned", "switch_month": 3},
            "both": {"kind": "hybrid", "mode": "cascade", "first": "tuned", "fallback": "prompt"},
        },
    }
    found = answer(estimate(read_scenario(document), library, frozenset()))
    for name in ("later", "both"):
        hours = found["approaches"][name]["resources"]["hours_by_role"]
        assert hours == pytest.approx(
            {"annotator": 4 + 10, "domain_expert": 3, "prompt_engineer": 20, "ml_engineer": 8}
        )
        assert "shared_hours_by_role" not in found["approaches"][name]["resources"]
