"""Ask the running service whether it is ready: python -m estimator.web.health, exit code 0 if so."""

import sys
from urllib.error import URLError
from urllib.request import urlopen

from estimator.web.settings import read_settings


def is_ready(port: int, seconds: float = 4.0) -> bool:
    """Ask the service on this machine."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=seconds) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(0 if is_ready(read_settings().port) else 1)
