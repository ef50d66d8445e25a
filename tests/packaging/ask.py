"""Ask a served address for an estimate and for the form: python -m tests.packaging.ask ADDRESS."""

import json
import sys
from urllib.request import Request, urlopen

from estimator.web.schemas.estimates import EXAMPLE


def ask(address: str) -> str:
    """Return the headline of the example's estimate, after the form was served too."""
    body = json.dumps(EXAMPLE).encode()
    request = Request(f"{address}/api/v1/estimates", body, {"Content-Type": "application/json"})  # noqa: S310 - our own service
    with urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
        found = json.load(answer)
    with urlopen(f"{address}/", timeout=30) as page:  # noqa: S310 - the same
        assert b"<form" in page.read()
    return str(found["recommendation"]["headline"])


if __name__ == "__main__":
    print("estimate:", ask(sys.argv[1]))  # noqa: T201 - told to the person who runs it
    print("form: served")  # noqa: T201 - the same
