"""Counters of several processes: folded when one ends, dropped when the disk is full."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from estimator.web.app import create_app
from estimator.web.running import shared_metrics
from estimator.web.settings import Settings
from tests.shipped import LIBRARY

WORKER = """
import os, sys
from estimator.web.running import shared_metrics
shared_metrics.share_metrics()
from estimator.web.running import metrics
from estimator.web.app import create_app
from estimator.web.settings import Settings

app = create_app(Settings(log_level="error"))
def count():
    text = metrics.written(app).decode()
    return [line.split()[1] for line in text.splitlines() if line.startswith("estimator_requests_total")]
ended = []
for _ in range(3):
    child = os.fork()
    if not child:
        shared_metrics.begin_worker()
        metrics.count_request("x", "GET", 200, 0.01, 1, 2)
        os._exit(0)
    os.waitpid(child, 0)
    ended.append(child)
print(count())
for child in ended:
    shared_metrics.end_worker(child)
print(count())
folder = shared_metrics._folder()
print(sorted(path.name.split("_")[-1] for path in folder.glob("counter_*")) == ["ended.db"] + [f"{os.getpid()}.db"]
      or sorted(path.name.split("_")[-1] for path in folder.glob("counter_*")))
shared_metrics.drop_metrics()
print(folder.exists())
"""


@pytest.mark.slow
def test_what_ended_workers_counted_is_kept_in_one_file(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    environment.pop("PROMETHEUS_MULTIPROC_DIR", None)
    found = subprocess.run([sys.executable, "-c", WORKER], env=environment, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    before, after, files, left = found.stdout.splitlines()
    assert before == after == "['3.0']"
    assert "ended.db" in files or files == "True"
    assert left == "False"


def test_a_worker_without_a_place_on_the_disk_serves_without_counting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setenv(shared_metrics.FOLDER, str(tmp_path))
    monkeypatch.setattr(shared_metrics, "_counting", True)
    monkeypatch.setattr(os, "posix_fallocate", full)
    shared_metrics.begin_worker()
    monkeypatch.delenv(shared_metrics.FOLDER)
    assert not shared_metrics.counting()
    assert list(tmp_path.iterdir()) == []
    assert "No space left on device" in caplog.text
    client = create_app(Settings(log_level="error"), LIBRARY).test_client()
    assert client.get("/healthz").status_code == 200
    assert "estimator_requests_counted 0.0" in client.get("/metrics").text


BROKEN = {
    "the folder is gone": lambda folder: shutil.rmtree(folder),
    "nothing can be opened in it": lambda folder: (shutil.rmtree(folder), folder.write_text("a file")),
    "a file is cut off": lambda folder: (folder / "counter_7.db").write_bytes(b"\xff"),
    "a file holds something else": lambda folder: (folder / "counter_7.db").write_bytes(
        b"\x40\0\0\0\0\0\0\0" + b"\xff" * 4096
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_counters_that_cannot_be_read_stop_neither_the_master_nor_a_scrape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    """The master folds the counters of a worker that ended: nothing may be raised there."""
    folder = tmp_path / "counters"
    folder.mkdir()
    client = create_app(Settings(log_level="error"), LIBRARY).test_client()
    monkeypatch.setenv(shared_metrics.FOLDER, str(folder))
    for process in (7, shared_metrics.ENDED):
        shared_metrics.reserve(process)
    BROKEN[fault](folder)
    found = client.get("/metrics")
    assert found.status_code == 200
    assert "estimator_price_book_info" in found.text
    shared_metrics.end_worker(7)
    assert "lost" in caplog.text
    assert not (folder / "counter_7.db").exists()
    caplog.clear()
    assert client.get("/metrics").status_code == 200
    assert caplog.text == "" or not (folder / "lock").exists()


def test_the_metrics_say_what_an_operator_watches() -> None:
    client = create_app(Settings(log_level="error"), LIBRARY).test_client()
    version = (client.get("/readyz").json or {})["price_book_version"]
    client.post("/api/v1/estimates", data=b"{", content_type="application/json")
    written = client.get("/metrics").text
    for line in (
        'estimator_requests_total{endpoint="estimates.estimateScenario",method="POST",status="400"}',
        'estimator_request_seconds_bucket{endpoint="estimates.estimateScenario",le="0.001"}',
        'estimator_request_bytes_total{endpoint="estimates.estimateScenario"}',
        'estimator_response_bytes_total{endpoint="estimates.estimateScenario"}',
        f'estimator_price_book_info{{version="{version}"}} 1.0',
        "estimator_price_book_age_seconds ",
        "estimator_price_book_day_seconds ",
        "estimator_price_book_reload_failed 0.0",
        "estimator_rate_limit_storage_down 0.0",
        "estimator_requests_counted 1.0",
        "estimator_long_computations ",
    ):
        assert line in written
