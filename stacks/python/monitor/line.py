"""The services on a pipe to a program that this machine runs: what gRPC carries, at a fraction of what gRPC costs.

The other end is ``host/line.py``, and the form of a frame is told there.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import grpc

from virtwright.stacks.python.host.line import ANSWER, REQUEST
from virtwright.stacks.python.monitor.service import LONGEST, Refusal, Responder

_MOST_UNSENT: Final = 8 * 1024**2
"""Bytes of answers that may wait for the program to take them before the next request is looked at."""


class Line(asyncio.Protocol):
    """Answers what comes from one program. ``services`` are the methods of each, by full name. With more than ``most`` bytes in all
    the program is not heard any more, and ``exceeded`` is called.

    A program that does not take its answers is not heard meanwhile."""

    def __init__(
        self,
        services: Mapping[str, Mapping[str, Responder]],
        most: int | None = None,
        exceeded: Callable[[], None] = lambda: None,
    ) -> None:
        self._most = most
        self._heard = 0
        self._exceeded = exceeded
        self._methods = {f"{name}/{each}": respond for name, all in services.items() for each, respond in all.items()}
        self._transport: asyncio.Transport | None = None
        self._rest = bytearray()
        self._answers: list[bytes] = []
        self._paused, self._unsent = False, 0
        self._room = asyncio.Event()
        self._room.set()
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += len(data)
        if self._most is not None and self._heard > self._most:
            self._exceeded()
            self._close()
            return
        self._rest += data
        start = 0
        while len(self._rest) - start >= REQUEST.size:
            number, length, name_length = REQUEST.unpack_from(self._rest, start)
            if length > LONGEST:
                self._close()
                return
            name_end = start + REQUEST.size + name_length
            if len(self._rest) < name_end + length:
                break
            name = self._rest[start + REQUEST.size : name_end].decode(errors="replace")
            start = name_end + length
            task = asyncio.ensure_future(self._answer(number, name, bytes(self._rest[name_end:start])))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        del self._rest[:start]

    def pause_writing(self) -> None:
        self._paused = True
        self._room.clear()
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._paused, self._unsent = False, 0
        self._room.set()
        if self._transport is not None:
            self._transport.resume_reading()

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
        status = grpc.StatusCode.OK
        while not self._room.is_set():  # many small requests may be read at once, each with a large answer
            await self._room.wait()
        try:
            if name not in self._methods:
                raise Refusal(grpc.StatusCode.UNIMPLEMENTED, f"there is no method {name}")
            body = await self._methods[name](request)
        except Refusal as refusal:
            status, body = refusal.status, refusal.text.encode(errors="replace")
        except Exception as error:  # noqa: BLE001 - a fault of ours must not leave the program waiting
            status, body = grpc.StatusCode.UNKNOWN, f"{type(error).__name__}: {error}".encode(errors="replace")
        self._send(ANSWER.pack(number, len(body), status.value[0]) + body)

    def _send(self, frame: bytes) -> None:
        """Along with all others that are ready in the same turn of the loop."""
        if not self._answers:
            asyncio.get_running_loop().call_soon(self._flush)
        self._answers.append(frame)
        self._unsent += len(frame)
        if self._unsent > _MOST_UNSENT:
            self._room.clear()

    def _flush(self) -> None:
        frames, self._answers = self._answers, []
        if self._transport is not None:
            self._transport.write(b"".join(frames))
        if not self._paused:
            self._unsent = 0
            self._room.set()
