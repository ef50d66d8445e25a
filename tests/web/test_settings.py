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
    given = options(Settings(workers=3, threads=2, port=1, timeout_seconds=9))
    assert (given["workers"], given["threads"], given["bind"], given["timeout"]) == (3, 2, "127.0.0.1:1", 9)


def test_metrics_can_be_left_out() -> None:
    from estimator.web.app import create_app

    app = create_app(Settings(metrics=False))
    assert app.test_client().get("/metrics").status_code == 404
