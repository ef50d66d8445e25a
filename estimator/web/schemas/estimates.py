"""What may be asked beside a scenario: the sections of the answer."""

from typing import Any

from estimator.estimate import SECTIONS
from estimator.web.schemas.generated import StrictSchema
from estimator.web.schemas.query import Words


class SectionsSchema(StrictSchema):
    """The sections of an estimate."""

    include = Words(tuple(sorted(SECTIONS)), "Sections, separated by commas; left out = volume,assumptions,prices.")


SECTIONS_QUERY = SectionsSchema()


EXAMPLE: dict[str, Any] = {
    "name": "review sentiment, by sums",
    "horizon_months": 24,
    "baseline": "prompt",
    "workload": {"requests_per_month": 250000, "monthly_growth": 0.03, "input_tokens": 400, "output_tokens": 20},
    "approaches": {
        "prompt": {"kind": "lump_sum", "upfront_usd": 5200, "usd_per_request": 0.0085, "monthly_fixed_usd": 150},
        "tuned": {
            "kind": "lump_sum",
            "upfront_usd": 15000,
            "usd_per_request": 0.0021,
            "monthly_fixed_usd": 520,
            "lead_time_months": 2,
            "bridge": "prompt",
            "events": [{"month": 6, "usd": 2858, "what": "refresh"}],
        },
    },
}
"""A scenario that the documents show and the fuzzer starts from."""
