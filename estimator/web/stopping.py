"""Whether the service is stopping: said once by the master, seen by every worker it has forked."""

import mmap

_flag = mmap.mmap(-1, 1)
"""A byte of memory that the master shares with its workers."""


def stopping() -> bool:
    """Tell whether the service is stopping."""
    return _flag[0] == 1


def say_stopping(*, stops: bool = True) -> None:
    """Tell every worker that the service is stopping."""
    _flag[0] = int(stops)
