"""Short requests beside long ones against a real server: python -m tests.web.soak [SHORT REQUESTS].

It ends with exit code 1 where an answer is not the one that was promised, where short requests become too slow beside
long ones, or where memory grows.

The short ones come from this process, one after the other with a pause, so that their times are those of the service;
the long ones from other processes, which honour Retry-After as a good client does.
"""

import http.client
import json
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from estimator.presets import presets
from estimator.web.api.break_even_curves import EXAMPLE as CURVE
from estimator.web.api.sweeps import EXAMPLE as SWEEP
from estimator.web.schemas.estimates import EXAMPLE
from tests.web.served import served

Question = tuple[str, str, bytes | None]
TRAFFIC_AXIS = {"pointer": "/workload/requests_per_month", "from": 1e3, "to": 1e6, "points": 1000, "scale": "log"}
MOST_SLOWER = 10.0
"""How many times its median alone the 99th percentile of a short question must stay below, beside long ones."""

MOST_GROWN_MIB = 48.0
"""Growth of all processes together, from the first tenth of the requests to the end, that is no leak."""

MONTHS_AXIS = {"pointer": "/horizon_months", "values": list(range(1, 51))}


def asked(path: str, body: Any = None) -> Question:
    return ("GET", path, None) if body is None else ("POST", path, json.dumps(body).encode())


SHORT: list[Question] = [
    asked("/api/v1/estimates", EXAMPLE),
    asked("/api/v1/prices"),
    asked("/"),
    asked("/readyz"),
]
LONG_CURVE = asked("/api/v1/break-even-curves", {**CURVE, "x": {**CURVE["x"], "points": 200}})
LONG: list[Question] = [
    asked("/api/v1/sweeps", {**SWEEP, "axes": [TRAFFIC_AXIS, MONTHS_AXIS]}),
    LONG_CURVE,
    asked("/api/v1/sensitivity", {"scenario": presets()["support-transcripts"].scenario}),
    asked("/api/v1/estimates?include=flips", presets()["support-transcripts"].scenario),
    asked("/api/v1/options", {"scenario": presets()["review-sentiment"].scenario}),
]


@dataclass(frozen=True)
class Soaked:
    """What was measured.

    Parameters
    ----------
    statuses, long_statuses : how many answers of each status
    times : of each short question: the median alone, then median and 99th percentile beside long ones, ms
    memory_mib : what all processes hold at the end, when no long question runs any more
    grown_mib : how much more that is than after the first tenth of the requests
    """

    statuses: dict[int, int]
    long_statuses: dict[int, int]
    times: dict[str, tuple[float, float, float]]
    memory_mib: float
    grown_mib: float

    @property
    def p99_over_alone(self) -> float:
        """The worst question's."""
        return max(p99 / alone for alone, _, p99 in self.times.values())

    @property
    def broken(self) -> list[str]:
        """What was promised and not kept, whatever the clock says."""
        broken = []
        if set(self.statuses) != {200}:
            broken.append(f"short requests were answered {self.statuses}, not 200 alone")
        if not {200} <= set(self.long_statuses) <= {200, 503}:
            broken.append(f"long requests were answered {self.long_statuses}, not 200 and 503 alone")
        if self.grown_mib > MOST_GROWN_MIB:
            broken.append(f"memory grew by {self.grown_mib:.0f} MiB, more than {MOST_GROWN_MIB:.0f}")
        return broken

    @property
    def slow(self) -> list[str]:
        """Short questions that wait for long ones."""
        return [
            f"{path}: the 99th percentile is {p99 / alone:.1f} times the median alone, not below {MOST_SLOWER:.0f}"
            for path, (alone, _, p99) in self.times.items()
            if p99 >= MOST_SLOWER * alone
        ]


def ask(connection: http.client.HTTPConnection, question: Question) -> tuple[int, float, float]:
    """Send one request; return its status, its seconds, and after how many seconds it may be asked again."""
    method, path, body = question
    start = time.perf_counter()
    connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
    answer = connection.getresponse()
    answer.read()
    again = float(answer.headers.get("Retry-After", 0.0))
    return answer.status, time.perf_counter() - start, again


