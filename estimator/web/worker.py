"""A gunicorn worker whose threads meet whole requests alone: waiting for clients is the work of one loop.

gunicorn's threaded worker gives a thread to each new connection and lets it wait there, so that a few silent or slow
clients hold all threads. Here the loop collects what arrives, and a thread is given once a request is whole. What the
loop cannot judge (a chunked body that ends oddly, an answer that is read slowly) is cut off by a clock.
"""

import errno
import socket
import time
from collections import deque
from functools import partial
from selectors import EVENT_READ
from typing import TYPE_CHECKING, Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from estimator.web.arriving import Arriving
from estimator.web.last_guests import HANDSHAKE_SECONDS, let_nobody_in
from estimator.web.process import stopping

if TYPE_CHECKING:
    from concurrent.futures import Future

PIECE_BYTES = 65_536
MOST_HELD_BYTES = 64 * 2**20
"""What all requests that are still arriving may hold together in one worker."""

MOST_WAITING = 2_048
"""Connections that the kernel may hold for the service: gunicorn's own number."""

LINGER_SECONDS = 2.0
"""Time for a client to close its end after the last answer, and to begin its request when the service stops."""

HANGS_AFTER = 3
"""A thread that is busy for so many timeouts hangs: the worker is replaced."""

SPARE_FILES = 64
"""Open files of a worker that are no connections."""

NO_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HEADER_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


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
        self.lingering: deque[Any] = deque()
        self.busy: dict[Any, float] = {}
        self.cut_off: set[Any] = set()

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection and wait in the loop for its request."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in NO_FILES:
                self.log.warning("No connection can be accepted: %s.", error.strerror)
                if not self.drop_oldest():
                    time.sleep(0.1)
            elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self.drop_oldest()
        self.await_request(TConn(self.cfg, client, address, listener.getsockname()))

    def await_request(self, conn: Any) -> None:
        """Wait in the loop for a request on a connection."""
        conn.sock.settimeout(0.0)
        conn.arriving = Arriving(self.largest_body)
        conn.timeout = time.monotonic() + self.receive_seconds
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def on_client_socket_readable(self, conn: Any, client: socket.socket) -> None:
        """Begin another request on a connection that was kept."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self.await_request(conn)
        self.on_pending_socket_readable(conn, client)

    def on_pending_socket_readable(self, conn: Any, client: socket.socket) -> None:
        """Take in what has arrived; hand the request to a thread when it is whole."""
        try:
            piece = client.recv(PIECE_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            piece = b""
        self.held_bytes += len(piece)
        if not piece or self.held_bytes > MOST_HELD_BYTES:
            self.drop(conn)
            return
        whole = conn.arriving.add(piece)
        if conn.arriving.header_too_large:
            self.say(client, HEADER_TOO_LARGE)
            self.drop(conn)
        elif whole:
            self.hand_over(conn)
        elif conn.arriving.expects and conn.arriving.header_bytes:
            conn.arriving.expects = False
            self.say(client, CONTINUE)

    def say(self, client: socket.socket, words: bytes) -> None:
        """Send a few bytes, if they can be sent at once."""
        try:
            client.send(words)
        except OSError:
            self.log.debug("A client was gone before it was told.")

    def hand_over(self, conn: Any) -> None:
        """Give a whole request to a thread."""
        self.release(conn)
        conn.init()
        conn.parser.unreader.unread(bytes(conn.arriving.bytes))
        conn.data_ready = True
        del conn.arriving
        self.enqueue_req(conn)

    def release(self, conn: Any) -> None:
        """Stop waiting for a request."""
        self.poller.unregister(conn.sock)
        self.pending_conns.remove(conn)
        self.held_bytes -= len(conn.arriving.bytes)

    def drop(self, conn: Any) -> None:
        """Close a connection whose request never became whole."""
        self.release(conn)
        self.nr_conns -= 1
        conn.close()

    def drop_oldest(self) -> bool:
        """Make room for a new client: close the connection that has been silent or slow for the longest time."""
        if self.pending_conns:
            self.drop(self.pending_conns[0])
        elif self.keepalived_conns:
            conn = self.keepalived_conns.popleft()
            self.poller.unregister(conn.sock)
            self.nr_conns -= 1
            conn.close()
        else:
            return False
        return True

    def murder_pending(self) -> None:
        """Close what did not become whole in time, and cut off what is read or written too slowly."""
        now = time.monotonic()
        while self.pending_conns and (self.pending_conns[0].timeout < now or self.is_silent(self.pending_conns[0])):
            self.drop(self.pending_conns[0])
        while self.lingering and self.lingering[0].timeout < now:
            self.end_lingering(self.lingering[0])
        for conn, since in list(self.busy.items()):
            if now - since > self.cfg.timeout and conn not in self.cut_off:
                self.log.warning("A request was cut off after %s s.", self.cfg.timeout)
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
        try:
            return super().handle(conn)
        finally:
            self.busy.pop(conn, None)
            self.cut_off.discard(conn)

    def finish_request(self, conn: Any, done: "Future[Any]") -> None:
        """Keep the connection, or close it without making the loop wait for a client that does not close its end."""
        if not done.cancelled() and done.exception() is None and not done.result():
            self.linger(conn)
        else:
            super().finish_request(conn, done)

    def linger(self, conn: Any) -> None:
        """Say that no more will be sent, and drop what the client still sends until it closes too."""
        conn.timeout = time.monotonic() + LINGER_SECONDS
        self.lingering.append(conn)
        try:
            conn.sock.settimeout(0.0)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, EVENT_READ, partial(self.on_last_words, conn))
        except (OSError, ValueError):
            self.lingering.remove(conn)
            self.nr_conns -= 1
            conn.close()

    def on_last_words(self, conn: Any, client: socket.socket) -> None:
        """Drop what comes on a connection that is being closed."""
        try:
            over = not client.recv(PIECE_BYTES)
        except (BlockingIOError, InterruptedError):
            over = False
        except OSError:
            over = True
        if over:
            self.end_lingering(conn)

    def end_lingering(self, conn: Any) -> None:
        """Close a connection for good."""
        self.poller.unregister(conn.sock)
        self.lingering.remove(conn)
        self.nr_conns -= 1
        conn.close()

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - gunicorn's signature
        """Stop listening; when the whole service stops, take in first whom the kernel has let in already."""
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive and stopping():
            for listener in self.sockets:
                let_nobody_in(listener.sock)
            time.sleep(HANDSHAKE_SECONDS)
            for listener in self.sockets:
                for _ in range(MOST_WAITING):
                    before = self.nr_conns
                    self.accept(listener)
                    if self.nr_conns == before:
                        break
                listener.close()
