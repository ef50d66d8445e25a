"""Tell when one request that arrives piece by piece is whole."""

MOST_HEADER_BYTES = 65_536


class Arriving:
    """One request that is arriving.

    Parameters
    ----------
    largest_body : bodies beyond this are refused by the application, so nobody waits for them
    """

    def __init__(self, largest_body: int) -> None:
        self.largest_body = largest_body
        self.bytes = bytearray()
        self.header_bytes = 0
        self.body_bytes: int | None = None
        self.expects = False

    def add(self, piece: bytes) -> bool:
        """Take a piece, and tell whether the request is whole."""
        searched = max(0, len(self.bytes) - 3)
        self.bytes += piece
        if not self.header_bytes:
            end = self.bytes.find(b"\r\n\r\n", searched)
            if end < 0:
                return False
            self.header_bytes = end + 4
            self._read_header(bytes(self.bytes[:end]))
        if self.body_bytes is None:
            return self.bytes.endswith(b"\r\n\r\n") and b"\r\n0\r\n" in self.bytes[-MOST_HEADER_BYTES:]
        return len(self.bytes) >= self.header_bytes + self.body_bytes

    @property
    def header_too_large(self) -> bool:
        """Whether the header has no end in sight."""
        return not self.header_bytes and len(self.bytes) > MOST_HEADER_BYTES

    def _read_header(self, header: bytes) -> None:
        """Find how long the body is, to know when to stop waiting; gunicorn's parser then judges the request."""
        self.body_bytes = 0
        for line in header.lower().split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            value = value.strip()
            if name == b"content-length" and value.isdigit() and len(value) < 19:
                self.body_bytes = int(value)
            elif name == b"transfer-encoding":
                self.body_bytes = None
                return
            elif name == b"expect" and value == b"100-continue":
                self.expects = True
        if self.body_bytes > self.largest_body:
            self.body_bytes, self.expects = 0, False
