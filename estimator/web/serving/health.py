"""Ask the running service whether it is ready: python -m estimator.web.serving.health, exit code 0 if so."""

import sys
from contextlib import closing
from http.client import HTTPConnection, HTTPException

from estimator.web.settings import read_settings

EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to ask, not where to listen
"""Where to ask a service that listens on every address."""


def is_ready(host: str, port: int, seconds: float = 4.0) -> bool:
    """Ask the service on this machine, by no proxy.

    Parameters
    ----------
    host, port : where it listens
    """
    host = host.strip("[]")
    with closing(HTTPConnection(EVERYWHERE.get(host, host), port, timeout=seconds)) as connection:
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False


if __name__ == "__main__":
    settings = read_settings()
    sys.exit(0 if is_ready(settings.host, settings.port) else 1)
