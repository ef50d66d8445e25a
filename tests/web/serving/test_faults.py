"""Faults in a real gunicorn: what breaks, what goes on, and that it recovers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import pricing
from tests.web.asking import (
    BODY,
    LONG_BODY,
    POST,
    Record,
    ask,
    connect,
    is_for_long_ones,
    read,
    under_load,
    wait_for,
    workers_of,
)
from tests.web.served import served

pytestmark = pytest.mark.slow


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


def test_a_long_question_that_was_begun_is_answered_although_the_door_closes_meanwhile(tmp_path: Path) -> None:
    body = json.dumps(LONG_BODY).encode()
    header = POST.replace(b"estimates", b"sweeps") % len(body)
    with served(tmp_path / "log", ESTIMATOR_DRAIN_SECONDS="1") as (address, process), connect(address) as client:
        client.sendall(header + body[:-20])
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        time.sleep(2.5)
        client.sendall(body[-20:])
        assert client.recv(12) == b"HTTP/1.1 200"
        assert process.wait(timeout=30) == 0


def test_a_worker_that_is_renewed_while_the_service_drains_leaves_the_door_open(tmp_path: Path) -> None:
    settings = {"ESTIMATOR_MAX_REQUESTS": "20", "ESTIMATOR_MAX_REQUESTS_JITTER": "0", "ESTIMATOR_DRAIN_SECONDS": "6"}
    with served(tmp_path / "log", ESTIMATOR_WORKERS="1", **settings) as (address, process):
        process.send_signal(signal.SIGTERM)
        assert {ask(address, seconds=3.0) for _ in range(60)} == {200}
        assert (tmp_path / "log").read_text("utf-8").count("Autorestarting worker") >= 2
        assert ask(address, "/readyz", None) == 503


def test_an_interrupt_ends_it_at_once(tmp_path: Path) -> None:
    """Without the draining; a worker that is still starting may miss the signal, and is then killed after 5 s."""
    settings = {"ESTIMATOR_DRAIN_SECONDS": "60", "ESTIMATOR_GRACEFUL_TIMEOUT_SECONDS": "5"}
    with served(tmp_path / "log", **settings) as (address, process):
        assert ask(address) == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=15) == 0
    assert "Traceback" not in (tmp_path / "log").read_text("utf-8")


def test_the_socket_of_long_computations_is_for_this_user_alone(tmp_path: Path) -> None:
    """Its name can be read by everybody on the machine; who is somebody else is sent away."""
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    with served(tmp_path / "log"):
        names = {line.split()[-1] for line in Path("/proc/net/unix").read_text("utf-8").splitlines()}
        found = {name: (knock(name, 0), knock(name, 65534)) for name in names if name.startswith("@estimator-")}
        assert ("HTTP/1.1 200", "") in found.values()
        assert {as_other for _, as_other in found.values()} == {""}


KNOCK = """
import os, socket, sys
os.setuid(int(sys.argv[2]))
client = socket.socket(socket.AF_UNIX)
client.settimeout(20)
client.connect(chr(0) + sys.argv[1][1:])
try:
    client.sendall(b"GET /healthz HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
    print(client.recv(12).decode(), end="")
except OSError:
    pass
"""


def knock(name: str, user: int) -> str:
    """Ask at a socket of this machine as another user; return how the answer begins."""
    command = [sys.executable, "-I", "-c", KNOCK, name, str(user)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout


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
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], check=False)  # noqa: S607 - a fixed command
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
        subprocess.run(["umount", str(small_disk)], check=True)  # noqa: S607 - a fixed command


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
