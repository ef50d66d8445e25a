"""Faults in a real gunicorn: what breaks, what goes on, and that it recovers.

Every connection goes to 127.0.0.1, and every test opens and asks a bounded number of times.
"""

import http.client
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

import pricing
from estimator.web.schemas.estimates import EXAMPLE
from tests.web.served import served

pytestmark = pytest.mark.slow
Record = Callable[[str, object], None]
"""Notes a figure; the end of the run shows all of them."""
BODY = json.dumps(EXAMPLE).encode()
LONG_BODY = {"scenario": EXAMPLE, "axes": [{"pointer": "/horizon_months", "values": list(range(1, 601))}]}
POST = b"POST /api/v1/estimates HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


def ask(address: str, path: str = "/api/v1/estimates", body: bytes | None = BODY, seconds: float = 30.0) -> int:
    """Ask over a connection of its own; return the status, 0 where no answer came."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=seconds)
    try:
        connection.request("POST" if body else "GET", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return 0
    else:
        return answer.status
    finally:
        connection.close()


def read(address: str, path: str) -> str:
    with urlopen(f"{address}{path}", timeout=20) as answer:  # noqa: S310 - an address of ours
        text: str = answer.read().decode()
        return text


def connect(address: str) -> socket.socket:
    host, _, port = address.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=20)


def workers_of(process: "subprocess.Popen[bytes]", expected: int = 3) -> list[int]:
    """List the workers: by default two at the door and one for long questions; wait until they are all there."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    assert wait_for(lambda: len(children.read_text().split()) == expected), children.read_text()
    return [int(each) for each in children.read_text().split()]


def is_for_long_ones(worker: int) -> bool:
    return os.getpriority(os.PRIO_PROCESS, worker) >= 10


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


def test_a_killed_worker_is_replaced_and_takes_only_its_own_requests_with_it(
    tmp_path: Path, record_property: Record
) -> None:
    with served(tmp_path / "log") as (address, process):
        killed = next(each for each in workers_of(process) if not is_for_long_ones(each))
        statuses = under_load(address, lambda: os.kill(killed, signal.SIGKILL), 3.0)
        assert statuses[0] <= 4
        assert set(statuses) <= {0, 200, 503}
        assert statuses[200] > 20
        assert killed not in workers_of(process)
        assert ask(address) == 200
        assert "estimator_requests_total" in read(address, "/metrics")
        record_property("requests answered", statuses[200])
        record_property("requests lost with the killed worker", statuses[0])


def test_long_questions_are_answered_again_when_their_process_was_killed(
    tmp_path: Path, record_property: Record
) -> None:
    body = json.dumps(LONG_BODY).encode()
    with served(tmp_path / "log") as (address, process):
        assert ask(address, "/api/v1/sweeps", body) == 200
        (long_one,) = filter(is_for_long_ones, workers_of(process))
        os.kill(long_one, signal.SIGKILL)
        start = time.monotonic()
        assert wait_for(lambda: ask(address, "/api/v1/sweeps", body) == 200)
        record_property("seconds from the kill to the next answer", round(time.monotonic() - start, 2))


def test_long_questions_without_a_place_are_told_to_come_again(tmp_path: Path) -> None:
    """One process for long questions, one place to wait for it: of four at once some are sent away, none fails."""
    statuses: list[int] = []
    body = json.dumps(LONG_BODY).encode()
    with served(tmp_path / "log", ESTIMATOR_WORKERS="1", ESTIMATOR_THREADS="2") as (address, _):
        asking = [
            threading.Thread(target=lambda: statuses.append(ask(address, "/api/v1/sweeps", body))) for _ in range(4)
        ]
        for each in asking:
            each.start()
        for each in asking:
            each.join()
    assert set(statuses) == {200, 503}


def test_nothing_that_was_accepted_is_lost_when_it_stops_under_load(tmp_path: Path, record_property: Record) -> None:
    """From the signal on a new connection may be refused; one that was let in is answered."""
    lost: list[str] = []
    answered: list[int] = []
    with served(tmp_path / "log", ESTIMATOR_DRAIN_SECONDS="1") as (address, process):
        stop = time.monotonic() + 4.0

        def keep_asking() -> None:
            while time.monotonic() < stop:
                try:
                    client = connect(address)
                except OSError:
                    return
                with client:
                    try:
                        client.sendall(POST % len(BODY) + BODY)
                        first = client.recv(12)
                    except OSError as error:
                        lost.append(repr(error))
                        return
                    answered.append(int(first[9:12] or 0))

        asking = [threading.Thread(target=keep_asking) for _ in range(4)]
        for each in asking:
            each.start()
        time.sleep(1.0)
        process.send_signal(signal.SIGTERM)
        assert wait_for(lambda: ask(address, "/readyz", None) == 503, 2.0)
        for each in asking:
            each.join()
        assert process.wait(timeout=30) == 0
    assert lost == []
    assert set(answered) == {200}
    assert len(answered) > 50
    record_property("requests answered", len(answered))
    record_property("requests lost", len(lost))


def test_a_long_question_is_answered_although_the_service_stops(tmp_path: Path) -> None:
    statuses: list[int] = []
    body = json.dumps(LONG_BODY).encode()
    with served(tmp_path / "log") as (address, process):
        asking = threading.Thread(target=lambda: statuses.append(ask(address, "/api/v1/sweeps", body)))
        asking.start()
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        asking.join()
        assert process.wait(timeout=30) == 0
    assert statuses == [200]


