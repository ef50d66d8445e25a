"""A gunicorn worker whose threads meet whole requests alone: waiting for clients is the work of one loop.

gunicorn's threaded worker gives a thread to each new connection and lets it wait there, so that a few silent or slow
clients hold all threads. Here the loop collects what arrives, refuses what is too large, too late or too much, and a
thread is given a request once it is whole. A thread never reads from a connection; an answer that is read slowly is cut
off by a clock.
"""

import errno
import io
import os
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator
from selectors import EVENT_READ
from typing import TYPE_CHECKING, Any

from gunicorn.http import get_parser, wsgi
from gunicorn.http.errors import InvalidHeader
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from estimator.web.running.process import closing, say_whole_at
from estimator.web.serving.arriving import Arriving
from estimator.web.serving.last_guests import HANDSHAKE_SECONDS, let_nobody_in

if TYPE_CHECKING:
    from concurrent.futures import Future

wsgi.SERVER = "estimator"  # what an answer tells of who serves it

PIECE_BYTES = 65_536
MOST_HELD_BYTES = 64 * 2**20
"""What all requests of one worker may hold together, from their first byte until they are answered; never less than two
of the largest body."""

MOST_WAITING_EACH = 8
"""Whole requests that may wait for each thread."""

MOST_LET_IN = 2_048
"""Connections that the kernel may hold for the service: gunicorn's own number."""

LINGER_SECONDS = 2.0
"""Time for a client to close its end after the last answer, and to begin its request when the service stops."""

UNREAD_SECONDS = 5.0
"""How long an answer may stay unread while others wait for the thread, or for the place of a long computation."""

HANGS_AFTER = 3
"""A thread that is busy for so many timeouts hangs: the worker is replaced."""

SPARE_FILES = 64
"""Open files of a worker that are no connections."""

NO_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def at_once(request: bytes) -> Iterator[bytes]:
    """Yield a whole request; whoever reads on takes it for longer than it is."""
    yield request
    raise InvalidHeader("Content-Length")


def is_of_this_user(client: socket.socket) -> bool:
    """Tell whether a process of this user holds the other end of a connection inside this machine."""
    found = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return bool(struct.unpack("3i", found)[1] == os.geteuid())


