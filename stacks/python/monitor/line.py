"""The services on a pipe to a program that this machine runs: what gRPC carries, at a fraction of what gRPC costs.

The other end is ``host/line.py``, and the form of a frame is told there.
"""

import asyncio
import struct
from collections.abc import Mapping
from typing import Final

from virtwright.stacks.python.monitor.service import Refusal, Responder

_REQUEST: Final = struct.Struct("<IIB")
_ANSWER: Final = struct.Struct("<IIB")
_UNIMPLEMENTED: Final = 12
_UNKNOWN: Final = 2
_LONGEST: Final = 400 * 1024 * 1024
"""Bytes of a frame; as for gRPC."""


class Line(asyncio.Protocol):
    """Answers what comes from one program. ``methods`` are named ``SERVICE/METHOD``."""

    def __init__(self, methods: Mapping[str, Responder]) -> None:
        self._methods = methods
        self._transport: asyncio.Transport | None = None
        self._rest = bytearray()
        self._answers: list[bytes] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._rest += data
        start = 0
        while len(self._rest) - start >= _REQUEST.size:
            number, length, name_length = _REQUEST.unpack_from(self._rest, start)
            if length > _LONGEST:
                self._close()
                return
            name_end = start + _REQUEST.size + name_length
            if len(self._rest) < name_end + length:
                break
            name = self._rest[start + _REQUEST.size : name_end].decode(errors="replace")
            start = name_end + length
            task = asyncio.ensure_future(self._answer(number, name, bytes(self._rest[name_end:start])))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        del self._rest[:start]

    def connection_lost(self, error: Exception | None) -> None:
        """Nobody waits for what is not answered yet."""
        self._transport = None
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        """What is not answered yet is given up."""
        self._close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def _answer(self, number: int, name: str, request: bytes) -> None:
        status, body = 0, b""
        respond = self._methods.get(name)
        try:
            if respond is None:
                status, body = _UNIMPLEMENTED, f"there is no method {name}".encode()
            else:
                body = await respond(request)
        except Refusal as refusal:
            status, body = refusal.status.value[0], refusal.text.encode(errors="replace")
        except Exception as error:  # noqa: BLE001 - a fault of ours must not leave the program waiting
            status, body = _UNKNOWN, f"{type(error).__name__}: {error}".encode(errors="replace")
        self._send(_ANSWER.pack(number, len(body), status) + body)

    def _send(self, frame: bytes) -> None:
        """Along with all others that are ready in the same turn of the loop."""
        if not self._answers:
            asyncio.get_running_loop().call_soon(self._flush)
        self._answers.append(frame)

    def _flush(self) -> None:
        frames, self._answers = self._answers, []
        if self._transport is not None:
            self._transport.write(b"".join(frames))
