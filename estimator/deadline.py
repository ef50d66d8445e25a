"""How long the work of one question may go on: set by whoever asks, consulted between the blocks of the work."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from estimator.errors import TimeBudgetError


class Allowance(Protocol):
    """What allows work to go on."""

    def check(self) -> None:
        """Return if the work may go on.

        Raises
        ------
        TimeBudgetError : it may not
        """


_allowance: ContextVar[Allowance | None] = ContextVar("allowance", default=None)


class Deadline:
    """Allows work until its seconds are over, by a clock that nobody can set.

    Parameters
    ----------
    seconds : how long the work may take
    spent_seconds : what of it is over already
    """

    def __init__(self, seconds: float, spent_seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.ends = time.monotonic() + seconds - spent_seconds

    @property
    def left_seconds(self) -> float:
        """Return what is left, negative where it is over."""
        return self.ends - time.monotonic()

    def check(self) -> None:
        """Return if there is time left.

        Raises
        ------
        TimeBudgetError : there is none
        """
        if self.left_seconds < 0.0:
            raise TimeBudgetError(
                f"This question takes longer than the {self.seconds:g} seconds that one may take. "
                "Ask for fewer cells, points, months or approaches, or ask in parts.",
                self.seconds,
            )


def check_time() -> None:
    """Go on if the current work may; called by every computation, many times a second.

    Raises
    ------
    TimeBudgetError : it may not
    """
    allowance = _allowance.get()
    if allowance is not None:
        allowance.check()


def allow(allowance: Allowance | None) -> None:
    """Set what allows the work that follows in this thread; None = no limit."""
    _allowance.set(allowance)


@contextmanager
def allowed(allowance: Allowance | None) -> Iterator[None]:
    """Allow the work inside.

    Examples
    --------
    >>> with allowed(Deadline(seconds=60.0)):
    ...     check_time()
    """
    token = _allowance.set(allowance)
    try:
        yield
    finally:
        _allowance.reset(token)
