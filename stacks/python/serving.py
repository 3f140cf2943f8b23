"""One pass of a Python program: the two services on a socket that only this user can reach, and the process that uses them."""

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grpc import aio
from pulumi.runtime.proto import engine_pb2, resource_pb2

from virtwright.errors import InputError, VirtwrightError
from virtwright.stacks.base import Register, Services
from virtwright.stacks.python.child import Child, Ended
from virtwright.stacks.python.failure import error_of
from virtwright.stacks.python.monitor.deployment import ORGANIZATION, Deployment
from virtwright.stacks.python.monitor.monitor import Monitor
from virtwright.stacks.python.monitor.service import LIMITS, add_service
from virtwright.stacks.python.texts import config_texts, secret_keys

if TYPE_CHECKING:
    from virtwright.stacks.python.program import PythonProgram

_LOOK: Final = 0.1
"""How often is looked whether the user wants to stop, in seconds."""
_PATIENCE: Final = 2.0
"""Seconds that a program has to end by itself when the user wants to stop."""
_LAST_WORDS: Final = 10.0
"""Seconds that a program has to end when the run is over."""


class Serving:
    """Begins when the outputs are asked for, and must be ended."""

    def __init__(self, program: "PythonProgram", register: Register, services: Services) -> None:
        from virtwright.stacks.python.program import PARALLEL

        self._program = program
        self._services = services
        self._folder = Path(tempfile.mkdtemp(prefix="virtwright-"))
        """Nobody else can enter it, so nobody else can reach the socket in it."""
        self._deployment = Deployment(
            program.name, program.project.folder, program.config, PARALLEL, program.interpreter, program.project.imports,
            register, services,
        )  # fmt: skip
        self._monitor = Monitor(self._deployment)
        self._server: aio.Server | None = None
        self._child: Child | None = None

    async def outputs(self) -> Mapping[str, object]:
        """Start the program, serve it until it has registered all that it wants, and return the stack's outputs.

        Raises the ``VirtwrightError`` that it ends with.
        """
        self._child = await Child.start(
            self._program.interpreter, self._program.project.folder, self._orders(await self._listen()), self._heard
        )
        ended = await self._watched(self._child)
        if ended is None or self._services.stopping:
            return self._deployment.outputs
        error = self._error(ended)
        if error is None:
            self._deployment.over.set()
            return self._deployment.outputs
        if not self._services.failed:
            raise error
        self._services.log("error", error.message)  # what went wrong before is what counts
        return {}

    async def end(self) -> None:
        """Let the program go. One that has more to say is given a moment."""
        self._deployment.over.set()
        self._deployment.released.set()
        if self._child is not None:
            patience = _LAST_WORDS if self._child.ended.done() or not self._services.stopping else _PATIENCE
            await self._child.stop(patience)
        await self._monitor.plugins.close()
        await self._monitor.callbacks.close()
        if self._server is not None:
            await self._server.stop(0)
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _listen(self) -> str:
        self._server = server = aio.server(options=LIMITS)
        for module, name, answers in (
            (resource_pb2, "ResourceMonitor", self._monitor.resource_monitor()),
            (engine_pb2, "Engine", self._monitor.engine()),
        ):
            service = module.DESCRIPTOR.services_by_name[name]
            add_service(server, service, answers, self._deployment.refusals.append)
        address = f"unix:{self._folder}/engine"
        server.add_insecure_port(address)
        self._monitor.plugins.engine = address
        await server.start()
        return address

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

    def _orders(self, address: str) -> dict[str, Any]:
        program, project = self._program, self._program.project
        return {
            "monitor": address,
            "engine": address,
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
            self._services.log("info" if stream == "stdout" else "warning", line)

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
