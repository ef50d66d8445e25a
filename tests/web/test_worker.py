"""When a request has wholly arrived, as the loop of a worker sees it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimator.web.worker import Arriving

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
TRAILED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n"


@pytest.mark.property
@given(cuts=st.lists(st.integers(0, len(TRAILED)), max_size=6), request=st.sampled_from([GET, POST, CHUNKED, TRAILED]))
def test_a_request_is_whole_with_its_last_byte_however_it_was_cut(cuts: list[int], request: bytes) -> None:
    arriving = Arriving(largest_body=100)
    places = sorted({0, *(cut for cut in cuts if cut < len(request)), len(request)})
    whole = [arriving.add(request[start:end]) for start, end in pairwise(places)]
    assert whole == [False] * (len(whole) - 1) + [True]
    assert bytes(arriving.bytes) == request


def test_nobody_waits_for_a_body_that_is_too_large() -> None:
    arriving = Arriving(largest_body=100)
    assert arriving.add(b"POST / HTTP/1.1\r\nContent-Length: 101\r\nExpect: 100-continue\r\n\r\n")
    assert not arriving.expects


@pytest.mark.parametrize("length", [b"-1", b"+5", b"5,5", b"1" * 30, b"x", b"", b"0x5"])
def test_a_length_that_is_no_number_is_left_to_the_parser_to_refuse(length: bytes) -> None:
    assert Arriving(100).add(b"POST / HTTP/1.1\r\nContent-Length: " + length + b"\r\n\r\n")


def test_a_client_that_waits_is_seen() -> None:
    arriving = Arriving(100)
    assert not arriving.add(b"POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n")
    assert arriving.expects


def test_a_header_without_an_end_is_seen() -> None:
    arriving = Arriving(100)
    assert not arriving.add(b"GET / HTTP/1.1\r\n" + b"x" * 70_000)
    assert arriving.header_too_large
