"""Closing a listening socket without throwing out clients whom the kernel has let in already."""

import ctypes
import socket
import struct


def _filter(*steps: tuple[int, int, int, int]) -> bytes:
    return b"".join(struct.pack("HBBI", *step) for step in steps)


SO_ATTACH_FILTER = 26
"""Of Linux; Python has no name for it."""

DROP_SYN = _filter(
    (0x30, 0, 0, 13),  # load the flags of the TCP header
    (0x45, 0, 1, 0x02),  # does the packet begin a connection?
    (0x06, 0, 0, 0),  # then drop it
    (0x06, 0, 0, 0xFFFFFFFF),  # else take it
)
HANDSHAKE_SECONDS = 0.05
"""Time for connections that are being made to be complete."""


def let_nobody_in(listener: socket.socket) -> None:
    """Have the kernel drop who knocks at a listening socket, while those whom it has let in can still be accepted.

    Without this, who is let in between the last look and the closing of the socket is thrown out.
    """
    code = ctypes.create_string_buffer(DROP_SYN)
    program = struct.pack("HP", len(DROP_SYN) // 8, ctypes.addressof(code))
    try:
        listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
    except OSError:
        return  # a kernel without filters: a client in that moment has to ask again
