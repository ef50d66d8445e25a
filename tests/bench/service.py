"""The service over HTTP: requests per second against a bare echo, start-up, memory of a worker."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.questions import LUMP_SUMS
from tests.bench.table import Line

SECONDS = 6.0
CLIENTS = 4
ROUNDS = 3
ECHO = [sys.executable, "-m", "gunicorn", "tests.bench.echo:create_app()", "--workers", "2", "--threads", "4"]
ECHO += ["--worker-class", "gthread", "--preload", "--log-level", "error"]


def over_http() -> list[Line]:
    """Alternate between the estimator and the echo, two workers each; take the best round of both."""
    body = json.dumps(LUMP_SUMS)
    rates: dict[str, list[float]] = {"estimator": [], "echo": []}
    memory = started = 0.0
    for _ in range(ROUNDS):
        with server([str(Path(sys.executable).with_name("estimator")), "serve", "--workers", "2", "--port"]) as running:
            port, seconds, pid = running
            rates["estimator"].append(requests_per_second(port, body))
            memory, started = max(memory, worker_memory_mib(pid)), max(started, seconds)
        with server([*ECHO, "--bind"]) as (port, _, _):
            rates["echo"].append(requests_per_second(port, body))
    return [
        Line(
            "HTTP, two lump sums over 36 months, two workers",
            max(rates["estimator"]),
            "requests/s",
            "bare Flask + marshmallow echo",
            max(rates["echo"]),
            "at least 0.5 x",
        ),
        Line("start to first answer", started, "s", wanted="below 3 s"),
        Line("memory of a worker after the load", memory, "MiB", wanted="below 250 MiB"),
    ]


@contextmanager
def server(command: list[str]) -> Iterator[tuple[int, float, int]]:
    """Run a server with two workers; yield its port, the seconds until its first answer, and its process id.

    Parameters
    ----------
    command : what starts it, without the port or address at its end
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    where = f"127.0.0.1:{port}" if command[-1] == "--bind" else str(port)
    settings = {"ESTIMATOR_LOG_LEVEL": "error", "ESTIMATOR_MAX_REQUESTS": "0"}
    start = time.monotonic()
    running = subprocess.Popen([*command, where], env={**os.environ, **settings})
    try:
        while time.monotonic() - start < 30:
            try:
                _ask(http.client.HTTPConnection("127.0.0.1", port, timeout=5), json.dumps(LUMP_SUMS))
                break
            except OSError:
                time.sleep(0.02)
        yield port, time.monotonic() - start, running.pid
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(10)


def requests_per_second(port: int, body: str) -> float:
    """Count the answers to a few clients that each keep one connection and ask without pause."""
    counts = [0] * CLIENTS
    end = time.monotonic() + SECONDS

    def client(place: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        while time.monotonic() < end:
            _ask(connection, body)
            counts[place] += 1

    clients = [threading.Thread(target=client, args=(place,)) for place in range(CLIENTS)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    return sum(counts) / SECONDS


def worker_memory_mib(parent: int) -> float:
    """Return the largest resident memory among the workers of a gunicorn."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii").split()
    lines = [line for child in children for line in Path(f"/proc/{child}/status").read_text("ascii").splitlines()]
    return max(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def _ask(connection: http.client.HTTPConnection, body: str) -> None:
    connection.request("POST", "/api/v1/estimates", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise RuntimeError(f"The service answered {response.status}.")


BENCHES = {"http": over_http}
