import traceback
from pathlib import Path

import pytest
from click.testing import CliRunner

from estimator.cli import main
from estimator.errors import ScenarioError, UnknownNameError
from estimator.web.app import create_app
from estimator.web.serving.gunicorn import options
from estimator.web.settings import Settings, lines, read_settings
from tests.shipped import LIBRARY


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
    app = create_app(Settings(metrics=False), LIBRARY)
    assert app.test_client().get("/metrics").status_code == 404


@pytest.mark.parametrize(
    ("host", "bound"),
    [("::", "[::]:8000"), ("::1", "[::1]:8000"), ("[::1]", "[::1]:8000"), ("0.0.0.0", "0.0.0.0:8000")],  # noqa: S104 - nothing listens here
)
def test_an_address_of_colons_is_bracketed(host: str, bound: str) -> None:
    assert options(Settings(host=host))["bind"][0] == bound


SECRETS = [
    "redis://:hunter2@db:6379",
    "redis://name:hunter2@db:6379/0",
    "redis://:hun/te?r2@hunter2@db:6379",
    "redis://db:6379?password=hunter2",
    "rediss3://:hunter2@db:6379",
]


@pytest.mark.parametrize("storage", SECRETS)
def test_no_password_is_printed(storage: str) -> None:
    sent = {"ESTIMATOR_RATE_LIMIT_STORAGE": storage, "ESTIMATOR_RATE_LIMIT": "5 per hour"}
    found = CliRunner().invoke(main, ["settings"], env=sent)
    assert found.exit_code == 0
    assert "db:6379" in found.output
    assert "hunter2" not in found.output


@pytest.mark.parametrize("storage", [SECRETS[4], "redis://:hunter2@db:63x79", "redis://:hunter2/@db:1"])
def test_no_password_stands_in_what_refuses_the_storage(storage: str) -> None:
    with pytest.raises(ScenarioError, match="RATE_LIMIT_STORAGE cannot be used") as refusal:
        create_app(Settings(rate_limit="5 per hour", rate_limit_storage=storage), LIBRARY)
    told = "".join(traceback.format_exception(refusal.value))
    assert "hunter2" not in told
