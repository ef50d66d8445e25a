from pathlib import Path

import pytest

from estimator.errors import ScenarioError, UnknownNameError
from estimator.web.gunicorn import options
from estimator.web.settings import Settings, lines, read_settings


def test_settings_are_read_from_the_environment() -> None:
    found = read_settings(
        {
            "ESTIMATOR_PORT": "9000",
            "ESTIMATOR_METRICS": "no",
            "ESTIMATOR_PRICING_FOLDER": "/a:/b",
            "HOME": "/x",
            "ESTIMATOR_WORKERS": "",
        }
    )
    assert found == Settings(port=9000, metrics=False, pricing_folder="/a:/b")
    assert found.folders == (Path("/a"), Path("/b"))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ESTIMATOR_PORTS", "1", "Nearest known: ESTIMATOR_PORT"),
        ("ESTIMATOR_PORT", "high", "must be a number, not 'high'"),
        ("ESTIMATOR_PORT", "70000", "at most 65535"),
        ("ESTIMATOR_PORT", "80.5", "whole number"),
        ("ESTIMATOR_METRICS", "maybe", "true or false"),
        ("ESTIMATOR_LOG_LEVEL", "inof", "Nearest known: info"),
    ],
)
def test_a_wrong_setting_is_refused(name: str, value: str, words: str) -> None:
    with pytest.raises((ScenarioError, UnknownNameError), match=words):
        read_settings({name: value})


def test_every_setting_is_printed_and_reaches_gunicorn() -> None:
    assert {name for name, *_ in lines(Settings())} >= {"ESTIMATOR_WORKERS", "ESTIMATOR_MAX_BODY_BYTES"}
    given = options(Settings(workers=3, heavy_workers=2, threads=2, port=1, timeout_seconds=9), "/x/long")
    assert (given["workers"], given["threads"], given["timeout"]) == (5, 2, 9)
    assert given["bind"] == ["127.0.0.1:1", "unix:/x/long"]


def test_a_budget_that_the_timeout_would_cut_is_refused() -> None:
    with pytest.raises(ScenarioError, match="must be below ESTIMATOR_TIMEOUT_SECONDS"):
        read_settings({"ESTIMATOR_TIME_BUDGET_SECONDS": "60"})


def test_half_of_the_threads_stay_free_and_half_of_the_workers_are_for_long_questions() -> None:
    found = Settings(workers=4, threads=8)
    assert (found.most_handed_over, found.heavy_worker_count) == (4, 2)
    assert (Settings(workers=1, threads=1).most_handed_over, Settings(workers=1).heavy_worker_count) == (1, 1)


def test_metrics_can_be_left_out() -> None:
    from estimator.web.app import create_app

    app = create_app(Settings(metrics=False))
    assert app.test_client().get("/metrics").status_code == 404
