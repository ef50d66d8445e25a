"""Long computations: each request has a budget of time, and only a few long ones run at once, so that short ones pass.

A request that is usually long takes a place before it begins. Any other starts as a short one, and takes a place when
it has used up the processor time of a short one. Who finds no place waits for a moment, and is then sent away with a
Retry-After.
"""

import threading
import time
from collections.abc import Callable, Iterator

from flask import Flask, Response, g, request

from estimator.deadline import Deadline, allow, allowed
from estimator.errors import TimeBudgetError
from estimator.web import metrics
from estimator.web.settings import Settings


LONG_ENDPOINTS = frozenset(
    {
        "break-even-curves.findBreakEvenCurve",
        "options.searchOptions",
        "portfolios.estimatePortfolio",
        "sensitivity.findSensitivity",
        "sweeps.sweepInputs",
        "verification.verifyEngine",
    }
)
"""What is usually long: it takes a place before it begins, so that who is sent away has cost nothing."""

LONG_SECTION = "flips"
"""A section of an estimate that is always long."""


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


class Work:
    """The work of one request: stopped when its time is over, given a place when it turns out to be long.

    Parameters
    ----------
    deadline : when the work must have ended
    places : the places for long computations
    light_seconds : processor time after which a computation is long
    """

    def __init__(self, deadline: Deadline, places: Places, light_seconds: float) -> None:
        self.deadline = deadline
        self.places = places
        self.long_after = time.thread_time() + light_seconds
        self.has_place = False
        self.streamed = False

    def check(self) -> None:
        """Return if the work may go on.

        Raises
        ------
        TimeBudgetError : its time is over
        BusyError : it is long, and no place is free
        """
        self.deadline.check()
        if not self.has_place and time.thread_time() > self.long_after:
            self.take_place()

    def take_place(self) -> None:
        """Take a place for a long computation.

        Raises
        ------
        BusyError : none is free
        """
        self.places.take(self.deadline.left_seconds)
        self.has_place = True
        metrics.count_long(1)

    def end(self) -> None:
        """Give the place back, if one was taken."""
        if self.has_place:
            self.has_place = False
            metrics.count_long(-1)
            self.places.give_back()


def watch_work(app: Flask, settings: Settings) -> None:
    """Give every request its budget and its place."""
    places = Places(settings.heavy_slots, settings.heavy_requests, settings.heavy_wait_seconds)

    def begin() -> None:
        g.work = Work(Deadline(settings.time_budget_seconds), places, settings.light_milliseconds / 1e3)
        allow(g.work)
        if request.endpoint in LONG_ENDPOINTS or LONG_SECTION in request.args.get("include", ""):
            g.work.take_place()

    def end(_: BaseException | None) -> None:
        allow(None)
        work: Work | None = g.pop("work", None)
        if work is not None and not work.streamed:
            work.end()

    app.before_request(begin)
    app.teardown_request(end)


def stream(pieces: Iterator[bytes], content_type: str, last_words: Callable[[bytes, str], bytes]) -> Response:
    """Answer with pieces as they are computed, the first one before the answer begins, so that a refusal is a refusal.

    Parameters
    ----------
    pieces : what is computed
    last_words : what is written where the work is stopped in the middle, of the first piece and the reason
    """
    work: Work = g.work
    first = next(pieces, b"")
    work.streamed = True

    def written() -> Iterator[bytes]:
        yield first
        try:
            while True:
                with allowed(work):
                    piece = next(pieces, None)
                if piece is None:
                    return
                yield piece
        except TimeBudgetError as stopped:
            count_stopped(stopped)
            yield last_words(first, stopped.message)

    answer = Response(written(), content_type=content_type)
    answer.call_on_close(work.end)
    return answer


def count_stopped(stopped: TimeBudgetError) -> None:
    """Count a computation that was stopped."""
    metrics.count_stopped("busy" if isinstance(stopped, BusyError) else "time_budget")
