"""How gunicorn serves the application: set by Settings, loaded once, forked into workers."""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from estimator.web.settings import Settings

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
METRICS_PREFIX = "estimator-metrics-"


class Server(BaseApplication):  # type: ignore[misc] # gunicorn has no type hints
    """Gunicorn with the settings of the service.

    Parameters
    ----------
    settings : how the service runs
    load_app : makes the WSGI application, called once before the workers are forked
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


def options(settings: Settings) -> dict[str, Any]:
    """Write the settings in gunicorn's words."""
    return {
        "bind": f"{settings.host}:{settings.port}",
        "workers": settings.worker_count,
        "threads": settings.threads,
        "worker_class": "gthread",
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
        "child_exit": forget_worker,
        "on_exit": drop_metrics,
    }


def forget_worker(_server: Any, worker: Any) -> None:
    """Drop the live gauges of a worker that has ended."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call] # the library has no hints


def share_metrics() -> None:
    """Give all workers one folder for their counters; it must be named before prometheus_client is imported."""
    if METRICS_FOLDER not in os.environ:
        os.environ[METRICS_FOLDER] = tempfile.mkdtemp(prefix=METRICS_PREFIX)


def drop_metrics(_server: Any) -> None:
    """Remove the folder that share_metrics made."""
    folder = Path(os.environ.get(METRICS_FOLDER, ""))
    if folder.name.startswith(METRICS_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    if settings.metrics:
        share_metrics()
    from estimator.web.app import create_app, log_to_stderr

    log_to_stderr(settings.log_level)
    Server(settings, create_app).run()
