"""What a process of the service knows of its place: what it computes, and whether the service is stopping."""

import mmap

LONG_WORK_AT = "LONG_WORK_AT"
"""Setting of the application: the socket of the processes that compute what is long; absent where this one does."""

INNER = "INNER"
"""Setting of the application: this process computes for another one, which lets in, logs and counts."""

_flag = mmap.mmap(-1, 1)
"""A byte of memory that the master shares with its workers."""


def stopping() -> bool:
    """Tell whether the service is stopping."""
    return _flag[0] == 1


def say_stopping(*, stops: bool = True) -> None:
    """Tell every worker that the service is stopping."""
    _flag[0] = int(stops)
