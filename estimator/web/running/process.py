"""What a process of the service knows of its place: what it computes, and whether the service is stopping."""

import mmap
import time
from contextvars import ContextVar

LONG_WORK_AT = "LONG_WORK_AT"
"""Setting of the application: the socket of the processes that compute what is long; absent where this one does."""

INNER = "INNER"
"""Setting of the application: this process computes for another one, which lets in, logs and counts."""

_STOPPING, _CLOSING = 1, 2
_flag = mmap.mmap(-1, 1)
"""A byte of memory that the master shares with its workers."""

_whole_at: ContextVar[float | None] = ContextVar("whole_at", default=None)


def stopping() -> bool:
    """Tell whether the service is stopping: it is not ready any more."""
    return _flag[0] >= _STOPPING


def closing() -> bool:
    """Tell whether the whole service closes its door."""
    return _flag[0] == _CLOSING


def say_serving() -> None:
    """Tell every worker that the service is not stopping."""
    _flag[0] = 0


def say_stopping() -> None:
    """Tell every worker that the service is stopping."""
    _flag[0] = max(_flag[0], _STOPPING)


def say_closing() -> None:
    """Tell every worker that the door closes."""
    _flag[0] = _CLOSING


def say_whole_at(moment: float) -> None:
    """Note when the request of this thread had arrived whole, by the clock that nobody can set."""
    _whole_at.set(moment)


def waited_seconds() -> float:
    """Return how long the request of this thread waited for a thread."""
    moment = _whole_at.get()
    return 0.0 if moment is None else time.monotonic() - moment
