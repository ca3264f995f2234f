"""Frames over a socket between two of our processes: a JSON head and bytes. Blocking, one writer at a time."""

import json
import socket
import struct
from typing import Any

_SIZES = struct.Struct(">IQ")


def send(wire: socket.socket, head: dict[str, Any], body: bytes = b"") -> None:
    """Send one frame. Raises OSError."""
    packed = json.dumps(head).encode()
    lead = _SIZES.pack(len(packed), len(body)) + packed
    if len(body) < 1 << 16:
        wire.sendall(lead + body)
    else:
        wire.sendall(lead)
        wire.sendall(body)


def receive(wire: socket.socket) -> tuple[dict[str, Any], bytes]:
    """Wait for one frame. Raises EOFError where the other side is gone, OSError (TimeoutError) as the socket does."""
    head_size, body_size = _SIZES.unpack(_exactly(wire, _SIZES.size))
    head: dict[str, Any] = json.loads(_exactly(wire, head_size))
    return head, _exactly(wire, body_size)


def _exactly(wire: socket.socket, size: int) -> bytes:
    taken = bytearray(size)
    view, at = memoryview(taken), 0
    while at < size:
        got = wire.recv_into(view[at:])
        if not got:
            raise EOFError("the other process is gone")
        at += got
    return bytes(taken)
