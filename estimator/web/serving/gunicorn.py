"""How gunicorn serves the application: set by Settings, loaded once, forked into workers."""

import gc
import logging
import os
import resource
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from estimator.errors import EstimatorError, ScenarioError
from estimator.web.addresses import trusted_proxies
from estimator.web.running.process import INNER, LONG_WORK_AT, say_closing, say_serving, say_stopping
from estimator.web.running.shared_metrics import begin_worker, drop_metrics, end_worker, share_metrics
from estimator.web.serving.worker import SPARE_FILES, PatientWorker
from estimator.web.settings import Settings, variable
from estimator.web.sizing import keep_one_heap

LOW_PRIORITY = 10
"""Niceness of the processes for long computations: the others come first where processors are few."""

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
        self.local = f"\0estimator-{os.urandom(16).hex()}"  # an address without a file, of Linux
        super().__init__()

    def load_config(self) -> None:
        """Hand the settings to gunicorn."""
        for name, value in options(self.settings, self.local).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the application."""
        app = self.load_app(self.settings)
        gc.freeze()  # the tables stay: no collection in a worker has to walk through them, or copies their pages
        return app

    def reload(self) -> None:
        """Read tables and keys again; what cannot be read leaves the old ones serving, and says so."""
        super().reload()
        gc.unfreeze()  # else the old application could never be collected
        try:
            self.callable = self.load_app(self.settings)
        except Exception as error:  # whatever a table does to its reader, the old book goes on serving
            known = isinstance(error, EstimatorError | OSError)
            log.warning("Reload failed, the old price book goes on serving: %s", error, exc_info=not known)
            self.callable.extensions["reload_failure"] = str(error) if known else f"unexpected {type(error).__name__}"
        else:
            log.info("Reloaded: price book %s.", self.callable.extensions["price_book_version"])
        gc.collect()
        gc.freeze()

    def run(self) -> None:
        """Serve until told to stop."""
        Master(self, self.settings).run()


class Master(Arbiter):  # type: ignore[misc] # gunicorn has no type hints
    """A master of two sorts of workers, that goes on serving for a while when it is told to stop.

    Short questions are answered by workers at the door; long ones by workers behind a socket of this machine.

    Parameters
    ----------
    server : what is served
    settings : how the service runs
    """

    def __init__(self, server: Server, settings: Settings) -> None:
        self.settings = settings
        self.stops_at: float | None = None
        self.long_ones_wait = False
        say_serving()
        super().__init__(server)

    def give_role(self, worker: PatientWorker) -> None:
        """Make a worker one for long computations if too few of its generation are, and give it its socket."""
        long_ones = sum(each.is_long and not each.retires for each in self.WORKERS.values())
        worker.is_long = long_ones < self.settings.heavy_worker_count
        worker.others = [each for each in worker.sockets if _is_local(each) != worker.is_long]
        worker.sockets = [each for each in worker.sockets if _is_local(each) == worker.is_long]

    def reload(self) -> None:
        """Replace every worker by one that has read the tables again."""
        for each in self.WORKERS.values():
            each.retires = True
        super().reload()

    def handle_term(self) -> None:
        """Begin to stop; told a second time, stop at once."""
        say_stopping()
        if self.stops_at is not None or not self.settings.drain_seconds:
            raise StopIteration
        self.stops_at = time.monotonic() + self.settings.drain_seconds
        self.log.info("Stopping: not ready any more, serving for %s s.", self.settings.drain_seconds)

    def signal(self, sig: int, frame: Any) -> None:
        """Take a signal; who asks whether the service is ready learns at once that it is told to stop."""
        if sig == signal.SIGTERM:
            say_stopping()
        super().signal(sig, frame)

    def not_possible(self) -> None:
        """Refuse a signal of gunicorn that workers of two sorts would not survive."""
        self.log.warning(
            "The number of workers is a setting, and another program is another start: "
            "SIGTTIN, SIGTTOU and SIGUSR2 change nothing. SIGHUP reads tables and keys again."
        )

    handle_ttin = handle_ttou = handle_usr2 = not_possible

    def manage_workers(self) -> None:
        """Keep the number of workers until it is time to stop."""
        super().manage_workers()
        if self.stops_at is not None and time.monotonic() >= self.stops_at:
            raise StopIteration

    def stop(self, graceful: bool = True) -> None:  # noqa: FBT001, FBT002 - gunicorn's signature
        """Close the door; the socket of long computations stays open in their workers, who end last."""
        say_closing()
        for local in [each for each in self.LISTENERS if _is_local(each)]:
            local.close()
            self.LISTENERS.remove(local)
        super().stop(graceful)

    def kill_workers(self, sig: int) -> None:
        """Stop the workers; those for long computations after the others, which may still need them."""
        self.long_ones_wait = sig == signal.SIGTERM
        for number, worker in list(self.WORKERS.items()):
            if not (self.long_ones_wait and worker.is_long):
                self.kill_worker(number, sig)

    def reap_workers(self) -> None:
        """Take note of who has ended; let those for long computations end after the others."""
        super().reap_workers()
        if self.long_ones_wait and all(worker.is_long for worker in self.WORKERS.values()):
            self.long_ones_wait = False
            for number in list(self.WORKERS):
                self.kill_worker(number, signal.SIGTERM)


def _is_local(listener: Any) -> bool:
    """Tell whether a socket is the one of long computations."""
    return bool(listener.sock.family == socket.AF_UNIX)


def options(settings: Settings, local: str = "") -> dict[str, Any]:
    """Write the settings in gunicorn's words.

    Parameters
    ----------
    local : address of the socket for long computations
    """
    host = f"[{settings.host.strip('[]')}]" if ":" in settings.host else settings.host
    return {
        "bind": [f"{host}:{settings.port}", f"unix:{local}"],
        "workers": settings.worker_count + settings.heavy_worker_count,
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
        "forwarder_headers": "",  # no header of a client moves the service to another path
        "limit_request_line": 8190,
        "loglevel": settings.log_level,
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108 - memory, so that a slow disk stops no heartbeat
        "control_socket_disable": True,
        "pre_fork": lambda master, worker: master.give_role(worker),
        "post_fork": lambda _master, worker: begin(worker, settings, local),
        "child_exit": lambda _master, worker: end_worker(worker.pid),
        "on_exit": lambda _master: drop_metrics(),
    }


def begin(worker: PatientWorker, settings: Settings, local: str) -> None:
    """Prepare a worker that was just forked."""
    for listener in worker.others:
        listener.close()
    worker.receive_seconds = float(settings.receive_seconds)
    worker.largest_body = settings.max_body_bytes
    if settings.metrics:
        begin_worker()
    app = worker.app.wsgi()
    if worker.is_long:
        app.config[INNER] = True
        os.nice(LOW_PRIORITY)
    else:
        app.config[LONG_WORK_AT] = local


def most_files() -> int:
    """Return how many files this process may open; as many as the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard or hard == resource.RLIM_INFINITY:
        soft = min(hard, MOST_FILES) if hard != resource.RLIM_INFINITY else MOST_FILES
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft


def serve(settings: Settings) -> None:
    """Serve until told to stop.

    Raises
    ------
    ScenarioError : a setting cannot be used, or sockets are handed in
    """
    trusted_proxies(settings.forwarded_allow_ips)  # before gunicorn reads it, in words of its own
    if os.environ.get("LISTEN_FDS"):
        raise ScenarioError(
            "Sockets that another program opened (LISTEN_FDS) cannot be used: the service opens one of each sort. "
            f"Say where to listen by {variable('host')} and {variable('port')}."
        )
    keep_one_heap()
    if settings.metrics:
        share_metrics()
    from estimator.web.app import create_served_app, log_to_stderr

    log_to_stderr(settings.log_level)
    Server(settings, create_served_app).run()
