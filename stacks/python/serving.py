"""One pass of a Python program: the services that it asks, and the process that runs it."""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from virtwright.errors import InputError, RefusedError, VirtwrightError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.values import Value
from virtwright.stacks.base import Register, Services, StackName
from virtwright.stacks.python.child import Child, Ended
from virtwright.stacks.python.failure import error_of
from virtwright.stacks.python.monitor.deployment import ORGANIZATION, Deployment
from virtwright.stacks.python.project import Project
from virtwright.stacks.python.quiet import quieten_grpc
from virtwright.stacks.python.texts import config_texts, secret_keys
from virtwright.trust import Trust

if TYPE_CHECKING:
    from virtwright.stacks.python.monitor.line import Line
    from virtwright.stacks.python.monitor.monitor import Monitor

PARALLEL: Final = 16
"""How much a program may ask at once, divided by four: its threads wait for the hosts, which have limits of their own."""
MOST_ASKED: Final = 16 * 1024**2
"""Bytes of all requests of a program that is not trusted: what they ask for is kept as long as the run."""
_LOOK: Final = 0.1
"""How often is looked whether the user wants to stop, in seconds."""
_PATIENCE: Final = 2.0
"""Seconds that a program has to end by itself when the user wants to stop."""
_LAST_WORDS: Final = 10.0
"""Seconds that a program has to end when the run is over."""


@dataclass(frozen=True, slots=True)
class Start:
    """What is run, and how."""

    name: StackName
    project: Project
    config: Mapping[str, Value] = field(repr=False)
    """By full key, ``PROJECT:NAME``."""
    interpreter: Path
    trust: Trust
    mend: bool
    """Whether the SDK's faults are mended."""


class Serving:
    """Begins when the outputs are asked for, and must be ended."""

    def __init__(self, program: Start, register: Register, services: Services) -> None:
        quieten_grpc()
        self._program = program
        self._services = services
        self._deployment = Deployment(
            program.name, program.project.folder, program.config, PARALLEL, program.interpreter, program.project.imports,
            register, services, program.project.sources, program.trust,
        )  # fmt: skip
        self._monitor: Monitor | None = None
        self._line: Line | None = None
        self._child: Child | None = None
        self._excess: RefusedError | None = None

    async def outputs(self) -> Mapping[str, object]:
        """Start the program, serve it until it has registered all that it wants, and return the stack's outputs.

        Raises the ``VirtwrightError`` that it ends with.
        """
        await (self._talk_by_line() if self._program.mend else self._talk_by_grpc())
        assert self._child is not None
        ended = await self._watched(self._child)
        if ended is None or self._services.stopping:
            return self._deployment.outputs
        error = self._excess or self._error(ended)
        if error is None:
            self._deployment.over.set()
            return self._deployment.outputs
        if not self._services.failed:
            raise error
        self._services.log("error", error.message)  # what went wrong before is what counts
        return {}

    async def end(self) -> None:
        """Let the program go. One that has registered all that it wants is given a moment; another is not waited for."""
        patience = _PATIENCE if self._services.stopping else _LAST_WORDS
        if not self._deployment.over.is_set():
            patience = 0.0
        self._deployment.over.set()
        self._deployment.released.set()
        if self._child is not None:
            await self._child.stop(patience)
        self._deployment.told.end()
        if self._line is not None:
            await self._line.close()
        if self._monitor is not None:
            await self._monitor.close()

    async def _talk_by_line(self) -> None:
        """The program's process starts while this one loads what serving it takes."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                await self._start({"line": theirs.fileno()}, inherits=(theirs.fileno(),))
            from virtwright.stacks.python.monitor.line import Line

            most = MOST_ASKED if self._program.trust.limited else None
            line = Line(self._open().services, most, self._end_excess)
            await asyncio.get_running_loop().create_unix_connection(lambda: line, sock=ours)
            self._line = line
        except BaseException:
            ours.close()
            raise

    def _end_excess(self) -> None:
        what = f"the program asks for more than {MOST_ASKED // 1024**2} MiB in all, and is not trusted"
        self._excess = RefusedError(what, where=Where(str(self._program.project.program)))

    async def _talk_by_grpc(self) -> None:
        address = await self._open().server.address()
        await self._start({"monitor": address, "engine": address})

    def _open(self) -> "Monitor":
        from virtwright.stacks.python.monitor.monitor import Monitor

        self._monitor = Monitor(self._deployment)
        return self._monitor

    async def _start(self, way: Mapping[str, Any], *, inherits: tuple[int, ...] = ()) -> None:
        program = self._program
        orders = {**self._orders(), **way}
        self._child = await Child.start(
            program.interpreter,
            program.project.folder,
            orders,
            self._heard,
            inherits=inherits,
            confine=program.trust.confine,
        )

    async def _watched(self, child: Child) -> Ended | None:
        """Wait until the program has ended (how is returned) or has registered all; end it where the user wants to stop."""
        over = asyncio.ensure_future(self._deployment.over.wait())
        watch = asyncio.ensure_future(self._stop_when_asked(child))
        try:
            await asyncio.wait({over, child.ended}, return_when=asyncio.FIRST_COMPLETED)
            return child.ended.result() if child.ended.done() else None
        finally:
            over.cancel()
            watch.cancel()

    async def _stop_when_asked(self, child: Child) -> None:
        """What is under way is answered before the program is ended."""
        while not self._services.stopping or self._deployment.registering:
            await asyncio.sleep(_LOOK)
        await child.stop(_PATIENCE)

    def _orders(self) -> dict[str, Any]:
        program, project = self._program, self._program.project
        return {
            "project": program.name.project,
            "stack": program.name.stack,
            "organization": ORGANIZATION,
            "root_directory": str(project.folder),
            "folder": str(project.folder),
            "program": str(project.program),
            "arguments": [],
            "parallel": self._deployment.parallel,
            "dry_run": self._services.planning,
            "config": config_texts(program.config),
            "secret_keys": secret_keys(program.config),
            "mend": program.mend,
        }

    def _heard(self, stream: str, line: str) -> None:
        if line.strip():
            self._deployment.told.say("info" if stream == "stdout" else "warning", line)

    def _error(self, ended: Ended) -> VirtwrightError | None:
        """What the program ended with: where that is what it was told is wrong with a request, the request's own error."""
        error = error_of(ended, self._program.project.program, self._program.interpreter)
        if error is None:
            return None
        told = [each for each in self._deployment.refusals if each.message in error.message]
        if not told:
            return error
        located = [each for each in told if each.where.file] or told
        if all(isinstance(each, InputError) for each in located):
            return InputError([problem for each in _distinct(located) for problem in each.problems])
        return located[0]


def _distinct(errors: list[VirtwrightError]) -> list[VirtwrightError]:
    return list({error.message: error for error in errors}.values())
