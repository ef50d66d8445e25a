"""Two approaches stated by their sums alone, so that a test's figures are found by hand."""

from typing import Any

# A = 100 + 0.01 V T, B = 0.03 V T: A - B = 100 - 0.02 V T, -100 over these ten months of 1,000 requests
TWO_SUMS: dict[str, Any] = {
    "horizon_months": 10,
    "baseline": "B",
    "workload": {"requests_per_month": 1000, "input_tokens": 1, "output_tokens": 1},
    "approaches": {
        "A": {"kind": "lump_sum", "upfront_usd": 100, "usd_per_request": 0.01},
        "B": {"kind": "lump_sum", "usd_per_request": 0.03},
    },
}
