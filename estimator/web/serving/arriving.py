"""Tell when one request that arrives piece by piece is whole, or why nobody should wait for the rest of it."""

import re

MOST_HEADER_BYTES = 65_536
"""Of a header, and of what may follow the last chunk."""

MOST_SIZE_LINE_BYTES = 8_190
"""Of the line before a chunk: gunicorn's own number."""

MALFORMED = -1
"""In the place of where chunks begin: how long the body is cannot be told, and the parser refuses the request."""

CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]+)[ \t]*(?:;|$)")


class Arriving:
    """One request that is arriving: where it ends, as far as that is known.

    What is no HTTP counts as whole, so that the parser refuses it.

    Parameters
    ----------
    largest_body : bodies beyond this are refused
    """

    def __init__(self, largest_body: int) -> None:
        self.largest_body = largest_body
        self.bytes = bytearray()
        self.header_bytes = 0
        self.end: int | None = None
        self.refusal = 0
        """Status of the refusal; 0 = it is not refused."""

        self.expects = False
        self._chunk_at = 0
        self._chunks_bytes = 0

    def add(self, piece: bytes) -> bool:
        """Take a piece, and tell whether the request is whole."""
        searched = max(0, len(self.bytes) - 3)
        self.bytes += piece
        if not self.header_bytes:
            end = self.bytes.find(b"\r\n\r\n", searched)
            if max(end, len(self.bytes) if end < 0 else 0) > MOST_HEADER_BYTES:
                self.refusal = 431
            if end < 0 or self.refusal:
                return False
            self.header_bytes = end + 4
            self._read_header(bytes(self.bytes[:end]))
        if self._chunk_at:
            self._follow_chunks()
        return not self.refusal and self.end is not None and len(self.bytes) >= self.end

    def _read_header(self, header: bytes) -> None:
        """Find how long the body is; gunicorn's parser then judges the request."""
        length = None
        first, *lines = header.lower().split(b"\r\n")
        for line in lines:
            name, _, value = line.partition(b":")
            value = value.strip()
            if name == b"content-length" and value.isdigit():
                length = int(value) if len(value) < 19 else self.largest_body + 1
            elif name == b"transfer-encoding":
                self._chunk_at = self.header_bytes if value.endswith(b"chunked") else MALFORMED
            elif name == b"expect" and value == b"100-continue":
                self.expects = first.endswith(b"http/1.1")
        if length is not None and length > self.largest_body:
            self.refusal = 413
        elif self._chunk_at == MALFORMED or (self._chunk_at and length is not None):
            self._chunk_at = 0
            self.end = self.header_bytes
        elif not self._chunk_at:
            self.end = self.header_bytes + (length or 0)

    def _follow_chunks(self) -> None:
        """Go from one size of a chunk to the next, as far as they have come."""
        while self.end is None and not self.refusal:
            line_end = self.bytes.find(b"\r\n", self._chunk_at)
            if line_end < 0:
                if len(self.bytes) - self._chunk_at > MOST_SIZE_LINE_BYTES:
                    self.end = len(self.bytes)
                return
            found = CHUNK_SIZE.match(self.bytes, self._chunk_at, line_end)
            if found is None:
                self.end = len(self.bytes)
                return
            size = int(found[1], 16)
            if size == 0:
                self._find_last_line(line_end)
                return
            self._chunks_bytes += size
            self._chunk_at = line_end + 2 + size + 2
            frames = self._chunk_at - self.header_bytes - self._chunks_bytes
            if self._chunks_bytes > self.largest_body or frames > MOST_HEADER_BYTES + self.largest_body // 8:
                self.refusal = 413

    def _find_last_line(self, last_chunk: int) -> None:
        found = self.bytes.find(b"\r\n\r\n", last_chunk)
        if found >= 0:
            self.end = found + 4
        elif len(self.bytes) - last_chunk > MOST_HEADER_BYTES:
            self.refusal = 431
