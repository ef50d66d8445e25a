"""What a reload keeps and what it drops, in this process; test_faults.py sends SIGHUP to a real one."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from flask import Flask

from estimator.web.app import create_app
from estimator.web.serving.gunicorn import Server
from estimator.web.settings import Settings


@pytest.fixture(params=["", "5 per hour"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    found = Server(Settings(log_level="error", rate_limit=request.param), create_app)
    found.wsgi()
    yield found
    gc.unfreeze()


def test_a_reload_leaves_nothing_of_the_old_application(server: Server) -> None:
    old = [weakref.ref(server.callable), weakref.ref(server.callable.extensions["library"])]
    server.reload()
    assert [each() for each in old] == [None, None]
    assert gc.get_freeze_count() > 0


@pytest.mark.parametrize(
    ("fault", "told"), [(OSError("no such folder"), "no such folder"), (KeyError("secret"), "unexpected KeyError")]
)
def test_whatever_breaks_a_reload_leaves_the_old_application(
    server: Server, caplog: pytest.LogCaptureFixture, fault: Exception, told: str
) -> None:
    def broken(_: Settings) -> Flask:
        raise fault

    old = server.callable
    server.load_app = broken
    with caplog.at_level("WARNING"):
        server.reload()
    assert server.callable is old
    assert old.extensions["reload_failure"] == told
    assert "the old price book goes on serving" in caplog.text
    assert ("Traceback" in caplog.text) == isinstance(fault, KeyError)
