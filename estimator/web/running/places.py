"""The places for long computations: a few run, a few wait, the others are sent away."""

import threading

from estimator.errors import TimeBudgetError


class BusyError(TimeBudgetError):
    """No place was free for a long computation."""


class Places:
    """The places for long computations in one process.

    Parameters
    ----------
    running : how many run at once
    wanting : how many may run or wait; one more is sent away at once, so that threads stay free
    wait_seconds : how long one waits
    """

    def __init__(self, running: int, wanting: int, wait_seconds: float) -> None:
        self._free = threading.BoundedSemaphore(running)
        self._wanted = threading.BoundedSemaphore(wanting)
        self.wait_seconds = wait_seconds

    def take(self, seconds: float) -> None:
        """Take a place.

        Parameters
        ----------
        seconds : the longest time to wait

        Raises
        ------
        BusyError : none became free
        """
        if not self._wanted.acquire(blocking=False):
            raise self._busy()
        if not self._free.acquire(timeout=max(0.0, min(seconds, self.wait_seconds))):
            self._wanted.release()
            raise self._busy()

    def give_back(self) -> None:
        """Give a place back."""
        self._free.release()
        self._wanted.release()

    def _busy(self) -> BusyError:
        return BusyError(
            "This question needs a long computation, and too many of them run already. Ask again in a moment.",
            max(1.0, self.wait_seconds),
        )
