"""Ask the running service whether it is ready: python -m estimator.web.serving.health, exit code 0 if so."""

import sys
from contextlib import closing
from http.client import HTTPConnection, HTTPException

from estimator.web.settings import read_settings


def is_ready(host: str, port: int, seconds: float = 4.0) -> bool:
    """Ask the service on this machine, by no proxy.

    Parameters
    ----------
    host, port : where it listens; an address that stands for every one leads to this machine
    """
    with closing(HTTPConnection(host.strip("[]"), port, timeout=seconds)) as connection:
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False


if __name__ == "__main__":
    settings = read_settings()
    sys.exit(0 if is_ready(settings.host, settings.port) else 1)
