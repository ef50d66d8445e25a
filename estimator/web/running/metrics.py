"""What is counted, and how it is read: Prometheus' text format, over all workers."""

import calendar
import logging
import time
from collections.abc import Iterable

from flask import Flask
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric

from estimator.web.running.shared_metrics import UNREADABLE, counting, shared_folder

log = logging.getLogger("estimator")

REQUESTS = Counter("estimator_requests", "Requests answered.", ("endpoint", "method", "status"))
SECONDS = Histogram(
    "estimator_request_seconds",
    "Time to answer a request.",
    ("endpoint",),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20),
)
RECEIVED = Counter("estimator_request_bytes", "Bytes of the bodies received.", ("endpoint",))
SENT = Counter("estimator_response_bytes", "Bytes of the bodies sent.", ("endpoint",))
STOPPED = Counter("estimator_stopped_work", "Computations stopped before their end.", ("reason",))
RUNNING = Gauge("estimator_long_computations", "Long computations that run.", multiprocess_mode="livesum")


def count_request(endpoint: str, method: str, status: int, seconds: float, received: int, sent: int) -> None:
    """Count one request that was answered."""
    if counting():
        REQUESTS.labels(endpoint, method, str(status)).inc()
        SECONDS.labels(endpoint).observe(seconds)
        RECEIVED.labels(endpoint).inc(received)
        SENT.labels(endpoint).inc(sent)


def count_sent(endpoint: str, sent: int) -> None:
    """Count bytes of an answer that is written piece by piece."""
    if counting():
        SENT.labels(endpoint).inc(sent)


def count_stopped(reason: str) -> None:
    """Count a computation that was stopped."""
    if counting():
        STOPPED.labels(reason).inc()


def count_long(change: int) -> None:
    """Count a long computation that begins (1) or ends (-1)."""
    if counting():
        RUNNING.inc(change)


class Facts:
    """What holds for the whole service, read when it is asked.

    Parameters
    ----------
    app : the application
    """

    def __init__(self, app: Flask) -> None:
        self.app = app

    def collect(self) -> Iterable[Metric]:
        """Yield each fact as a gauge."""
        held = self.app.extensions
        version = GaugeMetricFamily("estimator_price_book_info", "The price book that serves.", labels=("version",))
        version.add_metric([held["price_book_version"]], 1.0)
        yield version
        day = calendar.timegm(held["library"].newest_day.timetuple())
        yield GaugeMetricFamily(
            "estimator_price_book_day_seconds", "Day of the newest price, seconds since 1970.", value=day
        )
        yield GaugeMetricFamily(
            "estimator_price_book_age_seconds", "Age of the newest price.", value=max(0.0, time.time() - day)
        )
        yield GaugeMetricFamily(
            "estimator_price_book_reload_failed",
            "1 if the last reload failed, so that an old book serves.",
            value=float("reload_failure" in held),
        )
        limiter = held.get("rate_limiter")
        yield GaugeMetricFamily(
            "estimator_rate_limit_storage_down",
            "1 if each worker counts requests by itself, as the storage cannot be reached.",
            value=float(limiter is not None and not limiter.storage.check()),
        )
        yield GaugeMetricFamily(
            "estimator_requests_counted",
            "0 if the answering worker does not count its requests, as the disk is full.",
            value=float(counting()),
        )


def written(app: Flask) -> bytes:
    """Write the metrics of all workers; without the counters where their files cannot be read."""
    facts = CollectorRegistry()
    facts.register(Facts(app))
    try:
        counted = _counted()
    except UNREADABLE as error:
        log.warning("The counters of the workers cannot be read: %s.", error)
        counted = b""
    return counted + generate_latest(facts)


def _counted() -> bytes:
    """Write the counters of all workers."""
    registry = CollectorRegistry()
    with shared_folder() as folder:
        if folder is None:
            return generate_latest()
        multiprocess.MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call] # no hints
        return generate_latest(registry)
