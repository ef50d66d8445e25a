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
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
SECURITY = (
    ("Content-Security-Policy", PAGE_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)


def start() -> None:
    """Note when the request came and under which id."""
    g.started = time.perf_counter()
    asked = request.headers.get("X-Request-Id", "")
    g.request_id = asked if REQUEST_ID.fullmatch(asked) else os.urandom(12).hex()


def finish(response: Response) -> Response:
    """Write the headers, count the request, and log one line without its body."""
    headers = response.headers
    headers["X-Request-Id"] = g.request_id
    headers["Engine-Version"] = __version__
    headers["Price-Book-Version"] = g.get("book_version") or current_app.extensions["price_book_version"]
    for name, value in SECURITY:
        headers[name] = value
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
    app.before_request(start)
    app.after_request(finish)
    app.register_blueprint(probes)
    if app.config["METRICS"]:
        app.add_url_rule("/metrics", "metrics", metrics)
    newest = app.extensions["library"].newest_day
    BOOK_DAY.set(calendar.timegm(newest.timetuple()))
