"""A real gunicorn with two workers: answers, counts over both, loses nothing when it is told to stop."""

import http.client
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.web.asking import BODY, fetched, read
from tests.web.served import served
from tests.web.soak import LONG, MOST_GROWN_MIB, Soaked, soak

pytestmark = pytest.mark.slow


def post(address: str, body: bytes = BODY) -> tuple[int, bytes]:
    return fetched(address, "/api/v1/estimates", body)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served") / "log"


@pytest.fixture(scope="module")
def service(log: Path) -> Iterator[str]:
    with served(log) as (address, _):
        yield address


def test_it_answers_estimates_and_both_workers_count(service: str, log: Path) -> None:
    answers = [post(service) for _ in range(20)]
    assert {status for status, _ in answers} == {200}
    assert len({body for _, body in answers}) == 1
    written = read(service, "/metrics")
    assert 'estimator_requests_total{endpoint="estimates.estimateScenario",method="POST",status="200"} 20.0' in written
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines() if line.startswith("{")]
    assert sum(line["endpoint"] == "estimates.estimateScenario" for line in lines) == 20


def test_a_body_that_is_too_large_or_not_json_is_refused(service: str) -> None:
    for size in (1_000_001, 5_000_000):
        assert post(service, b"x" * size)[0] == 413
    assert post(service, b"{")[0] == 400


SMUGGLED = b"Set-Cookie: a=b"
TRACE = b"traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


@pytest.mark.parametrize(
    ("first_line", "headers", "body"),
    [
        (b"GET /?preset=x%0d%0aSet-Cookie:%20a=b HTTP/1.1", b"", b""),
        (b"GET /?preset=x\r" + SMUGGLED + b" HTTP/1.1", b"", b""),
        (b"GET /?preset=x\n" + SMUGGLED + b" HTTP/1.1", b"", b""),
        (b"GET /docs/%0d%0aSet-Cookie:%20a=b/ HTTP/1.1", b"", b""),
        (b"GET //evil.example/%0d%0aSet-Cookie:%20a=b HTTP/1.1", b"", b""),
        (b"GET /healthz HTTP/1.1\r" + SMUGGLED, b"", b""),
        (b"GET /healthz HTTP/1.1", b"X-Request-Id: a\r" + SMUGGLED + b"\r\n", b""),
        (b"GET /healthz HTTP/1.1", b"X-Request-Id: a\n" + SMUGGLED + b"\r\n", b""),
        (b"GET /healthz HTTP/1.1", b"X-Request-Id: a\r\n " + SMUGGLED + b"\r\n", b""),
        (b"GET /healthz HTTP/1.1", b"X-Request-Id: a\0\r\n", b""),
        (b"GET /healthz HTTP/1.1", b"X-Request-Id: a%0d%0aSet-Cookie:%20a=b\r\n", b""),
        (b"GET /healthz HTTP/1.1", TRACE + b"tracestate: a=b\r" + SMUGGLED + b"\r\n", b""),
        (b"GET /healthz HTTP/1.1", TRACE + b"tracestate: a=b\n" + SMUGGLED + b"\r\n", b""),
        (b"GET /healthz HTTP/1.1", TRACE + b"tracestate: a=b\x7f\r\n", b""),
        (b"GET /healthz HTTP/1.1", b"X-Forwarded-Proto: https\r" + SMUGGLED + b"\r\n", b""),
        (b"POST /compare HTTP/1.1", FORM, b"a=x%0d%0aSet-Cookie:%20a=b&b=prototype"),
        (b"POST /compare HTTP/1.1", FORM + b"Host: evil.example\r\n", b"a=x&b=%0aSet-Cookie:%20a=b"),
    ],
)
def test_no_byte_that_is_sent_becomes_a_header_or_an_answer(
    service: str, first_line: bytes, headers: bytes, body: bytes
) -> None:
    """Over a socket, as no library of clients would send it."""
    host, port = service.removeprefix("http://").split(":")
    sent = first_line + b"\r\nHost: x\r\nConnection: close\r\n" + headers
    with socket.create_connection((host, int(port)), timeout=20) as client:
        client.sendall(sent + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        answer = b"".join(iter(lambda: client.recv(65_536), b""))
    head, _, rest = answer.partition(b"\r\n\r\n")
    status, *lines = re.split(rb"\r\n|\r|\n", head)
    assert status.split()[1] in (b"200", b"303", b"400", b"404"), status
    names = [line.partition(b":")[0].lower() for line in lines]
    assert b"set-cookie" not in names
    assert [name for name in names if not name.strip() or b" " in name] == []
    assert b"evil.example" not in b"".join(line for line in lines if line.lower().startswith(b"location"))
    assert b"HTTP/1.1 " not in rest


def test_a_wrong_setting_stops_the_start_with_exit_code_two(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="Nearest known: ESTIMATOR_PORT"),
        served(tmp_path / "log", ESTIMATOR_PROT="1"),
    ):
        pytest.fail("it must not start")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ESTIMATOR_FORWARDED_ALLOW_IPS", "abc", "ESTIMATOR_FORWARDED_ALLOW_IPS holds no list of addresses"),
        ("LISTEN_FDS", "1", "Say where to listen by ESTIMATOR_HOST"),
    ],
)
def test_what_gunicorn_would_refuse_or_misuse_is_refused_in_our_words(name: str, value: str, said: str) -> None:
    found = subprocess.run(
        ["estimator", "serve"],  # noqa: S607 - the command of this environment
        env={name: value, "PATH": str(Path(sys.executable).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 2
    assert said in found.stderr


def test_no_header_moves_the_service_to_another_path(service: str) -> None:
    """gunicorn's default believes SCRIPT_NAME of a proxy on this machine."""
    for path, status in (("/healthz", 200), ("/foo/healthz", 404)):
        with closing(http.client.HTTPConnection(service.removeprefix("http://"), timeout=30)) as connection:
            connection.request("GET", path, headers={"SCRIPT_NAME": "/foo"})
            assert connection.getresponse().status == status


def test_the_settings_command_refuses_in_the_same_words() -> None:
    found = subprocess.run(
        ["estimator", "settings"],  # noqa: S607 - the command of this environment
        env={"ESTIMATOR_PROT": "1", "PATH": str(Path(sys.executable).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 2
    assert "Nearest known: ESTIMATOR_PORT" in found.stderr


def test_short_requests_are_answered_beside_long_ones_and_memory_stays() -> None:
    """A short form of make soak: what does not depend on the clock; the times are judged there."""
    found = soak(150, 0.005, LONG[:2])
    assert found.broken == []
    assert found.long_statuses[200] >= 2


GOOD = Soaked({200: 9}, {200: 2, 503: 1}, {"/": (1.0, 2.0, 9.9)}, 300.0, MOST_GROWN_MIB)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"statuses": {200: 8, 503: 1}}, ["short requests were answered"]),
        ({"statuses": {}}, ["short requests were answered"]),
        ({"long_statuses": {200: 1, 0: 1}}, ["long requests were answered"]),
        ({"long_statuses": {503: 1}}, ["long requests were answered"]),
        ({"grown_mib": MOST_GROWN_MIB + 1}, ["memory grew"]),
        ({"times": {"/": (1.0, 2.0, 9.0), "/readyz": (1.0, 2.0, 10.0)}}, ["/readyz: the 99th percentile is 10.0"]),
    ],
)
def test_a_soak_that_breaks_a_promise_fails(change: dict[str, Any], said: list[str]) -> None:
    found = replace(GOOD, **change)
    told = [*found.broken, *found.slow]
    assert len(told) == len(said)
    assert all(each.startswith(words) for each, words in zip(told, said, strict=True))
