"""Ask a served address for estimates and for the form: python -m tests.packaging.ask ADDRESS."""

import json
import sys
from typing import Any

from estimator.web.app import create_app
from estimator.web.schemas.estimates import EXAMPLE
from estimator.web.settings import Settings
from tests.web.asking import fetched, read

BY_HAND: dict[str, Any] = {
    "horizon_months": 12,
    "workload": {"requests_per_month": 100, "input_tokens": 1, "output_tokens": 1},
    "approaches": {
        "dear start": {"kind": "lump_sum", "upfront_usd": 600, "usd_per_request": 0.5},
        "dear use": {"kind": "lump_sum", "usd_per_request": 1.5},
    },
}
"""600 + 12 x 100 x 0.5 = 1,200; 12 x 100 x 1.5 = 1,800; equal after 600 / (100 x (1.5 - 0.5)) = 6 months."""


def post(address: str, path: str, question: Any, seconds: float = 60.0) -> bytes:
    """Send a question and return the bytes of the answer; anything but 200 raises."""
    status, answer = fetched(address, path, json.dumps(question).encode(), seconds)
    assert status == 200, answer
    return answer


def check_answers(address: str) -> str:
    """Compare what is served with numbers derived by hand and with the engine here; return the example's headline."""
    known = json.loads(post(address, "/api/v1/estimates", BY_HAND))
    totals = {name: each["total_usd"] for name, each in known["approaches"].items()}
    assert totals == {"dear start": 1200.0, "dear use": 1800.0}, totals
    (crossing,) = known["break_even"][0]["months"]["crossings"]
    assert abs(crossing["month"] - 6) < 1e-9, crossing
    served = post(address, "/api/v1/estimates", EXAMPLE)
    assert served == create_app(Settings()).test_client().post("/api/v1/estimates", json=EXAMPLE).data
    assert "<form" in read(address, "/")
    return str(json.loads(served)["recommendation"]["headline"])


if __name__ == "__main__":
    print("estimate:", check_answers(sys.argv[1]))
