"""How gunicorn serves the application: set by Settings, loaded once, forked into workers."""

import gc
import logging
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from estimator.errors import EstimatorError
from estimator.web.settings import Settings
from estimator.web.shared_metrics import begin_worker, drop_metrics, end_worker, share_metrics
from estimator.web.stopping import say_stopping
from estimator.web.worker import SPARE_FILES, PatientWorker

SWITCH_SECONDS = 0.0005
"""How long a thread may keep the interpreter from another: a long computation makes a short one wait so long."""

MOST_FILES = 1_048_576
"""Open files where the system sets no end."""

log = logging.getLogger("estimator")


class Server(BaseApplication):  # type: ignore[misc] # gunicorn has no type hints
    """Gunicorn with the settings of the service.

    Parameters
    ----------
    settings : how the service runs
    load_app : makes the WSGI application, called before the workers are forked, and again at each reload
    """

    def __init__(self, settings: Settings, load_app: Callable[[Settings], Any]) -> None:
        self.settings = settings
        self.load_app = load_app
        super().__init__()

    def load_config(self) -> None:
        """Hand the settings to gunicorn."""
        for name, value in options(self.settings).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the application."""
        app = self.load_app(self.settings)
        gc.freeze()  # the tables stay: no collection in a worker has to walk through them, or copies their pages
        return app

    def reload(self) -> None:
        """Read tables and keys again; what cannot be read leaves the old ones serving, and says so."""
        super().reload()
        try:
            self.callable = self.load()
        except (EstimatorError, OSError) as error:
            log.warning("Reload failed, the old price book goes on serving: %s", error)
            self.callable.extensions["reload_failure"] = str(error)
        else:
            log.info("Reloaded: price book %s.", self.callable.extensions["price_book_version"])

    def run(self) -> None:
        """Serve until told to stop."""
        DrainingArbiter(self, self.settings.drain_seconds).run()


class DrainingArbiter(Arbiter):  # type: ignore[misc] # gunicorn has no type hints
    """A master that goes on serving for a while when it is told to stop, but says that it is not ready.

    Parameters
    ----------
    server : what is served
    drain_seconds : time for those who send requests to see it
    """

    def __init__(self, server: Server, drain_seconds: float) -> None:
        self.drain_seconds = drain_seconds
        self.stops_at: float | None = None
        say_stopping(stops=False)
        super().__init__(server)

    def handle_term(self) -> None:
        """Begin to stop; told a second time, stop at once."""
        say_stopping()
        if self.stops_at is not None or not self.drain_seconds:
            raise StopIteration
        self.stops_at = time.monotonic() + self.drain_seconds
        self.log.info("Stopping: not ready any more, serving for %s s.", self.drain_seconds)

    def manage_workers(self) -> None:
        """Keep the number of workers until it is time to stop."""
        super().manage_workers()
        if self.stops_at is not None and time.monotonic() >= self.stops_at:
            raise StopIteration


def options(settings: Settings) -> dict[str, Any]:
    """Write the settings in gunicorn's words."""
    return {
        "bind": f"{settings.host}:{settings.port}",
        "workers": settings.worker_count,
        "threads": settings.threads,
        "worker_class": PatientWorker,
        "worker_connections": min(settings.max_connections, most_files() - SPARE_FILES),
        "preload_app": True,
        "timeout": settings.timeout_seconds,
        "graceful_timeout": settings.graceful_timeout_seconds,
        "keepalive": settings.keep_alive_seconds,
        "max_requests": settings.max_requests,
        "max_requests_jitter": settings.max_requests_jitter,
        "forwarded_allow_ips": settings.forwarded_allow_ips,
        "limit_request_line": 8190,
        "loglevel": settings.log_level,
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108 - memory, so that a slow disk stops no heartbeat
        "control_socket_disable": True,
        "post_fork": lambda _server, worker: begin(worker, settings),
        "child_exit": lambda _server, worker: end_worker(worker.pid),
        "on_exit": lambda _server: drop_metrics(),
    }


def begin(worker: PatientWorker, settings: Settings) -> None:
    """Prepare a worker that was just forked."""
    worker.receive_seconds = float(settings.receive_seconds)
    worker.largest_body = settings.max_body_bytes
    sys.setswitchinterval(SWITCH_SECONDS)
    if settings.metrics:
        begin_worker()


def most_files() -> int:
    """Return how many files this process may open; as many as the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard or hard == resource.RLIM_INFINITY:
        soft = min(hard, MOST_FILES) if hard != resource.RLIM_INFINITY else MOST_FILES
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft


def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    if settings.metrics:
        share_metrics()
    from estimator.web.app import create_app, log_to_stderr

    log_to_stderr(settings.log_level)
    Server(settings, create_app).run()
