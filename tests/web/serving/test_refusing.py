"""What the worker refuses without asking the application: it looks like any other refusal, and tells nothing on."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from estimator.web.running.observing import ALWAYS
from tests.web.asking import POST, connect, read, told
from tests.web.served import served

pytestmark = pytest.mark.slow
CHUNKED = b"POST /api/v1/estimates?s=SECRET HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
REFUSED = {
    "no HTTP": (400, b"SECRET\r\n\r\n"),
    "an empty line too many": (400, b"\r\n\r\nGET /SECRET HTTP/1.1\r\n\r\n"),
    "a version of its own": (400, b"GET /?s=SECRET HTTP/9.9\r\n\r\n"),
    "a header without a name": (400, b"GET /?s=SECRET HTTP/1.1\r\nHost: x\r\n: SECRET\r\n\r\n"),
    "a space in a name": (400, b"GET /?s=SECRET HTTP/1.1\r\nHost : SECRET\r\n\r\n"),
    "two lengths": (400, b"POST /?s=SECRET HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    "a length that is no number": (400, b"POST /?s=SECRET HTTP/1.1\r\nContent-Length: +1\r\n\r\na"),
    "a length and chunks": (400, CHUNKED.replace(b"Host", b"Content-Length: 3\r\nHost") + b"0\r\n\r\n"),
    "a size that is no number": (400, CHUNKED + b"SECRET\r\n"),
    "an extension that is none": (400, CHUNKED + b"1;=SECRET\r\na\r\n0\r\n\r\n"),
    "a chunk without an end": (400, CHUNKED + b"1\r\nabc0\r\n\r\n0\r\n\r\n"),
    "a trailer that is none": (400, CHUNKED + b"1\r\na\r\n0\r\nSECRET\r\n\r\n"),
    "a header that came late": (408, b"GET /?s=SECRET HTTP/1.1\r\n"),
    "a body that came late": (408, POST.replace(b"Host", b"X: SECRET\r\nHost") % 5 + b"abc"),
    "a large body": (413, POST.replace(b"Host", b"X: SECRET\r\nHost") % 2_000_000),
    "a large chunk": (413, CHUNKED + b"f" * 7 + b"\r\n"),
    "a long address": (414, b"GET /?s=SECRET" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n"),
    "what nobody can expect": (417, b"GET /?s=SECRET HTTP/1.1\r\nExpect: SECRET\r\n\r\n"),
    "many headers": (431, b"GET /?s=SECRET HTTP/1.1\r\n" + b"X: SECRET\r\n" * 1000 + b"\r\n"),
    "a header without an end": (431, b"GET /?s=SECRET HTTP/1.1\r\nX: " + b"x" * 70_000),
    "an unknown encoding": (501, b"POST /?s=SECRET HTTP/1.1\r\nTransfer-Encoding: SECRET\r\n\r\n0\r\n\r\n"),
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("refusing") / "log"


@pytest.fixture(scope="module")
def address(log: Path) -> Iterator[str]:
    with served(log, ESTIMATOR_WORKERS="1", ESTIMATOR_RECEIVE_SECONDS="1") as (address, _):
        yield address


def counted(address: str) -> float:
    lines = read(address, "/metrics").splitlines()
    return sum(
        float(line.split()[-1]) for line in lines if line.startswith('estimator_requests_total{endpoint="refused"')
    )


@pytest.mark.parametrize(("status", "request_bytes"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_of_the_worker_looks_like_any_other(
    address: str, log: Path, status: int, request_bytes: bytes
) -> None:
    before = counted(address)
    with connect(address) as client:
        client.sendall(request_bytes)
        head, _, body = told(client).decode("latin-1").partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert first.startswith(f"HTTP/1.1 {status} ")
    assert headers["Content-Type"] == "application/problem+json"
    assert int(headers["Content-Length"]) == len(body)
    assert headers.items() >= dict(ALWAYS).items()
    assert headers["Connection"] == "close"
    problem = json.loads(body)
    assert problem["status"] == status
    assert problem["detail"]
    assert "SECRET" not in head + body
    assert counted(address) == before + 1
    written = [json.loads(line) for line in log.read_text("utf-8").splitlines() if line.startswith("{")]
    (line,) = (each for each in written if each["request_id"] == headers["X-Request-Id"])
    assert line["status"] == status
    assert line["endpoint"] == "refused"
    assert "SECRET" not in log.read_text("utf-8")


def test_who_says_nothing_is_not_logged(address: str) -> None:
    before = counted(address)
    with connect(address) as client:
        assert told(client) == b""
    assert counted(address) == before


def test_no_answer_names_gunicorn(address: str) -> None:
    for request in (b"GET /healthz HTTP/1.1\r\nConnection: close\r\nHost: x\r\n\r\n", b"SECRET\r\n\r\n"):
        with connect(address) as client:
            client.sendall(request)
            assert b"gunicorn" not in told(client)
