"""Waiting on a channel's two outputs at once, with a deadline."""

import select
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paramiko import Channel

_CHUNK = 1 << 18


class Outputs:
    """What a program wrote to its two outputs."""

    def __init__(self, channel: "Channel") -> None:
        self._channel = channel
        self._poll = select.poll()
        self._poll.register(channel.fileno(), select.POLLIN)

    def read(self, deadline: float) -> tuple[bytes, bytes] | None:
        """What came next, on either; two empty ones at the end; None where the deadline came first."""
        channel = self._channel
        while True:
            out = channel.recv(_CHUNK) if channel.recv_ready() else b""
            err = channel.recv_stderr(_CHUNK) if channel.recv_stderr_ready() else b""
            if out or err or channel.eof_received or channel.closed:
                if not (out or err) and (channel.recv_ready() or channel.recv_stderr_ready()):
                    continue
                return out, err
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._poll.poll(min(left, 3600.0) * 1000)
