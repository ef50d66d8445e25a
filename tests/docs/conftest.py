"""The application, for the pages and lists that are read from the code."""

import pytest
from flask.testing import FlaskClient

from estimator.web.app import create_app
from estimator.web.settings import Settings
from tests.shipped import LIBRARY


@pytest.fixture(scope="session")
def client() -> FlaskClient:
    return create_app(Settings(log_level="error"), LIBRARY).test_client()
