"""Long questions are computed by processes of their own, of low priority, so that short ones never wait for them.

A worker that answers short questions sends a long one over a socket of the same machine, and passes the answer on. It
is the same application on the other side: the answer is the same, byte by byte.
"""

import http.client
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

from flask import Response, g, request

from estimator.errors import TimeBudgetError
from estimator.web.running.places import BusyError, Places

PIECE_BYTES = 65_536
NOT_SENT = frozenset(
    {"connection", "content-length", "expect", "host", "keep-alive", "te", "transfer-encoding", "upgrade"}
)
NOT_SENT_PREFIX = ("x-forwarded-", "proxy-")
PASSED_ON = ("Allow", "Content-Disposition", "Content-Length", "Content-Type", "Location", "Retry-After", "Vary")
"""Headers of the answer that depend on the question; the others are written by whoever passes it on."""


class LocalConnection(http.client.HTTPConnection):
    """HTTP over a socket inside this machine.

    Parameters
    ----------
    address : of the socket
    timeout : seconds without a byte after which the other side is given up
    """

    def __init__(self, address: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self.address = address

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.address)


def hand_over(address: str, places: Places, patience_seconds: float) -> Response:
    """Have the current request answered by a process for long computations.

    Parameters
    ----------
    address : of its socket
    places : how many requests of this worker may be waiting for such answers
    patience_seconds : after which no answer is expected any more

    Raises
    ------
    BusyError : too many wait already, or the computation was lost
    TimeBudgetError : no answer came in time
    """
    with ExitStack() as held:
        places.take(0.0)
        held.callback(places.give_back)
        connection = held.enter_context(closing(LocalConnection(address, patience_seconds)))
        try:
            answer = _ask(connection)
            whole = "Content-Length" in answer.headers  # it is taken in, so that the place is free
            response = Response(answer.read() if whole else _pieces(answer), answer.status)
        except TimeoutError as error:
            raise TimeBudgetError("No answer was computed in time. Ask in parts.", patience_seconds) from error
        except (OSError, http.client.HTTPException) as error:
            raise BusyError("The computation was lost on the way. Ask again.", 1.0) from error
        if not whole:
            response.call_on_close(held.pop_all().close)
    g.book_version = answer.headers.get("Price-Book-Version")
    for name in PASSED_ON:
        if name in answer.headers:
            response.headers[name] = answer.headers[name]
    return response


def _ask(connection: LocalConnection) -> http.client.HTTPResponse:
    headers = {
        name: value
        for name, value in request.headers
        if name.lower() not in NOT_SENT and not name.lower().startswith(NOT_SENT_PREFIX)
    }
    headers |= {"Host": request.host, "X-Forwarded-Proto": request.scheme, "X-Request-Id": g.request_id}
    target: str = request.environ["RAW_URI"]  # as the client wrote it
    connection.request(request.method, target, request.get_data(), headers)
    return connection.getresponse()


def _pieces(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    while piece := answer.read1(PIECE_BYTES):
        yield piece
