"""The process of a program: started with its orders, its lines passed on, its end told."""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Final, Self

from virtwright.errors import HostError, VirtwrightError
from virtwright.lazy_dataclasses import dataclass
from virtwright.trust import Confine

HOST: Final = Path(__file__).parent / "host" / "__main__.py"
_LONGEST_LINE: Final = 64 * 1024
_LONGEST_REPORT: Final = 1024**2
_GRACE: Final = 2.0
"""Seconds between a polite signal and one that can't be ignored."""
Heard = Callable[[str, str], None]
"""Called with ``stdout`` or ``stderr`` and a line."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program's process ended."""

    status: int
    """Exit status; negative for the signal that ended it."""
    report: Mapping[str, Any] | None
    """What the host module said last; None where it could say nothing."""
    ready: bool
    """The program itself had begun."""


@dataclass(slots=True)
class Child:
    """One running program."""

    process: asyncio.subprocess.Process
    ended: "asyncio.Task[Ended]"
    _orders: Any = field(repr=False)

    @classmethod
    async def start(
        cls,
        interpreter: Path,
        folder: Path,
        orders: Mapping[str, Any],
        heard: Heard,
        *,
        inherits: tuple[int, ...] = (),
        confine: Confine | None = None,
    ) -> Self:
        """Raises ``HostError`` where the interpreter can't be started. In a session of its own, so that Ctrl-C reaches the
        engine alone. ``inherits`` are descriptors that it gets besides; ``confine`` gives the command that runs it confined."""
        orders_out, orders_in = os.pipe()
        report_out, report_in = os.pipe()
        passed = (orders_out, report_in, *inherits)
        try:
            argv = [str(interpreter), "-u", str(HOST), str(orders_out), str(report_in)]
            if confine is not None:
                argv, folder = confine(argv, folder, passed), Path("/")
            process = await asyncio.create_subprocess_exec(
                *argv, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
                pass_fds=passed, start_new_session=True, cwd=folder, env={} if confine is not None else None,
            )  # fmt: skip
        except (OSError, VirtwrightError) as error:
            os.close(orders_in)
            os.close(report_out)
            if isinstance(error, VirtwrightError):
                raise
            raise HostError(f"the interpreter {interpreter} can't be started: {error.strerror}") from error
        finally:
            os.close(orders_out)
            os.close(report_in)
        stream = os.fdopen(orders_in, "w", encoding="utf-8")
        ended = asyncio.ensure_future(_follow(process, os.fdopen(report_out, "rb"), heard))
        child = cls(process, ended, stream)
        await asyncio.get_running_loop().run_in_executor(None, child._give, json.dumps(orders))
        return child

    def _give(self, orders: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # how it ended is told elsewhere
            self._orders.write(orders + "\n")
            self._orders.flush()

    async def stop(self, patience: float = 0.0) -> None:
        """End it, if need be by force, and return when it is gone. It has ``patience`` seconds to end by itself."""
        for sent, wait in ((None, patience), (signal.SIGTERM, _GRACE), (signal.SIGKILL, None)):
            if self.ended.done():
                break
            if sent is not None:
                self._signal(sent)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self.ended), wait)
        with contextlib.suppress(OSError):
            self._orders.close()

    def _signal(self, number: signal.Signals) -> None:
        """To it and to all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


async def _follow(process: asyncio.subprocess.Process, report: Any, heard: Heard) -> Ended:
    assert process.stdout is not None and process.stderr is not None
    told = _Told()
    reports = asyncio.ensure_future(_read_reports(report, told))
    streams = [
        asyncio.ensure_future(pass_on(stream, name, heard))
        for stream, name in ((process.stdout, "stdout"), (process.stderr, "stderr"))
    ]
    try:
        status = await process.wait()
        # something that the program left behind may keep its pipes open
        await asyncio.wait([reports, *streams], timeout=_GRACE)
    finally:
        for task in (*streams, reports):
            task.cancel()
    return Ended(status, told.last, told.ready)


@dataclass(slots=True)
class _Told:
    """What is kept of a program's reports, of which it may write any number."""

    last: Mapping[str, Any] | None = None
    ready: bool = False

    def take(self, line: bytes) -> None:
        with contextlib.suppress(ValueError, TypeError, RecursionError):
            report = dict(json.loads(line))
            is_ready = report.get("kind") == "ready"
            self.last, self.ready = None if is_ready else report, self.ready or is_ready


async def _read_reports(pipe: Any, told: _Told) -> None:
    reader = asyncio.StreamReader(limit=_LONGEST_REPORT)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    try:
        while not reader.at_eof():
            with contextlib.suppress(ValueError):  # longer than a report is: what follows is read all the same
                told.take(await reader.readline())
    finally:
        transport.close()


async def pass_on(stream: asyncio.StreamReader, name: str, heard: Heard) -> None:
    """Tell each line of the stream, a very long one in parts, until it ends."""
    rest = b""
    while data := await stream.read(_LONGEST_LINE):
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            heard(name, line.decode(errors="replace").rstrip("\r"))
        if len(rest) >= _LONGEST_LINE:
            heard(name, rest.decode(errors="replace"))
            rest = b""
    if rest:
        heard(name, rest.decode(errors="replace"))
