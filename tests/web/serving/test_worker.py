"""When a request has wholly arrived, or is refused, as the loop of a worker sees it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimator.web.serving.worker import Arriving

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
IN_CHUNKS = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKED = IN_CHUNKS + b"5\r\nhello\r\n0\r\n\r\n"
TRAILED = IN_CHUNKS + b"5\r\nhello\r\n0\r\nX: y\r\n\r\n"
DECEPTIVE = IN_CHUNKS + b"9 ; a=b\r\n1\r\n0\r\n\r\n3\r\n3\r\nabc\r\n0\r\n\r\n"
REQUESTS = [GET, POST, CHUNKED, TRAILED, DECEPTIVE]
Cuts = st.lists(st.integers(0, len(DECEPTIVE)), max_size=6)


def pieces(request: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, *(cut for cut in cuts if cut < len(request)), len(request)})
    return [request[start:end] for start, end in pairwise(places)]


@pytest.mark.property
@given(cuts=Cuts, request=st.sampled_from(REQUESTS))
def test_a_request_is_whole_with_its_last_byte_however_it_was_cut(cuts: list[int], request: bytes) -> None:
    arriving = Arriving(largest_body=100)
    whole = [arriving.add(piece) for piece in pieces(request, cuts)]
    assert whole == [False] * (len(whole) - 1) + [True]
    assert bytes(arriving.bytes) == request
    assert arriving.end == len(request)


@pytest.mark.property
@given(request=st.sampled_from(REQUESTS), following=st.sampled_from([b"G", b"\r\n", b"GET / HTTP/1.1\r\n\r\n", b"0"]))
def test_a_request_ends_where_the_next_one_begins(request: bytes, following: bytes) -> None:
    arriving = Arriving(largest_body=100)
    assert arriving.add(request + following)
    assert arriving.end == len(request)


@pytest.mark.parametrize("length", [b"101", b"1" * 30, b"9" * 5000])
def test_nobody_waits_for_a_body_that_is_too_large(length: bytes) -> None:
    arriving = Arriving(largest_body=100)
    assert not arriving.add(b"POST / HTTP/1.1\r\nContent-Length: " + length + b"\r\nExpect: 100-continue\r\n\r\n")
    assert arriving.refusal == 413


@pytest.mark.parametrize("chunks", [b"65\r\n", b"64\r\n" + b"x" * 100 + b"\r\n1\r\n", b"f" * 5000 + b"\r\n"])
def test_chunks_have_the_same_limit(chunks: bytes) -> None:
    """0x64 = 100 bytes are allowed."""
    arriving = Arriving(largest_body=100)
    assert not arriving.add(IN_CHUNKS + chunks)
    assert arriving.refusal == 413


def test_the_frames_of_chunks_have_a_limit_too() -> None:
    """A byte in each chunk: five bytes of frame for one of body."""
    arriving = Arriving(largest_body=100_000)
    arriving.add(IN_CHUNKS)
    for _ in range(100):
        arriving.add(b"1\r\nx\r\n" * 1000)
    assert arriving.refusal == 413
    assert len(arriving.bytes) <= 700_000


def test_what_follows_the_last_chunk_has_a_limit() -> None:
    arriving = Arriving(100)
    assert not arriving.add(IN_CHUNKS + b"0\r\n" + b"x: y\r\n" * 20_000)
    assert arriving.refusal == 431


@pytest.mark.parametrize("length", [b"-1", b"+5", b"5,5", b"x", b"", b"0x5"])
def test_a_length_that_is_no_number_is_left_to_the_parser_to_refuse(length: bytes) -> None:
    assert Arriving(100).add(b"POST / HTTP/1.1\r\nContent-Length: " + length + b"\r\n\r\n")


@pytest.mark.parametrize("size", [b"x\r\n", b"\r\n", b"-1\r\n", b"0x5\r\n", b"5 5\r\n", b"f" * 9000, b";a\r\n"])
def test_a_size_that_is_no_number_is_left_to_the_parser_to_refuse(size: bytes) -> None:
    assert Arriving(100).add(IN_CHUNKS + size)


def test_a_client_that_waits_is_seen() -> None:
    arriving = Arriving(100)
    assert not arriving.add(b"POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n")
    assert arriving.expects


def test_nobody_is_asked_to_go_on_in_the_older_version_of_http() -> None:
    """RFC 9110, 10.1.1: a server ignores the expectation of a client of HTTP/1.0."""
    arriving = Arriving(100)
    assert not arriving.add(b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
    assert not arriving.expects


@pytest.mark.parametrize("fields", [b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked\r\nContent-Length: 5"])
def test_a_body_whose_length_nobody_can_tell_is_left_to_the_parser_at_once(fields: bytes) -> None:
    """RFC 9112, 6.3: the parser refuses it; nothing more is waited for."""
    assert Arriving(100).add(b"POST / HTTP/1.1\r\n" + fields + b"\r\n\r\n")


def test_a_header_without_an_end_is_refused() -> None:
    arriving = Arriving(100)
    assert not arriving.add(b"GET / HTTP/1.1\r\n" + b"x" * 70_000)
    assert arriving.refusal == 431


@pytest.mark.property
@given(
    beginning=st.sampled_from([b"", IN_CHUNKS, b"POST / HTTP/1.1\r\nContent-Length: "]),
    pieces=st.lists(
        st.one_of(st.binary(max_size=20), st.sampled_from([b"\r\n", b"0\r\n", b"5\r\nhello\r\n", b":", b"ff"]))
    ),
)
def test_whatever_comes_is_waited_for_taken_or_refused_within_its_bounds(beginning: bytes, pieces: list[bytes]) -> None:
    arriving = Arriving(largest_body=10)
    for piece in [beginning, *pieces]:
        whole = arriving.add(piece)
        if whole:
            assert arriving.end is not None
            assert arriving.end <= len(arriving.bytes)
        if whole or arriving.refusal:
            assert not (whole and arriving.refusal)
            return
