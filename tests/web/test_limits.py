"""Limits of requests: in the memory of one process, and by Redis over two workers."""

import shutil
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from estimator.errors import ScenarioError
from estimator.web.app import create_app
from estimator.web.keys import make_key
from estimator.web.settings import Settings
from tests.web.served import free_port, served

PRICES = "/api/v1/fields"


def test_the_request_beyond_the_limit_is_told_when_to_come_again() -> None:
    client = create_app(Settings(log_level="error", rate_limit="3 per hour")).test_client()
    assert [client.get(PRICES).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    found = client.get("/api/v1/presets")
    assert found.status_code == 429
    assert found.content_type == "application/problem+json"
    assert 3000 < int(found.headers["Retry-After"]) <= 3601
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 429
    assert {client.get(path).status_code for path in ("/healthz", "/readyz", "/metrics")} == {200}
    assert client.get(PRICES, environ_overrides={"REMOTE_ADDR": "10.0.0.9"}).status_code == 200


def test_keys_are_counted_each_for_itself(tmp_path: Path) -> None:
    made = [make_key(name, None) for name in ("one", "two")]
    file = tmp_path / "keys"
    file.write_text("\n".join(key.line for _, key in made), "utf-8")
    app = create_app(Settings(log_level="error", rate_limit="2 per hour", api_keys_file=str(file)))
    client = app.test_client()
    statuses = [client.get(PRICES, headers={"X-API-Key": secret}).status_code for secret, _ in made for _ in range(3)]
    assert statuses == [200, 200, 429] * 2


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rate_limit": "many"}, "is no limit: 'many'"),
        ({"rate_limit": "1 per minute", "rate_limit_storage": "nowhere://x"}, "cannot be used"),
    ],
)
def test_a_limit_that_cannot_be_kept_stops_the_start(given: dict[str, str], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        create_app(Settings(**given))  # type: ignore[arg-type] # texts alone


def test_counting_in_memory_says_that_workers_count_by_themselves(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING"):
        create_app(Settings(rate_limit="2 per hour", workers=3))
    assert "each of 3 workers allows 2 per hour" in caplog.text


def ask(address: str) -> int:
    try:
        with urlopen(f"{address}{PRICES}", timeout=10) as answer:  # noqa: S310 - an address of ours
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    command = shutil.which("redis-server")
    if command is None:
        pytest.skip("redis-server is not installed: continuous integration installs it")
    port = free_port()
    with (tmp_path / "redis.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - a fixed command
            [command, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)], stdout=log
        )
    end = time.monotonic() + 10.0
    while time.monotonic() < end:
        with socket.socket() as door:
            if door.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield port, process
    process.kill()
    process.wait()


@pytest.mark.slow
def test_two_workers_share_one_limit_and_count_alone_without_their_storage(
    tmp_path: Path, redis: tuple[int, "subprocess.Popen[bytes]"]
) -> None:
    port, process = redis
    settings = {"ESTIMATOR_RATE_LIMIT": "20 per hour", "ESTIMATOR_RATE_LIMIT_STORAGE": f"redis://127.0.0.1:{port}"}
    with served(tmp_path / "log", **settings) as (address, _):
        assert Counter(ask(address) for _ in range(60)) == {200: 20, 429: 40}
        process.kill()
        process.wait()
        without = Counter(ask(address) for _ in range(80))
        assert without.keys() == {200, 429}
        assert 20 <= without[200] <= 40
        with urlopen(f"{address}/metrics", timeout=10) as found:  # noqa: S310 - an address of ours
            assert "estimator_rate_limit_storage_down 1.0" in found.read().decode()
