"""The health check of the container: it asks the service itself, where it listens, by no proxy."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from estimator.web.serving.health import is_ready


class Ready(BaseHTTPRequestHandler):
    """Answers 200 to /readyz alone."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class SixServer(HTTPServer):
    """Listens on an address of IPv6."""

    address_family = socket.AF_INET6


@contextmanager
def answering(host: str) -> Iterator[int]:
    try:
        server = (SixServer if ":" in host else HTTPServer)((host, 0), Ready)
    except OSError:
        pytest.skip(f"this machine has no address {host}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("listens", "named"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "0.0.0.0"),  # noqa: S104 - nothing listens there
        ("127.0.0.2", "127.0.0.2"),
        ("::1", "::"),
        ("::1", "[::1]"),
    ],
)
def test_it_asks_where_the_service_listens(listens: str, named: str) -> None:
    with answering(listens) as port:
        assert is_ready(named, port)
    assert not is_ready(named, port, 1.0)


def test_it_asks_by_no_proxy() -> None:
    with answering("127.0.0.1") as port:
        sent = {**os.environ, "ESTIMATOR_PORT": str(port), "HTTP_PROXY": "http://127.0.0.1:1"}
        sent |= {"http_proxy": "http://127.0.0.1:1"}
        found = subprocess.run([sys.executable, "-m", "estimator.web.serving.health"], env=sent, check=False)
    assert found.returncode == 0


def test_what_does_not_speak_http_is_not_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:

        def answer() -> None:
            with door.accept()[0] as client:
                client.sendall(b"nonsense\r\n\r\n")

        asked = threading.Thread(target=answer)
        asked.start()
        assert not is_ready("127.0.0.1", door.getsockname()[1])
        asked.join()
