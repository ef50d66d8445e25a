"""One application with the shipped price book for all tests of the web."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from estimator.web.app import create_app
from estimator.web.settings import Settings
from tests.shipped import LIBRARY

collect_ignore = ["fuzz.py"]  # it needs a library that make fuzz alone installs


@pytest.fixture(scope="session")
def app() -> Flask:
    return create_app(Settings(log_level="error"), LIBRARY)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures that tests of faults noted, under the name of the fault."""
    for report in terminalreporter.stats.get("passed", []):
        for what, figure in report.user_properties:
            terminalreporter.write_line(f"{report.location[2].removeprefix('test_')}: {what}: {figure}")
