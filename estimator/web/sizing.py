"""How many workers this machine or container holds: by its processors and by its memory."""

import ctypes
import os
from collections.abc import Iterator
from math import ceil, inf
from pathlib import Path

WORKER_BYTES = 137 * 2**20
"""Memory of a worker under load, measured by the benchmark."""

PROCESSES_PER_WORKER = 1.5
"""To each worker belongs half a process for long computations."""

SPARE_SHARE = 0.2
"""Share of the memory that is left to the master, to large answers and to the system."""

MOST_WORKERS = 8
MALLOC_ARENAS = -8
"""Number of mallopt's parameter M_ARENA_MAX, as malloc.h of the GNU C library names it."""

CGROUPS = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")


def usual_workers(cgroups: Path = CGROUPS, own_groups: Path = OWN_GROUPS) -> int:
    """Return the number of workers where none is set: one a processor, as many as the memory holds, at most 8.

    Parameters
    ----------
    cgroups : where the limits of control groups stand
    own_groups : the file that names the groups of this process
    """
    folders = list(_groups(cgroups, own_groups))
    by_processors = min([float(len(os.sched_getaffinity(0))), *(_processors(folder) for folder in folders)])
    by_memory = min([_machine_bytes(), *(_memory_bytes(folder) for folder in folders)])
    held = by_memory * (1.0 - SPARE_SHARE) / WORKER_BYTES / PROCESSES_PER_WORKER
    return max(1, int(min(ceil(by_processors), held, MOST_WORKERS)))


def _groups(cgroups: Path, own_groups: Path) -> Iterator[Path]:
    """Yield the folder of each control group that this process is in: its own, those above, of both versions."""
    try:
        lines = own_groups.read_text().splitlines()
    except OSError:
        lines = []
    yield from (cgroups, cgroups / "memory", cgroups / "cpu")
    for line in lines:
        number, controllers, path = line.split(":", 2)
        root = cgroups if number == "0" else cgroups / controllers
        for above in Path(path).parents if path != "/" else ():
            yield root / str(above).lstrip("/")
        yield root / path.lstrip("/")


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []


def _memory_bytes(folder: Path) -> float:
    words = _words(folder / "memory.max") or _words(folder / "memory.limit_in_bytes")
    return float(words[0]) if words and words[0].isdigit() else inf


def _processors(folder: Path) -> float:
    words = _words(folder / "cpu.max")
    if not words:
        words = _words(folder / "cpu.cfs_quota_us") + _words(folder / "cpu.cfs_period_us")
    if len(words) < 2 or not words[0].isdigit():
        return inf
    return float(words[0]) / float(words[1])


def _machine_bytes() -> float:
    return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))


def keep_one_heap() -> None:
    """Let the threads of a process share one heap, where the C library can.

    The GNU C library gives threads heaps of their own, and each keeps what its largest computation once took: memory
    would grow until every thread has had one. Python's threads compute in turn, so one heap costs them nothing.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(MALLOC_ARENAS, 1)
