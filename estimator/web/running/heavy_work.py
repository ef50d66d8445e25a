"""Long computations: each request has a budget of time, and only a few long ones run at once, so that short ones pass.

A request that is usually long takes a place before it begins. Any other starts as a short one, and takes a place when
it has used up the processor time of a short one. Who finds no place waits for a moment, and is then sent away with a
Retry-After.
"""

import time
from collections.abc import Callable, Iterator

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue

from estimator.deadline import Deadline, allow, allowed
from estimator.errors import TimeBudgetError
from estimator.web.running import metrics
from estimator.web.running.handing_over import hand_over
from estimator.web.running.places import BusyError, Places
from estimator.web.running.process import LONG_WORK_AT, waited_seconds
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

ESTIMATES = "estimates.estimateScenario"
LONG_SECTION = "flips"
"""A section of an estimate that is always long."""

SPARE_SECONDS = 5.0
"""How much longer than it may take a question that was handed over is waited for."""


class HandOverError(TimeBudgetError):
    """A question that turns out to be long, in a process that answers short ones alone."""


class Work:
    """The work of one request: stopped when its time is over, given a place when it turns out to be long.

    Parameters
    ----------
    deadline : when the work must have ended
    places : the places for long computations in this process; None = they are computed elsewhere
    light_seconds : processor time after which a computation is long
    """

    def __init__(self, deadline: Deadline, places: Places | None, light_seconds: float) -> None:
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
        HandOverError : it is long, and to be computed elsewhere
        """
        self.deadline.check()
        if not self.has_place and time.thread_time() > self.long_after:
            self.take_place()

    def take_place(self) -> None:
        """Take a place for a long computation.

        Raises
        ------
        BusyError : none is free
        HandOverError : there are none in this process
        """
        if self.places is None:
            raise HandOverError("This question is long.", 1.0)
        self.places.take(self.deadline.left_seconds)
        self.has_place = True
        metrics.count_long(1)

    def end(self) -> None:
        """Give the place back, if one was taken."""
        if self.has_place and self.places is not None:
            self.has_place = False
            metrics.count_long(-1)
            self.places.give_back()


def is_long() -> bool:
    """Tell whether the request asks for what is usually long, so that it takes a place before it begins."""
    if request.method == "OPTIONS":
        return False
    asked = request.args.get("include", "").split(",")
    return request.endpoint in LONG_ENDPOINTS or (request.endpoint == ESTIMATES and LONG_SECTION in asked)


def watch_work(app: Flask, settings: Settings) -> None:
    """Give every request its budget and its place; hand long ones over where another process computes them."""
    here = Places(1, settings.threads, settings.heavy_wait_seconds)
    handed = Places(settings.most_handed_over, settings.most_handed_over, 0.0)
    patience_seconds = settings.time_budget_seconds + settings.heavy_wait_seconds + SPARE_SECONDS

    def begin() -> None:
        elsewhere = LONG_WORK_AT in app.config
        if elsewhere:
            request.get_data(cache=True)  # a question that is handed over is sent whole
        deadline = Deadline(settings.time_budget_seconds, waited_seconds())
        g.work = Work(deadline, None if elsewhere else here, settings.light_milliseconds / 1e3)
        allow(g.work)
        if is_long():
            g.work.take_place()

    def elsewhere(_: HandOverError) -> ResponseReturnValue:
        try:
            return hand_over(app.config[LONG_WORK_AT], handed, patience_seconds)
        except TimeBudgetError as error:  # Flask calls no second handler by itself
            return app.handle_user_exception(error)

    def end(_: BaseException | None) -> None:
        allow(None)
        work: Work | None = g.pop("work", None)
        if work is not None and not work.streamed:
            work.end()

    app.before_request(begin)
    app.teardown_request(end)
    app.register_error_handler(HandOverError, elsewhere)


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
        try:
            yield first
            while True:
                with allowed(work):
                    piece = next(pieces, None)
                if piece is None:
                    return
                yield piece
        except TimeBudgetError as stopped:
            count_stopped(stopped)
            yield last_words(first, stopped.message)
        finally:
            work.end()

    answer = Response(written(), content_type=content_type)
    answer.call_on_close(work.end)
    return answer


def count_stopped(stopped: TimeBudgetError) -> None:
    """Count a computation that was stopped."""
    metrics.count_stopped("busy" if isinstance(stopped, BusyError) else "time_budget")
