"""What a reload keeps and what it drops, in this process; test_faults.py sends SIGHUP to a real one."""

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from estimator.price_book.tables import COLUMNS
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


def test_a_reload_counts_the_rows_of_the_new_book(tmp_path: Path) -> None:
    tables = tmp_path / "gpu_prices.csv"
    tables.write_text(",".join(COLUMNS) + "\n")
    server = Server(Settings(log_level="error", pricing_folder=str(tmp_path)), create_app)
    server.wsgi()
    before = _rows_of(server, "gpu_prices")
    with tables.open("a") as file:
        cells = {"offer": "acme/h100", "price": "gpu_hour", "value": "2", "unit": "USD/GPU-hour", "currency": "USD"}
        file.write(",".join({**cells, "recorded_on": "2026-11-20"}.get(each, "") for each in COLUMNS) + "\n")
    assert _rows_of(server, "gpu_prices") == before
    server.reload()
    assert _rows_of(server, "gpu_prices") == before + 1
    gc.unfreeze()


def _rows_of(server: Server, table: str) -> int:
    tables = server.callable.test_client().get("/api/v1/prices").get_json()["tables"]
    return next(int(each["rows"]) for each in tables if each["table"] == table)


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
