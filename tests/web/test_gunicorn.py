"""A real gunicorn with two workers: answers, counts over both, loses nothing when it is told to stop."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from estimator.web.schemas.estimates import EXAMPLE
from tests.web.served import served
from tests.web.soak import LONG, soak

pytestmark = pytest.mark.slow


def post(address: str, body: bytes = json.dumps(EXAMPLE).encode()) -> tuple[int, bytes]:
    request = Request(f"{address}/api/v1/estimates", body, {"Content-Type": "application/json"})  # noqa: S310 - an address of ours
    try:
        with urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
            return answer.status, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served") / "log"


@pytest.fixture(scope="module")
def service(log: Path) -> Iterator[str]:
    with served(log) as (address, _):
        yield address


def test_it_answers_estimates_and_both_workers_count(service: str, log: Path) -> None:
    answers = [post(service) for _ in range(20)]
    assert {status for status, _ in answers} == {200}
    assert len({body for _, body in answers}) == 1
    with urlopen(f"{service}/metrics", timeout=10) as found:  # noqa: S310 - an address of ours
        written = found.read().decode()
    assert 'estimator_requests_total{endpoint="estimates.estimateScenario",method="POST",status="200"} 20.0' in written
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines() if line.startswith("{")]
    assert sum(line["endpoint"] == "estimates.estimateScenario" for line in lines) == 20


def test_a_body_that_is_too_large_or_not_json_is_refused(service: str) -> None:
    for size in (1_000_001, 5_000_000):
        assert post(service, b"x" * size)[0] == 413
    assert post(service, b"{")[0] == 400


def test_a_wrong_setting_stops_the_start_with_exit_code_two(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="Nearest known: ESTIMATOR_PORT"),
        served(tmp_path / "log", ESTIMATOR_PROT="1"),
    ):
        pytest.fail("it must not start")


def test_the_settings_command_refuses_in_the_same_words() -> None:
    found = subprocess.run(
        ["estimator", "settings"],  # noqa: S607 - the command of this environment
        env={"ESTIMATOR_PROT": "1", "PATH": str(Path(sys.executable).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 2
    assert "Nearest known: ESTIMATOR_PORT" in found.stderr


def test_short_requests_are_quick_beside_long_ones() -> None:
    """A short form of make soak: nothing fails; the times are measured there, where nothing else runs."""
    found = soak(150, 0.005, LONG[:2])
    assert set(found.statuses) == {200}
    assert set(found.long_statuses) <= {200, 503}
    assert found.long_statuses[200] >= 2