def keep_asking(host: str, question: Question, begin: Any, stop: Any, found: Any) -> None:
    """Ask one long question again and again, each time on a connection of its own; put the statuses at the end.

    An answer that never came is counted as 0.
    """
    statuses: Counter[int] = Counter()
    begin.wait()
    while not stop.is_set():
        with closing(http.client.HTTPConnection(host, timeout=90)) as connection:
            try:
                status, _, again = ask(connection, question)
            except (OSError, http.client.HTTPException):
                status, again = 0, 1.0
        statuses[status] += 1
        stop.wait(again)
    found.put(statuses)


def held_mib(pid: int) -> float:
    """Add up the memory of a process and its children, what they share counted once."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    lines = [
        line for each in [str(pid), *children] for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
    ]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def soak(requests: int, pause_seconds: float = 0.01, long: Sequence[Question] = LONG) -> Soaked:
    """Send short requests while long ones run; look at the memory when no long one runs."""
    statuses: Counter[int] = Counter()
    long_statuses: Counter[int] = Counter()
    taken: list[tuple[Question, float]] = []
    held: list[float] = []
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "log") as (address, process):
        host = address.removeprefix("http://")
        with closing(http.client.HTTPConnection(host, timeout=60)) as connection:
            for question in SHORT * 8:
                ask(connection, question)
            alone = _by_question([(question, ask(connection, question)[1]) for question in SHORT * 50])
            for question in [*long, *long]:  # what a question takes once and keeps is no growth
                ask(connection, question)
        for part in (requests // 10, requests - requests // 10):
            with beside(host, long, long_statuses), closing(http.client.HTTPConnection(host, timeout=60)) as connection:
                for place in range(part):
                    question = SHORT[place % len(SHORT)]
                    status, seconds, _ = ask(connection, question)
                    statuses[status] += 1
                    taken.append((question, seconds))
                    time.sleep(pause_seconds)
            held.append(held_mib(process.pid))
    return Soaked(
        dict(statuses),
        dict(long_statuses),
        {
            path: (median(alone[path]), median(each), quantiles(each, n=100)[98])
            for path, each in _by_question(taken).items()
        },
        held[1],
        held[1] - held[0],
    )


@contextmanager
def beside(host: str, long: Sequence[Question], statuses: Counter[int]) -> Iterator[None]:
    """Ask long questions, each from a process of its own, until the work inside is done; count their statuses."""
    spawn = multiprocessing.get_context("spawn")
    begin, stop, found = spawn.Barrier(len(long) + 1), spawn.Event(), spawn.Queue()
    asking = [
        spawn.Process(target=keep_asking, args=(host, question, begin, stop, found), daemon=True) for question in long
    ]
    for each in asking:
        each.start()
    begin.wait()
    yield
    stop.set()
    for _ in asking:
        statuses.update(found.get())
    for each in asking:
        each.join()


def _by_question(taken: list[tuple[Question, float]]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for (_, path, _), seconds in taken:
        found.setdefault(path, []).append(seconds * 1e3)
    return found


if __name__ == "__main__":
    measured = soak(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000, 0.002)
    print(f"short requests       {measured.statuses}")
    print(f"long requests        {measured.long_statuses}")
    for path, (alone_ms, p50_ms, p99_ms) in measured.times.items():
        print(f"{path:20} median alone {alone_ms:6.1f} ms, beside long ones {p50_ms:6.1f} ms, p99 {p99_ms:6.1f} ms")
    print(f"worst p99            {measured.p99_over_alone:8.1f} times the median alone")
    print(f"memory at the end    {measured.memory_mib:8.0f} MiB, {measured.grown_mib:+.0f} MiB")
    for said in [*measured.broken, *measured.slow]:
        print(f"FAILED: {said}")
    sys.exit(1 if measured.broken or measured.slow else 0)
