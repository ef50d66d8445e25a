"""What an operator sees: a log line a request, headers on every answer, probes and metrics."""

import logging
import os
import re
import time
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

import orjson
from flask import Blueprint, Flask, Response, current_app, g, request

from estimator import __version__
from estimator.web.running import metrics
from estimator.web.running.process import INNER, stopping

log = logging.getLogger("estimator.requests")
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

TRACE_PARENT = re.compile("([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
TRACE_STATE = re.compile(r"[\x20-\x7e]{1,512}")

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
ALWAYS = [
    ("Engine-Version", __version__),
    ("Content-Security-Policy", PAGE_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
]
"""Headers that stand on every answer, whatever it says."""


class FixedHeaders:
    """Adds the headers that never change below Flask, where it costs nothing.

    Parameters
    ----------
    app : the WSGI application
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer one request."""

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, headers + ALWAYS, *more)

        return self.app(environ, start)


def start() -> None:
    """Note when the request came, under which id, and to which trace it belongs."""
    g.started = time.perf_counter()
    asked = request.headers.get("X-Request-Id", "")
    g.request_id = asked if REQUEST_ID.fullmatch(asked) else os.urandom(12).hex()
    g.trace = trace_of(request.headers.get("traceparent", ""))


def finish(response: Response) -> Response:
    """Write the headers, count the request, and log one line without its body."""
    response.headers["X-Request-Id"] = g.request_id
    response.headers["Price-Book-Version"] = g.get("book_version") or current_app.extensions["price_book_version"]
    pass_trace_on(response)
    if current_app.config.get(INNER):
        return response
    seconds = time.perf_counter() - g.started
    endpoint = request.endpoint or "unknown"
    received = received_bytes()
    sent: int | None = response.content_length
    if request.method == "HEAD" or response.status_code == 304:
        sent = 0
    elif response.is_sequence:
        sent = response.calculate_content_length()
    elif not response.direct_passthrough:
        response.response = counted(response.iter_encoded(), endpoint)
    method = method_of(request.method)
    metrics.count_request(endpoint, method, response.status_code, seconds, received, sent or 0)
    if log.isEnabledFor(logging.INFO):
        log.info(
            orjson.dumps(
                {
                    "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                    "request_id": g.request_id,
                    "trace_id": g.trace[0] if g.trace else None,
                    "span_id": g.trace[1] if g.trace else None,
                    "client": g.get("client"),
                    "method": method,
                    "endpoint": endpoint,
                    "path": request.path[:200],
                    "status": response.status_code,
                    "milliseconds": round(seconds * 1000, 3),
                    "received_bytes": received,
                    "bytes": sent,
                }
            ).decode()
        )
    return response


def received_bytes() -> int:
    """Count the bytes of the body: all of it is here before the application is asked, in chunks or not."""
    body = request.environ["wsgi.input"]
    if isinstance(body, BytesIO):
        return len(body.getbuffer())
    most: int = current_app.config["MAX_CONTENT_LENGTH"]
    return min(request.content_length or 0, most)  # more is never taken in


def counted(pieces: Iterable[bytes], endpoint: str) -> Iterator[bytes]:
    """Count the bytes of an answer that is written piece by piece."""
    for piece in pieces:
        metrics.count_sent(endpoint, len(piece))
        yield piece


def trace_of(parent: str) -> tuple[str, str] | None:
    """Read the trace and the span of a W3C traceparent header; None where it is none.

    Examples
    --------
    >>> trace_of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    ('4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7')
    """
    found = TRACE_PARENT.fullmatch(parent)
    if found is None:
        return None
    version, trace, span, _, more = found.groups()
    illegal = version == "ff" or (version == "00" and more) or not trace.strip("0") or not span.strip("0")
    return None if illegal else (trace, span)


def pass_trace_on(response: Response) -> None:
    """Hand a legal trace context back, for whoever stands behind the caller."""
    if g.trace:
        response.headers["traceparent"] = request.headers["traceparent"]
        state = request.headers.get("tracestate", "")
        if TRACE_STATE.fullmatch(state):
            response.headers["tracestate"] = state


def method_of(method: str) -> str:
    """Name a method of HTTP; an invented one is counted as other, so that labels stay few."""
    return method if method in {"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"} else "other"


probes = Blueprint("probes", __name__)


@probes.get("/healthz")
def health() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@probes.get("/readyz")
def ready() -> tuple[dict[str, Any], int]:
    """Say whether requests can be sent here: the price book is loaded, and the service is not stopping."""
    held = current_app.extensions
    found = {"status": "ready", "price_book_version": held["price_book_version"]}
    if "reload_failure" in held:
        found["reload_failure"] = held["reload_failure"]
    if stopping():
        return {**found, "status": "stopping"}, 503
    return found, 200


def observe(app: Flask) -> None:
    """Watch every request of the application."""
    app.wsgi_app = FixedHeaders(app.wsgi_app)  # type: ignore[method-assign] # the way Flask documents
    app.before_request(start)
    app.after_request(finish)
    app.register_blueprint(probes)
    if app.config["METRICS"]:
        app.add_url_rule("/metrics", "metrics", lambda: Response(metrics.written(app), content_type=METRICS_TYPE))
