"""Workers by processors and memory: control groups of both versions, written as files."""

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from estimator.web.sizing import MOST_WORKERS, WORKER_BYTES, usual_workers

MIB = 2**20


@pytest.fixture(autouse=True)
def _many_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(64)))
    monkeypatch.setattr("os.sysconf", lambda name: 2**40 // 4096 if name == "SC_PHYS_PAGES" else 4096)


def sized(root: Path, own: str = "0::/\n", **files: str) -> int:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    groups = root / "own"
    groups.write_text(own, "utf-8")
    return usual_workers(root, groups)


def test_nothing_limits_a_large_machine_but_the_most(tmp_path: Path) -> None:
    assert usual_workers(tmp_path / "none", tmp_path / "none") == MOST_WORKERS


@pytest.mark.parametrize(("mib", "workers"), [(64, 1), (256, 1), (512, 1), (600, 2), (1024, 3), (2048, 7), (8192, 8)])
def test_memory_of_a_container_counts(tmp_path: Path, mib: int, workers: int) -> None:
    """0.8 of the memory over 137 MiB for each of 1.5 processes a worker."""
    assert 137 * MIB == WORKER_BYTES
    assert sized(tmp_path, memory_dot_max=f"{mib * MIB}\n") == workers


def test_the_older_sort_of_control_groups_counts_too(tmp_path: Path) -> None:
    assert sized(tmp_path, memory__memory_dot_limit_in_bytes=f"{1024 * MIB}\n") == 3
    quota = {"cpu__cpu_dot_cfs_quota_us": "150000\n", "cpu__cpu_dot_cfs_period_us": "100000\n"}
    assert sized(tmp_path, **quota) == 2


@pytest.mark.parametrize(("quota", "workers"), [("max 100000", 8), ("50000 100000", 1), ("250000 100000", 3)])
def test_processors_of_a_container_count(tmp_path: Path, quota: str, workers: int) -> None:
    assert sized(tmp_path, cpu_dot_max=quota) == workers


def test_the_groups_above_the_own_one_count(tmp_path: Path) -> None:
    own = "0::/machine/service\n"
    assert sized(tmp_path, own, machine__memory_dot_max=f"{600 * MIB}", machine__service__memory_dot_max="max") == 2


def test_processors_that_this_process_may_not_use_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 5})
    assert sized(tmp_path) == 2


HEAPS = """
import ctypes, sys, threading
from estimator.web.sizing import keep_one_heap

if sys.argv[1] == "one":
    keep_one_heap()
together = threading.Barrier(9)

def hold():
    kept = [bytearray(50_000) for _ in range(20)]
    together.wait()
    together.wait()

threads = [threading.Thread(target=hold) for _ in range(8)]
for each in threads:
    each.start()
together.wait()
libc = ctypes.CDLL(None)
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
together.wait()
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="this C library is not the GNU one")
@pytest.mark.parametrize(("heaps", "several"), [("one", False), ("many", True)])
def test_the_threads_of_a_process_share_one_heap(heaps: str, *, several: bool) -> None:
    """The C library itself lists its heaps."""
    command = [sys.executable, "-c", HEAPS, heaps]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert (found.count("<heap nr=") > 1) == several
