"""The scenarios that are timed."""

from typing import Any

LUMP_SUMS: dict[str, Any] = {
    "name": "two lump sums",
    "horizon_months": 36,
    "baseline": "PE",
    "requirement_changes_per_month": 0.25,
    "workload": {"requests_per_month": 250000, "monthly_growth": 0.03, "input_tokens": 1, "output_tokens": 1},
    "approaches": {
        "PE": {
            "kind": "lump_sum",
            "upfront_usd": 5200,
            "usd_per_request": 0.0085,
            "monthly_fixed_usd": 150,
            "requirement_change_usd": 360,
            "events": [{"month": 15, "usd": 1440, "what": "prompt migration"}],
        },
        "FT": {
            "kind": "lump_sum",
            "upfront_usd": 15000,
            "usd_per_request": 0.0021,
            "monthly_fixed_usd": 520,
            "requirement_change_usd": 750,
            "lead_time_months": 2,
            "bridge": "PE",
            "events": [{"month": 6, "usd": 2858, "what": "refresh"}, {"month": 15, "usd": 4616, "what": "new base"}],
        },
    },
}

THREE_APPROACHES: dict[str, Any] = {
    "name": "prompt, managed tuning, cascade",
    "horizon_months": 36,
    "annual_discount_rate": 0.08,
    "baseline": "prompt",
    "workload": {"requests_per_month": 200000, "monthly_growth": 0.02, "input_tokens": 350, "output_tokens": 120},
    "rates": {
        "annotator_usd_per_hour": 28,
        "domain_expert_usd_per_hour": 85,
        "prompt_engineer_usd_per_hour": 85,
        "ml_engineer_usd_per_hour": 110,
    },
    "labelling": {"seconds_per_label": 90, "guideline_hours": 12, "test_examples": 300},
    "approaches": {
        "prompt": {
            "kind": "prompt_engineering",
            "prompt_tokens": 1850,
            "effort_hours": 45,
            "deployment_hours": 6,
            "monthly_fixed_usd": 100,
            "serving": {"kind": "api", "prices": {"input_usd_per_mtok": 3, "output_usd_per_mtok": 15}},
        },
        "tuned": {
            "kind": "fine_tuning",
            "train_examples": 1200,
            "validation_examples": 200,
            "tokens_per_example": 570,
            "curation_hours": 24,
            "engineering_hours": 40,
            "deployment_hours": 16,
            "prompt_tokens": 100,
            "monthly_fixed_usd": 250,
            "refresh": {"every_months": 6, "hours": 8},
            "training": {"kind": "managed", "prices": {"training_usd_per_mtok": 5}},
            "serving": {"kind": "api", "prices": {"input_usd_per_mtok": 0.8, "output_usd_per_mtok": 3.2}},
        },
        "cascade": {"kind": "hybrid", "mode": "cascade", "first": "tuned", "fallback": "prompt"},
    },
}
