"""Limits of requests: in the memory of one process, and by Redis over two workers."""

import shutil
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from estimator.errors import ScenarioError
from estimator.web.addresses import address_of, trusted_proxies
from estimator.web.app import create_app
from estimator.web.keys import make_key
from estimator.web.settings import Settings
from tests.shipped import LIBRARY
from tests.web.asking import ask, read
from tests.web.served import free_port, served

PRICES = "/api/v1/fields"


def test_the_request_beyond_the_limit_is_told_when_to_come_again() -> None:
    client = create_app(Settings(log_level="error", rate_limit="3 per hour"), LIBRARY).test_client()
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
    app = create_app(Settings(log_level="error", rate_limit="2 per hour", api_keys_file=str(file)), LIBRARY)
    client = app.test_client()
    statuses = [client.get(PRICES, headers={"X-API-Key": secret}).status_code for secret, _ in made for _ in range(3)]
    assert statuses == [200, 200, 429] * 2


@pytest.mark.parametrize(
    ("peer", "hops", "expected"),
    [
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),  # the left one is the client's own word
        ("127.0.0.1", "203.0.113.7, 10.1.2.3", "203.0.113.7"),  # through two proxies that are trusted
        ("127.0.0.1", "10.1.2.3, 10.1.2.4", "10.1.2.3"),
        ("127.0.0.1", "198.51.100.1, nonsense", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1, nonsense, 10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("192.0.2.9", "203.0.113.7", "192.0.2.9"),  # a stranger's word
        ("192.0.2.9", "127.0.0.1", "192.0.2.9"),
        ("", "203.0.113.7", ""),
        ("::ffff:127.0.0.1", "203.0.113.7", "203.0.113.7"),  # a socket for IPv6 and IPv4 writes IPv4 so
        ("::ffff:192.0.2.9", "203.0.113.7", "192.0.2.9"),
        ("127.0.0.1", "203.0.113.7:4123", "203.0.113.7"),  # as some balancers write it
        ("127.0.0.1", "[2001:db8::1]:4123, 10.1.2.3", "2001:db8::1"),
    ],
)
def test_the_client_behind_a_trusted_proxy_is_the_last_address_that_is_no_proxy(
    peer: str, hops: str, expected: str
) -> None:
    assert address_of(peer, hops, trusted_proxies("127.0.0.1, 10.0.0.0/8")) == expected


def test_one_client_of_ipv6_is_counted_once_whatever_address_it_takes() -> None:
    client = create_app(Settings(log_level="error", rate_limit="2 per hour"), LIBRARY).test_client()
    statuses = [
        client.get("/api/v1/prices", environ_base={"REMOTE_ADDR": f"2001:db8::{place}"}).status_code
        for place in (1, 2, 3)
    ]
    assert statuses == [200, 200, 429]
    assert client.get("/api/v1/prices", environ_base={"REMOTE_ADDR": "2001:db8:0:1::1"}).status_code == 200


def test_where_everybody_is_trusted_the_last_hop_is_the_client() -> None:
    assert address_of("192.0.2.9", "198.51.100.1, 203.0.113.7", trusted_proxies("*")) == "203.0.113.7"


def test_clients_behind_a_proxy_are_counted_each_for_itself_and_cannot_forge_another() -> None:
    client = create_app(Settings(log_level="error", rate_limit="2 per hour"), LIBRARY).test_client()

    def ask(hops: str, peer: str = "127.0.0.1") -> int:
        sent = {"X-Forwarded-For": hops}
        return client.get(PRICES, headers=sent, environ_overrides={"REMOTE_ADDR": peer}).status_code

    assert [ask("203.0.113.7") for _ in range(3)] == [200, 200, 429]
    assert [ask("203.0.113.8") for _ in range(3)] == [200, 200, 429]
    assert [ask(f"198.51.100.{forged}, 203.0.113.7") for forged in range(3)] == [429] * 3
    assert [ask(f"203.0.113.{forged}", "192.0.2.9") for forged in range(20, 23)] == [200, 200, 429]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("DELETE", "/api/v1/estimates", 405)])
def test_what_stands_nowhere_is_counted_too(method: str, path: str, status: int) -> None:
    client = create_app(Settings(log_level="error", rate_limit="3 per hour"), LIBRARY).test_client()
    found = [client.open(path, method=method) for _ in range(5)]
    assert [each.status_code for each in found] == [status] * 3 + [429] * 2
    assert "Retry-After" in found[-1].headers
    assert client.get(PRICES).status_code == 429
    assert client.get("/healthz").status_code == 200


def test_whoever_tries_keys_is_counted_by_address_and_locks_nobody_else_out(tmp_path: Path) -> None:
    secret, key = make_key("one", None)
    expired, old = make_key("old", date(2020, 1, 31))
    file = tmp_path / "keys"
    file.write_text(f"{key.line}\n{old.line}\n", "utf-8")
    app = create_app(Settings(log_level="error", rate_limit="3 per hour", api_keys_file=str(file)), LIBRARY)
    client = app.test_client()
    tried = [client.get(PRICES, headers={"X-API-Key": f"guess {n}"}).status_code for n in range(5)]
    assert tried == [401, 401, 401, 429, 429]
    tried = [client.get(PRICES, headers={"X-API-Key": expired}).status_code for _ in range(5)]
    assert tried == [403, 403, 403, 429, 429]
    assert [client.get(PRICES, headers={"X-API-Key": secret}).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert client.get("/metrics").status_code == 429
    assert client.get("/metrics", headers={"X-API-Key": secret}).status_code == 200
    other = {"REMOTE_ADDR": "10.0.0.9"}
    assert client.get(PRICES, environ_overrides=other).status_code == 401


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rate_limit": "many"}, "is no limit: 'many'"),
        ({"forwarded_allow_ips": "10.0.0.1/8"}, "no list of addresses and networks"),
        ({"forwarded_allow_ips": "proxy.example"}, "no list of addresses and networks"),
        ({"rate_limit": "1 per minute", "rate_limit_storage": "nowhere://x"}, "cannot be used"),
    ],
)
def test_a_limit_that_cannot_be_kept_stops_the_start(given: dict[str, str], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        create_app(Settings(**given), LIBRARY)


def test_counting_in_memory_says_that_workers_count_by_themselves(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING"):
        create_app(Settings(rate_limit="2 per hour", workers=3), LIBRARY)
    assert "each of 3 workers allows 2 per hour" in caplog.text


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    command = shutil.which("redis-server")
    if command is None:
        pytest.skip("redis-server is not installed: continuous integration installs it")
    port = free_port()
    with (tmp_path / "redis.log").open("wb") as log:
        process = subprocess.Popen(
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
        assert Counter(ask(address, PRICES, None) for _ in range(60)) == {200: 20, 429: 40}
        process.kill()
        process.wait()
        without = Counter(ask(address, PRICES, None) for _ in range(80))
        assert without.keys() == {200, 429}
        assert 20 <= without[200] <= 40
        assert "estimator_rate_limit_storage_down 1.0" in read(address, "/metrics")