class Client(socket.socket):
    """A connection as a thread writes to it, which tells since when the other side takes nothing."""

    unread_since: float | None = None

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all of it."""
        self.unread_since = time.monotonic()
        try:
            super().sendall(data, flags)
        finally:
            self.unread_since = None

    def sendfile(self, *args: Any, **kwargs: Any) -> int:
        """Send a file."""
        self.unread_since = time.monotonic()
        try:
            return super().sendfile(*args, **kwargs)
        finally:
            self.unread_since = None


class PatientWorker(ThreadWorker):  # type: ignore[misc] # gunicorn has no type hints
    """Waits for whole requests in its loop, and cuts off what takes too long."""

    receive_seconds = 10.0
    largest_body = 1_000_000
    is_long = False
    """Whether this worker computes what is long."""

    retires = False
    """Whether a reload replaces this worker."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.others: list[Any] = []
        self.held_bytes = 0
        self.handed = 0
        self.lingering: deque[Any] = deque()
        self.busy: dict[Any, float] = {}
        self.cut_off: set[Any] = set()

    def accept(self, listener: socket.socket) -> bool:
        """Accept a connection and wait in the loop for its request; tell whether there was one."""
        try:
            accepted, address = listener.accept()
        except OSError as error:
            if error.errno in NO_FILES:
                self.log.warning("No connection can be accepted: %s.", error.strerror)
                if not self.drop_oldest():
                    time.sleep(0.1)
            elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return False
        client = Client(fileno=accepted.detach())
        if self.is_long and not is_of_this_user(client):
            self.log.warning("Another user of this machine asked for a long computation, and was sent away.")
            client.close()
            return True
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self.drop_oldest()
        conn = TConn(self.cfg, client, address, listener.getsockname())
        conn.initialized = True  # it has a parser for each request, and none that reads from the connection
        conn.held_bytes = 0
        self.await_request(conn)
        return True

    def watch(self, conn: Any, what: Callable[[Any], None]) -> None:
        """Call when something has come on a connection, unless it was closed in the same round of the loop."""
        conn.sock.settimeout(0.0)
        self.poller.register(conn.sock, EVENT_READ, lambda sock: what(conn) if sock.fileno() >= 0 else None)

    def receive(self, conn: Any) -> bytes | None:
        """Return what has come on a connection: nothing if it was closed, None if nothing can be told yet."""
        try:
            piece: bytes = conn.sock.recv(PIECE_BYTES)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return b""
        return piece

    def close(self, conn: Any) -> None:
        """Close a connection that is not watched any more."""
        self.nr_conns -= 1
        conn.close()

    def await_request(self, conn: Any) -> None:
        """Wait in the loop for a request on a connection."""
        conn.arriving = Arriving(self.largest_body)
        conn.timeout = time.monotonic() + self.receive_seconds
        self.pending_conns.append(conn)
        self.watch(conn, self.on_pending)

    def on_kept(self, conn: Any) -> None:
        """Begin another request on a connection that was kept."""
        self.poller.unregister(conn.sock)
        self.keepalived_conns.remove(conn)
        self.await_request(conn)
        self.on_pending(conn)

    def on_pending(self, conn: Any) -> None:
        """Take in what has arrived."""
        piece = self.receive(conn)
        if piece == b"":
            self.drop(conn)
        elif piece is not None:
            self.take(conn, piece)

    def take(self, conn: Any, piece: bytes) -> None:
        """Add a piece to a request; hand it to a thread when it is whole, refuse it when it cannot be taken."""
        arriving = conn.arriving
        conn.held_bytes += len(piece)
        self.held_bytes += len(piece)
        whole = arriving.add(piece)
        if arriving.refusal:
            self.refuse(conn, arriving.refusal)
        elif not self.make_room(conn) or (whole and self.handed >= self.cfg.threads * (1 + MOST_WAITING_EACH)):
            self.refuse(conn, 503)
        elif whole:
            self.hand_over(conn)
        elif arriving.expects:
            arriving.expects = False
            self.say(conn.sock, CONTINUE)

    def make_room(self, conn: Any) -> bool:
        """Close connections whose requests have been arriving longest until all hold no more than they may."""
        most = max(MOST_HELD_BYTES, 2 * self.largest_body)
        while self.held_bytes > most:
            oldest = next((each for each in self.pending_conns if each.held_bytes and each is not conn), None)
            if oldest is None:
                return False
            self.drop(oldest)
        return True

    def say(self, client: socket.socket, words: bytes) -> None:
        """Send a few bytes, if they can be sent at once."""
        try:
            client.send(words, socket.MSG_DONTWAIT)
        except OSError:
            self.log.debug("A client was gone before it was told.")

    def refuse(self, conn: Any, status: int) -> None:
        """Answer in the loop, and close the connection when the client has seen it."""
        received = len(conn.arriving.bytes)
        self.release(conn)
        self.let_go(conn)
        self.say_no(conn.sock, status, received)
        self.linger(conn)

    def say_no(self, client: socket.socket, status: int, received: int = 0) -> str:
        """Write, log and count a refusal; return its request id."""
        from estimator.web.serving.refusing import refuse  # the metrics behind it must be imported after share_metrics

        request_id = os.urandom(12).hex()
        self.say(client, refuse(self.app.wsgi(), status, received, request_id))
        return request_id

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:  # noqa: ARG002 - gunicorn's signature
        """Answer in a thread what gunicorn refuses, without a word of the request in answer or log."""
        from estimator.web.serving.refusing import status_of

        status = status_of(exc)
        request_id = self.say_no(client, status)
        if status == 500:
            self.log.error("Request %s failed outside the application.", request_id, exc_info=exc)
        else:
            self.log.debug("Refused: %s.", type(exc).__name__)

    def hand_over(self, conn: Any) -> None:
        """Give a whole request to a thread."""
        self.release(conn)
        arriving = conn.arriving
        conn.parser = get_parser(self.cfg, at_once(bytes(arriving.bytes[: arriving.end])), conn.client)
        conn.rest = bytes(arriving.bytes[arriving.end :])
        conn.whole_at = time.monotonic()
        del conn.arriving
        self.handed += 1
        self.enqueue_req(conn)

    def release(self, conn: Any) -> None:
        """Stop waiting for a request."""
        self.poller.unregister(conn.sock)
        self.pending_conns.remove(conn)

    def let_go(self, conn: Any) -> None:
        """Count what a connection held no longer."""
        self.held_bytes -= conn.held_bytes
        conn.held_bytes = 0

    def drop(self, conn: Any) -> None:
        """Close a connection whose request never became whole."""
        self.release(conn)
        self.let_go(conn)
        self.close(conn)

    def drop_oldest(self) -> bool:
        """Make room for a new client: close the connection that was silent longest, else the slowest one."""
        silent = next((each for each in self.pending_conns if not each.arriving.bytes), None)
        if silent is not None:
            self.drop(silent)
        elif self.keepalived_conns:
            conn = self.keepalived_conns.popleft()
            self.poller.unregister(conn.sock)
            self.close(conn)
        elif self.lingering:
            self.end_lingering(self.lingering[0])
        elif self.pending_conns:
            self.drop(self.pending_conns[0])
        else:
            return False
        return True

    def murder_pending(self) -> None:
        """Close what did not become whole in time, and cut off what is written too slowly."""
        now = time.monotonic()
        while self.pending_conns and (self.pending_conns[0].timeout < now or self.is_silent(self.pending_conns[0])):
            conn = self.pending_conns[0]
            if conn.arriving.bytes.strip(b"\r\n"):
                self.refuse(conn, 408)
            else:
                self.drop(conn)
        while self.lingering and self.lingering[0].timeout < now:
            self.end_lingering(self.lingering[0])
        busy = list(self.busy.items())
        others_wait = len(busy) > 1 if self.is_long else self.handed > len(busy) >= self.cfg.threads
        for conn, since in busy:
            unread_since = conn.sock.unread_since
            stalls = others_wait and unread_since is not None and now - unread_since > UNREAD_SECONDS
            if (stalls or now - since > self.cfg.timeout) and conn not in self.cut_off:
                self.log.warning("A request was cut off after %.0f s%s.", now - since, ", unread" if stalls else "")
                self.cut_off.add(conn)
                try:
                    conn.sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    self.log.debug("Its connection was closed already.")

    def notify(self) -> None:
        """Tell the master that this worker lives, unless a thread hangs, so that the master replaces it."""
        oldest = min(list(self.busy.values()), default=time.monotonic())
        if time.monotonic() - oldest < HANGS_AFTER * self.cfg.timeout:
            super().notify()

    def is_silent(self, conn: Any) -> bool:
        """Tell whether a stopping worker need not wait for a connection, as nothing has come on it."""
        waited_seconds = self.receive_seconds - (conn.timeout - time.monotonic())
        return not self.alive and not conn.arriving.bytes and waited_seconds > LINGER_SECONDS

    def handle(self, conn: Any) -> Any:
        """Handle a request in a thread, watched by the clock."""
        self.busy[conn] = time.monotonic()
        say_whole_at(conn.whole_at)
        try:
            return super().handle(conn)
        finally:
            self.busy.pop(conn, None)
            self.cut_off.discard(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Read the body, all of which is here, before the application is asked: what is malformed is refused."""
        req.body = io.BytesIO(req.body.read())
        if conn.parser.unreader.take_buffered():
            raise InvalidHeader("Content-Length")  # the loop takes the request for longer than the parser does
        req._expected_100_continue = False  # noqa: SLF001 - the loop has said it where it was needed
        return super().handle_request(req, conn)

    def finish_request(self, conn: Any, done: "Future[Any]") -> None:
        """Wait for the next request, or close without making the loop wait for a client that does not close."""
        self.handed -= 1
        self.let_go(conn)
        if done.cancelled() or done.exception() is not None or done.result() is not True:
            self.linger(conn)
        elif conn.rest:
            self.await_request(conn)
            self.take(conn, conn.rest)
        else:
            seconds = self.cfg.keepalive if self.alive else min(self.cfg.keepalive, STOP_KEEPALIVE_LINGER)
            conn.timeout = time.monotonic() + seconds
            self.keepalived_conns.append(conn)
            self.watch(conn, self.on_kept)

    def linger(self, conn: Any) -> None:
        """Say that no more will be sent, and drop what the client still sends until it closes too."""
        conn.timeout = time.monotonic() + LINGER_SECONDS
        self.lingering.append(conn)
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            self.watch(conn, self.on_last_words)
        except (OSError, ValueError):
            self.lingering.remove(conn)
            self.close(conn)

    def on_last_words(self, conn: Any) -> None:
        """Drop what comes on a connection that is being closed."""
        if self.receive(conn) == b"":
            self.end_lingering(conn)

    def end_lingering(self, conn: Any) -> None:
        """Close a connection for good."""
        self.poller.unregister(conn.sock)
        self.lingering.remove(conn)
        self.close(conn)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - gunicorn's signature
        """Stop listening; when the whole service stops, take in first whom the kernel has let in already."""
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive and closing():
            for listener in self.sockets:
                let_nobody_in(listener.sock)
            time.sleep(HANDSHAKE_SECONDS)
            for listener in self.sockets:
                for _ in range(MOST_LET_IN):
                    if not self.accept(listener):
                        break
                listener.close()
