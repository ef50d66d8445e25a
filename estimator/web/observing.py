"""What an operator sees: a log line a request, headers on every answer, probes and metrics."""

import calendar
import logging
import os
import re
import time
from typing import Any

import orjson
from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client import multiprocess as prometheus_multiprocess

from estimator import __version__

log = logging.getLogger("estimator.requests")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

REQUESTS = Counter("estimator_requests", "Requests answered.", ("endpoint", "method", "status"))
SECONDS = Histogram(
    "estimator_request_seconds",
    "Time to answer a request.",
    ("endpoint",),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
BYTES = Counter("estimator_response_bytes", "Bytes of the bodies sent.", ("endpoint",))
BOOK_DAY = Gauge(
    "estimator_price_book_day_seconds", "Day of the newest price, seconds since 1970.", multiprocess_mode="mostrecent"
)

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
    """Note when the request came and under which id."""
    g.started = time.perf_counter()
    asked = request.headers.get("X-Request-Id", "")
    g.request_id = asked if REQUEST_ID.fullmatch(asked) else os.urandom(12).hex()


def finish(response: Response) -> Response:
    """Write the headers, count the request, and log one line without its body."""
    response.headers["X-Request-Id"] = g.request_id
    response.headers["Price-Book-Version"] = g.get("book_version") or current_app.extensions["price_book_version"]
    seconds = time.perf_counter() - g.started
    endpoint = request.endpoint or "unknown"
    size = response.calculate_content_length() or 0
    REQUESTS.labels(endpoint, method_of(request.method), str(response.status_code)).inc()
    SECONDS.labels(endpoint).observe(seconds)
    BYTES.labels(endpoint).inc(size)
    if log.isEnabledFor(logging.INFO):
        log.info(
            orjson.dumps(
                {
                    "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                    "request_id": g.request_id,
                    "trace": trace_id(),
                    "method": method_of(request.method),
                    "endpoint": endpoint,
                    "path": request.path[:200],
                    "status": response.status_code,
                    "milliseconds": round(seconds * 1000, 3),
                    "bytes": size,
                }
            ).decode()
        )
    return response


def method_of(method: str) -> str:
    """Name a method of HTTP; an invented one is counted as other, so that labels stay few."""
    return method if method in {"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"} else "other"


def trace_id() -> str | None:
    """Return the trace id of the W3C traceparent header, if one was sent."""
    parts = request.headers.get("traceparent", "").split("-")
    return parts[1] if len(parts) == 4 and re.fullmatch("[0-9a-f]{32}", parts[1]) else None


probes = Blueprint("probes", __name__)


@probes.get("/healthz")
def health() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@probes.get("/readyz")
def ready() -> tuple[dict[str, Any], int]:
    """Say whether the price book is loaded, so that requests can be sent here."""
    version = current_app.extensions["price_book_version"]
    return {"status": "ready", "price_book_version": version}, 200


def metrics() -> Response:
    """Write the metrics of all workers in Prometheus' text format."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        prometheus_multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # the library has no hints
        written = generate_latest(registry)
    else:
        written = generate_latest()
    return Response(written, content_type="text/plain; version=0.0.4; charset=utf-8")


def observe(app: Flask) -> None:
    """Watch every request of the application."""
    app.wsgi_app = FixedHeaders(app.wsgi_app)  # type: ignore[method-assign] # the way Flask documents
    app.before_request(start)
    app.after_request(finish)
    app.register_blueprint(probes)
    if app.config["METRICS"]:
        app.add_url_rule("/metrics", "metrics", metrics)
    newest = app.extensions["library"].newest_day
    BOOK_DAY.set(calendar.timegm(newest.timetuple()))
