"""Counters of all workers in one folder, kept small and safe from a full disk.

prometheus_client keeps a file for each process and sort of metric, and writes to it by memory mapping. Three things are
added: the files of workers that ended are folded into one, so that years of renewed workers leave no trail; a worker's
files get their place on the disk before they are written, as a mapped write to a full disk kills the process; and
where there is no place left, the worker serves without counting.
"""

import fcntl
import json
import logging
import os
import shutil
import struct
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
PREFIX = "estimator-metrics-"
SORTS = ("counter", "histogram", "gauge_livesum")
"""The sorts of metrics that are written; each has a file for each process."""

FILE_BYTES = 2**20
"""Place of one file: hundreds of times what all labels of the service fill."""

ENDED = "ended"
"""Takes the place of the number of a process in the file of all that have ended."""

UNREADABLE = (OSError, ValueError, RuntimeError, struct.error)
"""What prometheus_client raises where a file is missing, cut off or overwritten."""

log = logging.getLogger("estimator")
_counting = True


def share_metrics() -> None:
    """Give all workers one folder for their counters; it must be named before prometheus_client is imported."""
    if FOLDER in os.environ:
        return
    try:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix=PREFIX)
        for process in (os.getpid(), ENDED):
            reserve(process)
    except OSError as error:
        drop_metrics()
        os.environ.pop(FOLDER, None)
        stop_counting(error)


def counting() -> bool:
    """Tell whether this process counts."""
    return _counting


def stop_counting(error: OSError) -> None:
    """Serve without counting: there is no place for the counters."""
    global _counting
    _counting = False
    log.error("Metrics are not counted in process %s: %s.", os.getpid(), error.strerror)


def reserve(process: int | str) -> None:
    """Reserve the place of a process's files on the disk.

    Raises
    ------
    OSError : there is none
    """
    folder = _folder()
    if folder is None:
        return
    for sort in SORTS:
        with (folder / f"{sort}_{process}.db").open("ab") as file:
            os.posix_fallocate(file.fileno(), 0, FILE_BYTES)


def begin_worker() -> None:
    """Reserve the files of this worker, or stop counting in it."""
    try:
        reserve(os.getpid())
    except OSError as error:
        for path in _files_of(os.getpid()):
            path.unlink(missing_ok=True)
        stop_counting(error)


def end_worker(process: int) -> None:
    """Fold the files of a worker that ended into those of all that ended; what cannot be read is left out."""
    folder = _folder()
    if folder is None:
        return
    try:
        with alone(folder):
            for path in _files_of(process):
                _fold(path)
    except OSError as error:
        log.warning("What process %s counted is lost: %s.", process, error)


def _fold(path: Path) -> None:
    """Add the counters of one file to those of all that ended, and remove it."""
    from prometheus_client.mmap_dict import MmapedDict

    sort = path.name.rpartition("_")[0]
    try:
        if not sort.startswith("gauge"):
            found = list(MmapedDict.read_all_values_from_file(path))  # type: ignore[no-untyped-call] # no hints
            for key, *_ in found:
                json.loads(key)  # one that is none would spoil every scrape from now on
            with closing(MmapedDict(str(path.with_name(f"{sort}_{ENDED}.db")))) as total:  # type: ignore[no-untyped-call] # the same
                for key, value, _, _ in found:
                    total.write_value(key, total.read_value(key)[0] + value, 0.0)  # type: ignore[no-untyped-call] # the same
    except UNREADABLE as error:
        log.warning("What stands in %s is lost: %s.", path.name, error)
    path.unlink(missing_ok=True)


def drop_metrics() -> None:
    """Remove the folder that share_metrics made."""
    folder = _folder()
    if folder is not None and folder.name.startswith(PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep a scrape and the folding of files apart."""
    with (folder / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def shared_folder() -> Iterator[Path | None]:
    """Hand out the folder while nobody folds its files; None where this process counts by itself."""
    folder = _folder()
    if folder is None:
        yield None
        return
    with alone(folder):
        yield folder


def _folder() -> Path | None:
    name = os.environ.get(FOLDER)
    return Path(name) if name else None


def _files_of(process: int) -> list[Path]:
    folder = _folder()
    return (
        []
        if folder is None
        else [folder / f"{s}_{process}.db" for s in SORTS if (folder / f"{s}_{process}.db").exists()]
    )
