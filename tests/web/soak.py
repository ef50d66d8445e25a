"""Light requests beside heavy ones against a real server: python -m tests.web.soak [SECONDS]."""

import json
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median, quantiles
from urllib.request import Request, urlopen

from estimator.web.api.break_even_curves import EXAMPLE as CURVE
from estimator.web.schemas.estimates import EXAMPLE
from tests.web.served import served

LIGHT = ("/api/v1/estimates", json.dumps(EXAMPLE).encode())
HEAVY = ("/api/v1/break-even-curves", json.dumps({**CURVE, "x": {**CURVE["x"], "points": 200}}).encode())  # type: ignore[dict-item] # a mapping


def ask(address: str, what: tuple[str, bytes]) -> float:
    """Send one request and return its seconds; anything but 200 raises."""
    path, body = what
    start = time.perf_counter()
    request = Request(f"{address}{path}", body, {"Content-Type": "application/json"})  # noqa: S310 - our own service
    with urlopen(request, timeout=60) as answer:  # noqa: S310 - the same
        answer.read()
    return time.perf_counter() - start


def resident_mib(pid: int) -> float:
    """Add up the resident memory of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    pages = sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in [str(pid), *children])
    return pages * 4096 / 2**20


def soak(seconds: float, clients: int = 4) -> dict[str, float]:
    """Load the service for some seconds, and return what was measured."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "log") as (address, process):
        alone = median(ask(address, LIGHT) for _ in range(200))
        before = resident_mib(process.pid)
        stop = time.monotonic() + seconds
        light: list[float] = []
        heavy: list[float] = []
        errors: list[Exception] = []

        def keep_asking(what: tuple[str, bytes], taken: list[float]) -> None:
            while time.monotonic() < stop:
                try:
                    taken.append(ask(address, what))
                except OSError as error:
                    errors.append(error)

        threads = [threading.Thread(target=keep_asking, args=(LIGHT, light)) for _ in range(clients)]
        threads += [threading.Thread(target=keep_asking, args=(HEAVY, heavy))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return {
            "light_requests": len(light),
            "heavy_requests": len(heavy),
            "errors": len(errors),
            "light_alone_median_ms": alone * 1e3,
            "light_p50_ms": median(light) * 1e3,
            "light_p99_ms": quantiles(light, n=100)[98] * 1e3,
            "light_p99_over_alone": quantiles(light, n=100)[98] / alone,
            "memory_before_mib": before,
            "memory_after_mib": resident_mib(process.pid),
        }


if __name__ == "__main__":
    found = soak(float(sys.argv[1]) if len(sys.argv) > 1 else 120.0)
    for name, value in found.items():
        print(f"{name:24} {value:10.2f}")  # noqa: T201 - told to the person who runs it
    sys.exit(1 if found["errors"] else 0)
