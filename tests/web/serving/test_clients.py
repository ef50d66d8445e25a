"""Clients that are silent, slow, half-hearted or many, at a real gunicorn: they keep nobody else out."""

import json
import os
import resource
import select
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.asking import (
    BODY,
    LONG_BODY,
    POST,
    Record,
    ask,
    connect,
    is_for_long_ones,
    seconds_for,
    told,
    wait_for,
    workers_of,
)
from tests.web.served import served

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service that waits two seconds for a request."""
    log = tmp_path_factory.mktemp("patient") / "log"
    with served(log, ESTIMATOR_WORKERS="1", ESTIMATOR_RECEIVE_SECONDS="2") as (address, _):
        yield address


def test_silent_and_slow_clients_hold_no_thread(patient: str, record_property: Record) -> None:
    """Sixty times as many as there are threads: some say nothing, some stop in the header, some in the body.

    Who has said nothing is not answered; who has begun is told that the time is over (408).
    """
    held = [connect(patient) for _ in range(480)]
    for place, client in enumerate(held):
        client.sendall((b"", b"POST /api/v1/est", POST % len(BODY) + BODY[:50])[place % 3])
    record_property("milliseconds of an answer beside 480 of them", round(seconds_for(20, patient) * 1e3, 1))
    time.sleep(3.5)
    assert {told(client)[:12] for client in held[::3]} == {b""}
    assert {told(client)[:12] for place, client in enumerate(held) if place % 3} == {b"HTTP/1.1 408"}
    for client in held:
        client.close()
    assert ask(patient) == 200


def test_a_request_that_comes_byte_by_byte_is_answered_or_cut_off(patient: str) -> None:
    request = POST % len(BODY) + BODY
    with connect(patient) as client:
        for start in range(0, len(request), 40):
            client.sendall(request[start : start + 40])
            time.sleep(0.01)
        assert client.recv(12) == b"HTTP/1.1 200"
    with connect(patient) as client:
        start = time.monotonic()
        while not select.select([client], [], [], 0.05)[0]:
            client.sendall(request[:1])
            request = request[1:]
        assert client.recv(12) == b"HTTP/1.1 408"
        assert 1.5 < time.monotonic() - start < 10.0


UNENDING = {
    "half of the next request": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /heal",
    "a body that is too large": POST % 2_000_000,
    "a chunk that looks like the last one": (
        b"POST /api/v1/estimates HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n0\r\n\r\n"
    ),
    "a body that is too large for its length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello, wor",
}


@pytest.mark.parametrize("beginning", UNENDING.values(), ids=UNENDING)
def test_what_looks_whole_and_is_not_holds_no_thread(patient: str, beginning: bytes) -> None:
    """Each is sent five times for each of the eight threads."""
    held = [connect(patient) for _ in range(40)]
    for client in held:
        client.sendall(beginning)
    assert ask(patient, "/healthz", None, seconds=1.5) == 200
    for client in held:
        client.close()


def test_a_body_that_is_too_large_is_refused_before_it_comes(patient: str) -> None:
    """Also in chunks, and also if the client goes on sending."""
    chunked = b"POST /api/v1/estimates HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    for header, body in ((POST % 4_000_000, b""), (POST % 4_000_000, b" " * 4_000_000), (chunked + b"ffffff\r\n", b"")):
        with connect(patient) as client:
            client.sendall(header + body)
            assert told(client).startswith(b"HTTP/1.1 413")


def hold(address: str, clients: int, size: int) -> list[socket.socket]:
    """Send all but the last byte of so many bodies of that size."""
    held = [connect(address) for _ in range(clients)]
    for client in held:
        client.sendall(POST % size + BODY.ljust(size)[:-1])
    return held


def test_a_flood_of_halves_leaves_nothing_behind(tmp_path: Path) -> None:
    """68 MB of bodies that stop, then 72 MB more: four over what a worker holds. Then 60 MB of honest ones pass."""
    with served(tmp_path / "log", ESTIMATOR_WORKERS="1", ESTIMATOR_RECEIVE_SECONDS="30") as (address, _):
        held = hold(address, 72, 950_000)
        for place in range(1200):
            client = connect(address)
            client.sendall(POST % 1_000_000 + b" " * 60_000)
            held.append(client)
            if place % 200 == 0:
                assert ask(address, "/healthz", None) == 200
        assert ask(address) == 200
        for client in held:
            client.close()
        assert ask(address, "/healthz", None) == 200
        honest = hold(address, 60, 1_000_000)
        for client in honest:
            client.sendall(b" ")
        assert Counter(client.recv(12) for client in honest) == {b"HTTP/1.1 200": 60}
        for client in honest:
            client.close()


def test_a_connection_that_is_pushed_out_while_it_speaks_breaks_nothing(tmp_path: Path) -> None:
    """The worker sees new clients and the words of the oldest ones in the same round, as it was stopped meanwhile."""
    settings = {"ESTIMATOR_MAX_CONNECTIONS": "16", "ESTIMATOR_THREADS": "1"}
    with served(tmp_path / "log", None, None, ESTIMATOR_WORKERS="1", **settings) as (address, process):
        workers = workers_of(process, expected=2)
        (worker,) = (each for each in workers if not is_for_long_ones(each))
        for path in ("", "/healthz"):  # silent ones, and ones that are kept
            held = [connect(address) for _ in range(15)]
            for client in held if path else []:
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                assert client.recv(12) == b"HTTP/1.1 200"
            time.sleep(0.3)
            os.kill(worker, signal.SIGSTOP)
            held += [connect(address) for _ in range(4)]
            for client in held[:5]:
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            os.kill(worker, signal.SIGCONT)
            assert ask(address, "/healthz", None) == 200
            for client in held:
                client.close()
        assert workers_of(process, expected=2) == workers


def test_more_whole_requests_than_may_wait_are_told_to_come_again(tmp_path: Path) -> None:
    """One thread, which waits for a long answer, and eight places: of 40 requests 31 or more are sent away at once."""
    with served(tmp_path / "log", ESTIMATOR_WORKERS="1", ESTIMATOR_THREADS="1") as (address, _):
        statuses: list[int] = []
        body = json.dumps(LONG_BODY).encode()
        asking = threading.Thread(target=lambda: statuses.append(ask(address, "/api/v1/sweeps", body)))
        asking.start()
        time.sleep(0.1)
        clients = [connect(address) for _ in range(40)]
        for client in clients:
            client.sendall(b"GET /healthz HTTP/1.1\r\nConnection: close\r\nHost: x\r\n\r\n")
        answers = [told(client) for client in clients]
        asking.join()
        found = Counter(answer[9:12] for answer in answers)
        assert found == {b"200": 8, b"503": 32}
        assert all(b"Retry-After: 1\r\n" in answer for answer in answers if answer[9:12] == b"503")
        assert statuses == [200]
        assert ask(address) == 200
        for client in clients:
            client.close()


def test_chunks_and_a_client_that_waits_to_be_asked_are_understood(patient: str) -> None:
    header = (POST % len(BODY)).replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")
    with connect(patient) as client:
        client.sendall(header)
        assert client.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(BODY)
        assert client.recv(12) == b"HTTP/1.1 200"
    chunked = header[: header.index(b"Content-Length")] + b"Transfer-Encoding: chunked\r\n\r\n"
    with connect(patient) as client:
        for piece in (chunked, b"%x\r\n" % len(BODY), BODY, b"\r\n0\r\n\r\n"):
            client.sendall(piece)
            time.sleep(0.05)
        assert b" 200 " in client.recv(400)
    with connect(patient) as client:
        client.sendall((POST % len(BODY) + BODY) * 2)  # two requests at once
        time.sleep(1.0)
        assert client.recv(1_000_000).count(b"HTTP/1.1 200") == 2


def test_an_answer_that_nobody_reads_is_cut_off(tmp_path: Path) -> None:
    settings = {"ESTIMATOR_TIMEOUT_SECONDS": "4", "ESTIMATOR_TIME_BUDGET_SECONDS": "3", "ESTIMATOR_THREADS": "2"}
    with served(tmp_path / "log", ESTIMATOR_WORKERS="1", **settings) as (address, _):
        request = b"GET /api/v1/prices/token_prices HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n"
        greedy = [connect(address) for _ in range(2)]
        for client in greedy:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(request * 20)
        assert wait_for(lambda: ask(address, seconds=3.0) == 200, 30.0)
        for client in greedy:
            client.close()


def test_unread_answers_give_their_threads_to_who_waits(tmp_path: Path) -> None:
    """They hold every thread, and may for a minute; who waits is answered after some seconds."""
    with served(tmp_path / "log", ESTIMATOR_WORKERS="1", ESTIMATOR_THREADS="2") as (address, _):
        greedy = [connect(address) for _ in range(6)]
        for client in greedy:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 40)
        assert wait_for(lambda: ask(address, "/healthz", None, seconds=1.0) == 0, 20.0)
        assert wait_for(lambda: ask(address, "/healthz", None, seconds=3.0) == 200, 40.0)
        assert "unread" in (tmp_path / "log").read_text()
        for client in greedy:
            client.close()


def test_an_unread_stream_gives_its_place_to_others(tmp_path: Path) -> None:
    axes = [
        {"pointer": f"/workload/{name}", "from": 1, "to": 9999, "points": 400}
        for name in ("input_tokens", "output_tokens")
    ]
    body = json.dumps({"scenario": LONG_BODY["scenario"], "axes": axes}).encode()
    with served(tmp_path / "log", ESTIMATOR_WORKERS="1", ESTIMATOR_TIME_BUDGET_SECONDS="59") as (address, _):
        greedy = connect(address)
        greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        head = POST.replace(b"estimates", b"sweeps").replace(b"Host", b"Accept: application/x-ndjson\r\nHost")
        greedy.sendall(head % len(body) + body)
        time.sleep(2.0)
        long = json.dumps(LONG_BODY).encode()
        assert wait_for(lambda: ask(address, "/api/v1/sweeps", long) == 200, 40.0)
        greedy.close()


def test_ten_thousand_connections_left_open_keep_nobody_out(tmp_path: Path, record_property: Record) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = min(10_000, hard - 500)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with served(tmp_path / "log", ESTIMATOR_RECEIVE_SECONDS="5") as (address, process):
            before = workers_of(process)
            held = [connect(address) for _ in range(most)]
            record_property("connections left open", most)
            record_property("milliseconds of an answer beside them", round(seconds_for(20, address) * 1e3, 1))
            for client in held:
                client.close()
            record_property("milliseconds of an answer after them", round(seconds_for(20, address) * 1e3, 1))
            assert workers_of(process) == before
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_more_connections_than_files_push_out_the_oldest_silent_one(tmp_path: Path, record_property: Record) -> None:
    with served(tmp_path / "log", before=few_files, ESTIMATOR_WORKERS="1") as (address, process):
        held = [connect(address) for _ in range(400)]
        record_property("milliseconds of an answer, 400 clients on 128 files", round(seconds_for(20, address) * 1e3, 1))
        for client in held:
            client.close()
        assert ask(address) == 200
        assert len(workers_of(process, expected=2)) == 2


def few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
