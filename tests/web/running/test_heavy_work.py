"""The budget of time and the places of long computations, on their own and in the application."""

import contextvars
import threading
import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from estimator.computation import compute
from estimator.deadline import Deadline, allowed, check_time
from estimator.errors import EstimatorError, TimeBudgetError
from estimator.estimate import estimate, open_book
from estimator.presets import presets
from estimator.price_book import Library
from estimator.web.app import create_app
from estimator.web.running import heavy_work, process
from estimator.web.running.handing_over import hand_over
from estimator.web.running.heavy_work import LONG_ENDPOINTS, Work
from estimator.web.running.places import BusyError, Places
from estimator.web.schemas.estimates import EXAMPLE
from estimator.web.schemas.scenario import read_scenario
from estimator.web.settings import Settings
from tests.shipped import LIBRARY

PROMPTED = presets()["review-sentiment"].scenario
SWEEP = {"scenario": EXAMPLE, "axes": [{"pointer": "/horizon_months", "values": list(range(1, 301))}]}


@pytest.fixture
def library(app: Flask) -> Library:
    found: Library = app.extensions["library"]
    return found


def test_every_computation_looks_at_the_clock(library: Library) -> None:
    scenario = read_scenario(EXAMPLE)
    with allowed(Deadline(-1.0)), pytest.raises(TimeBudgetError, match="fewer cells"):
        estimate(scenario, library)
    with allowed(Deadline(-1.0)), pytest.raises(TimeBudgetError):
        compute(scenario, open_book(scenario, library))
    estimate(scenario, library)


def test_no_answer_by_cell_takes_the_end_of_the_time_for_an_error_of_the_cell() -> None:
    assert not issubclass(TimeBudgetError, EstimatorError)


def test_a_deadline_looks_at_no_clock_that_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    deadline = Deadline(60.0)
    monkeypatch.setattr(time, "time", lambda: 4e9)
    with allowed(deadline):
        check_time()
    assert 59.0 < deadline.left_seconds <= 60.0


