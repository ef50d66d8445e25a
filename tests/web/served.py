"""The service as it is really started: gunicorn from the installed command, on a free port."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.web.asking import ask


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


@contextlib.contextmanager
def served(
    log: Path, command: str | None = None, before: Callable[[], None] | None = None, **settings: str
) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Start ``estimator serve``, wait until it is ready, yield its address and process, and stop it.

    Parameters
    ----------
    log : file of everything that it writes
    command : the command, where it is not the one of this environment
    before : runs in the new process before the service, to set its limits
    settings : variables of its environment
    """
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ESTIMATOR_")}
    environment |= {"ESTIMATOR_PORT": str(port), "ESTIMATOR_WORKERS": "2"}
    environment |= {"ESTIMATOR_DRAIN_SECONDS": "0", **settings}
    start = [command or str(Path(sys.executable).with_name("estimator")), "serve"]
    with log.open("wb") as written:
        process = subprocess.Popen(
            start,
            env=environment,
            stderr=written,
            stdout=written,
            cwd=log.parent,
            preexec_fn=before,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(address, process, log)
        yield address, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def wait_until_ready(address: str, process: "subprocess.Popen[bytes]", log: Path, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text("utf-8")
        if ask(address, "/readyz", None, 5.0) == 200:
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text("utf-8"))