def test_a_log_that_cannot_be_written_stops_no_answer(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.symlink_to("/dev/full")
    with served(log) as (address, _):
        assert {ask(address) for _ in range(50)} == {200}
        assert ask(address, body=b"{") == 400


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """Mount two MiB of memory as a disk; only root may, as in a container of continuous integration."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], check=False)  # noqa: S603, S607 - a fixed command
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    return disk


def test_metrics_without_a_place_on_the_disk_stop_no_answer(tmp_path: Path, small_disk: Path) -> None:
    try:
        with served(tmp_path / "log", TMPDIR=str(small_disk)) as (address, process):
            (small_disk / "filler").write_bytes(b"")
            assert {ask(address) for _ in range(50)} == {200}
            assert "estimator_requests_counted 0.0" in read(address, "/metrics")
            os.kill(workers_of(process)[-1], signal.SIGKILL)
            assert wait_for(lambda: ask(address) == 200)
            assert "Metrics are not counted" in (tmp_path / "log").read_text("utf-8")
    finally:
        subprocess.run(["umount", str(small_disk)], check=True)  # noqa: S603, S607 - a fixed command


def test_a_broken_overlay_stops_the_start_and_says_where(tmp_path: Path) -> None:
    overlay = tmp_path / "own"
    overlay.mkdir()
    (overlay / "gpu_prices.csv").write_text("offer,price\nx\n", "utf-8")
    with (
        pytest.raises(AssertionError, match=r"gpu_prices\.csv"),
        served(tmp_path / "log", ESTIMATOR_PRICING_FOLDER=str(overlay)),
    ):
        pytest.fail("it must not start")


def test_a_reload_reads_the_tables_again_and_a_broken_one_leaves_the_old_book(tmp_path: Path) -> None:
    overlay = tmp_path / "own"
    overlay.mkdir()
    table = overlay / "gpu_prices.csv"
    header, first = (Path(pricing.__file__).parent / "gpu_prices.csv").read_text("utf-8").splitlines()[:2]
    with served(tmp_path / "log", ESTIMATOR_PRICING_FOLDER=str(overlay)) as (address, process):

        def ready() -> dict[str, str]:
            found: dict[str, str] = json.loads(read(address, "/readyz"))
            return found

        old = ready()["price_book_version"]
        table.write_text(f"{header}\n{first}\n", "utf-8")
        statuses = under_load(address, lambda: process.send_signal(signal.SIGHUP), 2.5)
        assert set(statuses) == {200}
        assert wait_for(lambda: ready()["price_book_version"] != old)
        new = ready()["price_book_version"]
        table.write_text("offer,price\nx\n", "utf-8")
        statuses = under_load(address, lambda: process.send_signal(signal.SIGHUP), 2.5)
        assert set(statuses) == {200}
        assert wait_for(lambda: "reload_failure" in ready())
        assert ready()["price_book_version"] == new
        assert "gpu_prices.csv" in ready()["reload_failure"]
        assert "estimator_price_book_reload_failed 1.0" in read(address, "/metrics")
        assert "Reload failed" in (tmp_path / "log").read_text("utf-8")
        table.unlink()
        process.send_signal(signal.SIGHUP)
        assert wait_for(lambda: "reload_failure" not in ready() and ready()["price_book_version"] == old)
        assert "estimator_price_book_reload_failed 0.0" in read(address, "/metrics")


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service that waits two seconds for a request."""
    log = tmp_path_factory.mktemp("patient") / "log"
    with served(log, ESTIMATOR_WORKERS="1", ESTIMATOR_RECEIVE_SECONDS="2") as (address, _):
        yield address


def test_silent_and_slow_clients_hold_no_thread(patient: str, record_property: Record) -> None:
    """Sixty times as many as there are threads: some say nothing, some stop in the header, some in the body."""
    held = [connect(patient) for _ in range(480)]
    for place, client in enumerate(held):
        client.sendall((b"", b"POST /api/v1/est", POST % len(BODY) + BODY[:50])[place % 3])
    record_property("milliseconds of an answer beside 480 of them", round(seconds_for(20, patient) * 1e3, 1))
    time.sleep(3.5)
    assert all(client.recv(1000) == b"" for client in held)
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
    with connect(patient) as client, pytest.raises(OSError, match=r"pipe|reset"):
        trickle(client, request)


def trickle(client: socket.socket, request: bytes) -> None:
    for byte in request:
        client.sendall(bytes([byte]))
        time.sleep(0.05)


def test_chunks_and_a_client_that_waits_to_be_asked_are_understood(patient: str) -> None:
    header = (POST % len(BODY)).replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")
    with connect(patient) as client:
        client.sendall(header)
        assert client.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(BODY)
        assert b"HTTP/1.1 200" in client.recv(25) + client.recv(400)  # gunicorn itself says Continue once more
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


MOVED_CLOCK = """
import pathlib, time
real = time.time
def moved():
    return real() + float(pathlib.Path({path!r}).read_text() or 0)
time.time = moved
"""


def test_a_clock_that_is_moved_changes_nothing(tmp_path: Path) -> None:
    """The clock of the service jumps ten years ahead and back while it answers; its timers do not look at it."""
    moved = tmp_path / "clock"
    moved.write_text("0", "utf-8")
    (tmp_path / "sitecustomize.py").write_text(MOVED_CLOCK.format(path=str(moved)), "utf-8")
    with served(tmp_path / "log", PYTHONPATH=str(tmp_path)) as (address, process):
        before = workers_of(process)
        for jump in (3e8, -3e8, 0):
            moved.write_text(str(jump), "utf-8")
            assert {ask(address) for _ in range(20)} == {200}
            time.sleep(0.6)
        assert workers_of(process) == before


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    own = tmp_path / "tmp"
    own.mkdir()
    with served(tmp_path / "log", TMPDIR=str(own)) as (address, _):
        assert ask(address) == 200
        assert list(own.iterdir())
    assert [each.name for each in own.iterdir()] == []
    shutil.rmtree(own)