@pytest.fixture
def hurried(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of an application in which every computation comes too late."""

    def over(seconds: float, _: float) -> Deadline:
        deadline = Deadline(seconds)
        deadline.ends -= 1000.0
        return deadline

    monkeypatch.setattr(heavy_work, "Deadline", over)
    return app.test_client()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/estimates", EXAMPLE),
        ("/api/v1/estimates?include=flips", EXAMPLE),
        ("/api/v1/estimates?include=bands", EXAMPLE),
        ("/api/v1/sweeps", SWEEP),
        ("/api/v1/sensitivity", {"scenario": EXAMPLE}),
        ("/api/v1/options", {"scenario": PROMPTED}),
        ("/api/v1/comparisons", {"left": EXAMPLE, "right": EXAMPLE}),
        ("/api/v1/charts/cost-over-time", EXAMPLE),
        ("/api/v1/portfolios", {"template": EXAMPLE, "csv": "/horizon_months\n12\n"}),
    ],
)
def test_what_takes_too_long_is_stopped_and_told_when_to_come_again(hurried: Any, path: str, body: Any) -> None:
    found = hurried.post(path, json=body)
    assert found.status_code == 503, found.text
    assert found.content_type == "application/problem+json"
    assert int(found.headers["Retry-After"]) >= 1
    assert found.json["type"] == "/docs#time-budget"


def test_waiting_for_a_thread_is_part_of_the_time(app: Flask) -> None:
    """The request had arrived 30 s ago, with 20 s for all of its work."""

    def ask() -> int:
        process.say_whole_at(time.monotonic() - 30.0)
        return app.test_client().post("/api/v1/estimates", json=EXAMPLE).status_code

    assert contextvars.copy_context().run(ask) == 503
    assert app.test_client().post("/api/v1/estimates", json=EXAMPLE).status_code == 200


def test_a_page_that_takes_too_long_is_a_page(hurried: Any) -> None:
    found = hurried.get("/compare?a=review-sentiment&b=prototype", headers={"Accept": "text/html"})
    assert found.status_code == 503
    assert "Time budget exceeded" in found.text
    assert "Retry-After" in found.headers


class Ticking:
    """Allows some looks at the clock, then no more."""

    def __init__(self, looks: int) -> None:
        self.looks = looks
        self.left_seconds = 1.0

    def check(self) -> None:
        self.looks -= 1
        if self.looks < 0:
            raise TimeBudgetError("Too late.", 1.0)


@pytest.mark.parametrize(
    ("accept", "last"),
    [
        ("application/x-ndjson", b'{"error":{"pointer":"","detail":"Too late."}}\n'),
        ("text/csv", b",Too late.\r\n"),
    ],
)
def test_rows_that_are_being_sent_end_with_the_reason(
    app: Flask, monkeypatch: pytest.MonkeyPatch, accept: str, last: bytes
) -> None:
    monkeypatch.setattr(heavy_work, "Deadline", lambda *_: Ticking(200))
    axes = [
        {"pointer": "/annual_discount_rate", "from": 0, "to": 1, "points": 1000},
        {"pointer": "/workload/requests_per_month", "from": 1, "to": 1000, "points": 200},
    ]
    body = {"scenario": EXAMPLE, "axes": axes}
    found = app.test_client().post("/api/v1/sweeps", json=body, headers={"Accept": accept})
    assert found.status_code == 200
    assert found.data.endswith(last)
    assert found.data.count(b"\n") > 8000


def test_places_are_taken_waited_for_and_given_back() -> None:
    places = Places(running=1, wanting=2, wait_seconds=0.05)
    places.take(1.0)
    with pytest.raises(BusyError):
        places.take(1.0)
    taken = threading.Event()

    def wait() -> None:
        Places.take(patient, 5.0)
        taken.set()

    patient = Places(running=1, wanting=2, wait_seconds=5.0)
    patient.take(1.0)
    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.05)
    start = time.monotonic()
    with pytest.raises(BusyError):
        patient.take(5.0)
    assert time.monotonic() - start < 1.0, "a third one must not wait"
    patient.give_back()
    waiting.join(5.0)
    assert taken.is_set()


def test_short_work_takes_no_place_and_long_work_gives_it_back() -> None:
    places = Places(running=1, wanting=1, wait_seconds=0.0)
    short, long = (Work(Deadline(60.0), places, light_seconds) for light_seconds in (60.0, -1.0))
    short.check()
    assert not short.has_place
    long.check()
    assert long.has_place
    with pytest.raises(BusyError):
        Work(Deadline(60.0), places, -1.0).check()
    long.end()
    long.end()
    Work(Deadline(60.0), places, -1.0).check()


def test_a_place_is_given_back_whatever_becomes_of_the_request() -> None:
    app = create_app(Settings(log_level="error", threads=1, heavy_wait_seconds=0), LIBRARY)
    client = app.test_client()
    for _ in range(3):
        assert client.post("/api/v1/sweeps", json=SWEEP).status_code == 200
        assert client.post("/api/v1/sweeps", json={}).status_code == 422
        assert client.post("/api/v1/sweeps", data=b"{", content_type="application/json").status_code == 400
        found = client.post("/api/v1/sweeps", json=SWEEP, headers={"Accept": "text/csv"})
        assert found.status_code == 200
        found.close()


def test_what_is_called_long_exists(app: Flask) -> None:
    assert app.view_functions.keys() >= LONG_ENDPOINTS | {heavy_work.ESTIMATES}


@pytest.mark.parametrize(
    ("method", "path", "takes"),
    [
        ("POST", "/api/v1/estimates?include=flips", True),
        ("POST", "/api/v1/estimates?include=volume,flips", True),
        ("POST", "/api/v1/sweeps", True),
        ("GET", "/healthz?include=flips", False),
        ("GET", "/static/page.css?include=flips", False),
        ("GET", "/api/v1/prices?include=flips", False),
        ("GET", "/nowhere?include=flips", False),
        ("OPTIONS", "/api/v1/sweeps", False),
        ("OPTIONS", "/api/v1/estimates?include=flips", False),
    ],
)
def test_only_what_can_be_long_takes_a_place_before_it_begins(
    app: Flask, monkeypatch: pytest.MonkeyPatch, method: str, path: str, *, takes: bool
) -> None:
    taken: list[str] = []
    monkeypatch.setattr(Work, "take_place", lambda _: taken.append(path))
    with app.test_client().open(path, method=method):
        assert bool(taken) == takes


def test_a_place_at_the_door_is_given_back_whatever_goes_wrong(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    places = Places(1, 1, 0.0)
    monkeypatch.setattr("estimator.web.running.handing_over._ask", lambda _: [][0])
    for _ in range(3):
        with app.test_request_context(), pytest.raises(IndexError):
            hand_over("\0nobody", places, 1.0)
    places.take(0.0)


def test_one_document_that_would_fill_the_memory_is_refused_with_what_to_do(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("estimator.web.door.MOST_JSON_BYTES", 2**20)
    wide = {"scenario": SWEEP["scenario"], "axes": [{"pointer": "/horizon_months", "values": list(range(1, 601))}]}
    many = {f"{place} {'x' * 110}": each for place in range(12) for each in wide["scenario"]["approaches"].values()}
    asked = wide | {"scenario": wide["scenario"] | {"approaches": many}}
    asked["scenario"].pop("baseline", None)
    refused = client.post("/api/v1/sweeps", json=asked)
    assert refused.status_code == 422
    assert "application/x-ndjson" in refused.get_json()["detail"]
    lines = client.post("/api/v1/sweeps", json=asked, headers={"Accept": "application/x-ndjson"}).data.splitlines()
    assert len(lines) == 600
