"""Asking a real gunicorn, well or badly.

Every connection goes to 127.0.0.1, and every test opens and asks a bounded number of times.
"""

import http.client
import json
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from estimator.web.schemas.estimates import EXAMPLE

if TYPE_CHECKING:
    import subprocess

Record = Callable[[str, object], None]
"""Notes a figure; the end of the run shows all of them."""
BODY = json.dumps(EXAMPLE).encode()
LONG_BODY = {"scenario": EXAMPLE, "axes": [{"pointer": "/horizon_months", "values": list(range(1, 601))}]}
POST = b"POST /api/v1/estimates HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


def fetched(address: str, path: str, body: bytes | None = None, seconds: float = 30.0) -> tuple[int, bytes]:
    """Ask over a connection of its own; return the status and the body of the answer."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=seconds)
    with closing(connection):
        connection.request("POST" if body else "GET", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()


def ask(address: str, path: str = "/api/v1/estimates", body: bytes | None = BODY, seconds: float = 30.0) -> int:
    """Return the status of an answer, 0 where none came."""
    try:
        return fetched(address, path, body, seconds)[0]
    except (OSError, http.client.HTTPException):
        return 0


def read(address: str, path: str) -> str:
    """Return what stands at a path."""
    status, body = fetched(address, path)
    assert status == 200, body
    return body.decode()


def connect(address: str) -> socket.socket:
    host, _, port = address.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=20)


def told(client: socket.socket) -> bytes:
    """Return everything that comes until the connection is closed."""
    found = b""
    try:
        while piece := client.recv(65_536):
            found += piece
    except ConnectionResetError:
        pass
    return found


def workers_of(process: "subprocess.Popen[bytes]", expected: int = 3) -> list[int]:
    """List the workers: by default two at the door and one for long questions; wait until they are all there."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    assert wait_for(lambda: len(children.read_text().split()) == expected), children.read_text()
    return [int(each) for each in children.read_text().split()]


def is_for_long_ones(worker: int) -> bool:
    return os.getpriority(os.PRIO_PROCESS, worker) > os.getpriority(os.PRIO_PROCESS, 0)


def under_load(address: str, fault: Callable[[], object], seconds: float, threads: int = 4) -> Counter[int]:
    """Ask from several threads, let the fault happen in the middle, and count the statuses."""
    statuses: Counter[int] = Counter()
    stop = time.monotonic() + seconds

    def keep_asking() -> None:
        while time.monotonic() < stop:
            status = ask(address)
            statuses[status] += 1
            time.sleep(0.01 if status else 0.1)

    asking = [threading.Thread(target=keep_asking) for _ in range(threads)]
    for each in asking:
        each.start()
    time.sleep(seconds / 3)
    fault()
    for each in asking:
        each.join()
    return statuses


def wait_for(what: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.1)
    return False


def seconds_for(answers: int, address: str) -> float:
    """Ask one after the other; return the seconds of one answer."""
    start = time.monotonic()
    assert {ask(address) for _ in range(answers)} == {200}
    return (time.monotonic() - start) / answers
