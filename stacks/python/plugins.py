"""Plugins that make components for a program: found as Pulumi finds them, and run as long as the program's pass."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Final

import grpc
from google.protobuf import struct_pb2
from grpc import aio

from virtwright.errors import HostError, VirtwrightError
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.urn import PACKAGE
from virtwright.stacks.base import Services
from virtwright.stacks.python.child import pass_on
from virtwright.stacks.python.finding import command_of, find_plugin
from virtwright.stacks.python.messages import provider_pb2, provider_pb2_grpc
from virtwright.stacks.python.monitor.service import LIMITS
from virtwright.trust import TRUSTED, Trust

_STARTS: Final = 60.0
"""Seconds that a plugin has to say its port, and to take its configuration."""
_ENDS: Final = 5.0
"""Seconds that it has to end when it is told to."""


@dataclass(slots=True)
class Plugins:
    """The plugins of one pass, each started when it is first needed."""

    services: Services
    config: Mapping[str, str]
    """The stack's configuration by full key; secrets in clear."""
    engine: Callable[[], Awaitable[str]]
    """Tells where the engine's services are."""
    sources: Mapping[str, Path]
    """By package: where the project says that its plugin is."""
    interpreter: Path
    """The program's own."""
    trust: Trust = TRUSTED
    _started: "dict[tuple[str, str], asyncio.Task[_Plugin]]" = field(default_factory=dict)

    async def stub(self, package: str, version: str) -> Any:
        """The plugin's service. Raises ``InputError`` where there is none, ``HostError`` where it can't be started."""
        self.trust.refuse(f"the plugin of {package} is run")
        key = (package, version)
        if key not in self._started:
            self._started[key] = asyncio.ensure_future(self._start(package, version))
        return (await asyncio.shield(self._started[key])).stub

    async def close(self) -> None:
        """End them all; one that is still starting is not waited for."""
        for task in self._started.values():
            task.cancel()
            with contextlib.suppress(VirtwrightError, asyncio.CancelledError):
                await (await task).end()
        self._started.clear()

    async def _start(self, package: str, version: str) -> "_Plugin":
        path, *words = self._command(package, version)
        engine = await self.engine()
        try:
            process = await asyncio.create_subprocess_exec(
                path, *words, engine, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise HostError(f"the plugin {path} can't be started: {error.strerror}") from error
        assert process.stdout is not None and process.stderr is not None
        errors = self._pass_on(process.stderr)
        try:
            async with asyncio.timeout(_STARTS):  # wait_for would swallow a cancellation that comes with the line
                port = int(await process.stdout.readline())
        except BaseException as error:
            _signal(process, signal.SIGKILL)
            await process.wait()
            if isinstance(error, TimeoutError | ValueError):
                raise HostError(f"the plugin {path} did not say where it serves") from error
            raise
        channel = aio.insecure_channel(f"127.0.0.1:{port}", options=LIMITS)
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        plugin = _Plugin(process, channel, stub, (errors, self._pass_on(process.stdout)))
        try:
            if package != PACKAGE:  # ours makes components without a host of its own
                await _configure(stub, self._settings(package))
        except BaseException:
            await plugin.end()
            raise
        return plugin

    def _command(self, package: str, version: str) -> list[str]:
        if package in self.sources:
            return command_of(package, self.sources[package], self.interpreter)
        return [str(find_plugin(package, version, os.environ))]

    def _settings(self, package: str) -> dict[str, str]:
        prefix = f"{package}:"
        return {key.removeprefix(prefix): text for key, text in self.config.items() if key.startswith(prefix)}

    def _pass_on(self, stream: asyncio.StreamReader) -> "asyncio.Task[None]":
        """What the plugin prints, line by line, until it ends: one that nobody hears would stand still at its next line."""
        return asyncio.ensure_future(pass_on(stream, "", lambda _, line: self.services.log("info", line)))


@dataclass(frozen=True, slots=True)
class _Plugin:
    process: asyncio.subprocess.Process
    channel: aio.Channel
    stub: Any
    listening: "tuple[asyncio.Task[None], ...]"

    async def end(self) -> None:
        await self.channel.close(None)
        for sent in (signal.SIGTERM, signal.SIGKILL):
            _signal(self.process, sent)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), _ENDS)
                break
        for each in self.listening:
            each.cancel()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """To it and to all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


async def _configure(stub: Any, settings: Mapping[str, str]) -> None:
    args = struct_pb2.Struct()
    args.update(settings)
    variables = dict(settings)
    request = provider_pb2.ConfigureRequest(args=args, variables=variables, acceptSecrets=True, acceptResources=True)
    try:
        await stub.Configure(request, timeout=_STARTS)
    except aio.AioRpcError as error:
        if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
            raise HostError(f"the plugin refuses its configuration: {error.details()}") from error
