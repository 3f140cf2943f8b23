"""Plugins of components: what they print is heard, and one that can't be used is not left running."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from virtwright.errors import HostError
from virtwright.stacks.python.plugins import Plugins

_PLUGIN = """#!{python}
import os, sys, grpc
from concurrent import futures

def configure(request, context):
    {configure}
    return b""

server = grpc.server(futures.ThreadPoolExecutor(1))
method = grpc.unary_unary_rpc_method_handler(configure)
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("pulumirpc.ResourceProvider", {{"Configure": method}}),))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
open({pid!r}, "w").write(str(os.getpid()))
print(port, flush=True)
server.wait_for_termination()
"""


class _Services:
    def __init__(self) -> None:
        self.said: list[str] = []

    def log(self, severity: str, message: str, urn: Any = None) -> None:
        self.said.append(message)


def _plugins(folder: Path, configure: str, services: Any) -> Plugins:
    program = folder / "pulumi-resource-team"
    program.write_text(_PLUGIN.format(python=sys.executable, configure=configure, pid=str(folder / "pid")))
    program.chmod(0o755)

    async def engine() -> str:
        return "unix:/nowhere"

    return Plugins(services, {"team:size": "3"}, engine, {"team": program}, Path(sys.executable))


def test_what_a_plugin_prints_is_heard_however_much_it_is(tmp_path: Path) -> None:
    services = _Services()
    plugins = _plugins(tmp_path, 'print("x" * 3_000_000, "done", sep="\\n", flush=True)', services)

    async def run() -> None:
        await plugins.stub("team", "")
        while "done" not in services.said:
            await asyncio.sleep(0.01)
        await plugins.close()

    asyncio.run(asyncio.wait_for(run(), 60))
    assert sum(map(len, services.said)) == 3_000_004


def test_one_that_does_not_get_ready_is_not_waited_for_at_the_end(tmp_path: Path) -> None:
    plugins = _plugins(tmp_path, "import time; time.sleep(600)", _Services())

    async def run() -> None:
        starting = asyncio.ensure_future(plugins.stub("team", ""))
        pid = tmp_path / "pid"
        while not (pid.exists() and pid.read_text()):
            await asyncio.sleep(0.01)
        closed, _ = await asyncio.wait({asyncio.ensure_future(plugins.close())}, timeout=40)
        assert closed
        with pytest.raises(asyncio.CancelledError):
            await starting

    asyncio.run(run())
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_one_that_refuses_its_configuration_is_ended(tmp_path: Path) -> None:
    plugins = _plugins(tmp_path, 'context.abort(grpc.StatusCode.UNKNOWN, "no such size")', _Services())

    async def run() -> None:
        with pytest.raises(HostError, match="refuses its configuration: no such size"):
            await plugins.stub("team", "")
        await plugins.close()

    asyncio.run(asyncio.wait_for(run(), 60))
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
