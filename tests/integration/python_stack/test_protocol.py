"""Requests that break the protocol's rules, sent straight to the services: a clear status for each, and never a crash."""

import asyncio
import os
import random
import socket
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc import aio
from pulumi.runtime.proto import engine_pb2, resource_pb2
from tests.any_message import any_fields

from virtwright.schemas.urn import STACK_TYPE
from virtwright.schemas.values import UNKNOWN
from virtwright.stacks.base import Goal, Registered, StackName
from virtwright.stacks.python.bystander import Bystander
from virtwright.stacks.python.host.line import Line as HostLine
from virtwright.stacks.python.host.line import Refused
from virtwright.stacks.python.monitor.deployment import Deployment
from virtwright.stacks.python.monitor.line import Line
from virtwright.stacks.python.monitor.monitor import Monitor
from virtwright.stacks.python.monitor.service import Refusal

SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
SERVICE = resource_pb2.DESCRIPTOR.services_by_name["ResourceMonitor"]
METHODS = {method.name: GetMessageClass(method.input_type) for method in SERVICE.methods}
HOST = "urn:pulumi:shop::shop::pulumi:providers:virtwright::one"


async def _register(goal: Goal) -> Registered:
    return Registered(goal.urn, "id", {**goal.inputs, "name": UNKNOWN})


class Bench:
    """The services, and a client that sends bytes."""

    def __init__(self, folder: Path) -> None:
        self.deployment = Deployment(
            StackName("shop", "shop"), folder, {}, 4, Path(sys.executable), folder, _register, Bystander()
        )
        self.monitor = Monitor(self.deployment)
        self.monitor.callbacks.patience = 0.5

    async def __aenter__(self) -> Self:
        ours, theirs = socket.socketpair()
        self.line = Line(self.monitor.services)
        await asyncio.get_running_loop().create_unix_connection(lambda: self.line, sock=ours)
        self.client = HostLine(theirs.detach())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.line.close()
        await self.monitor.close()
        self.client.close()

    async def send(
        self, method: str, request: Message | bytes, service: str = "ResourceMonitor"
    ) -> tuple[grpc.StatusCode, str]:
        """By the line that programs use."""
        try:
            await asyncio.to_thread(self.client.call, f"pulumirpc.{service}/{method}".encode(), _bytes(request))
        except Refused as refused:
            return refused.code(), refused.details()
        return grpc.StatusCode.OK, ""

    async def send_by_grpc(self, method: str, request: Message | bytes) -> tuple[grpc.StatusCode, str]:
        """As plugins do."""
        async with aio.insecure_channel(await self.monitor.server.address()) as channel:
            call = channel.unary_unary(f"/pulumirpc.ResourceMonitor/{method}", None, None)
            try:
                await call(_bytes(request), timeout=120)
            except aio.AioRpcError as error:
                return error.code(), error.details() or ""
        return grpc.StatusCode.OK, ""

    async def begin(self) -> None:
        stack = resource_pb2.RegisterResourceRequest(type=STACK_TYPE, name="shop-shop")
        assert (await self.send("RegisterResource", stack))[0] is grpc.StatusCode.OK
        host = resource_pb2.RegisterResourceRequest(
            type="pulumi:providers:virtwright", name="one", custom=True, object=_struct({"uri": "fake://one"})
        )
        assert (await self.send("RegisterResource", host))[0] is grpc.StatusCode.OK


def _bytes(request: Message | bytes) -> bytes:
    return request if isinstance(request, bytes) else request.SerializeToString()


def _struct(fields: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(fields)
    return struct


def _network(**more: Any) -> Any:
    fields = {"type": "virtwright:index:Network", "name": "net", "custom": True, "provider": f"{HOST}::id", **more}
    return resource_pb2.RegisterResourceRequest(**fields)


BAD: Mapping[str, Any] = {
    "never registered": _network(parent="urn:pulumi:shop::shop::my:index:C::gone"),
    "the provider": _network(provider="urn:pulumi:shop::shop::pulumi:providers:virtwright::gone::id"),
    "does not name a provider": _network(provider="nonsense"),
    "depends on": _network(dependencies=["urn:pulumi:shop::shop::virtwright:index:Network::gone"]),
    "to be deleted with": _network(deletedWith="gone"),
    "to be replaced with": _network(replace_with=["gone"]),
    "an alias is not a URN": _network(aliasURNs=["gone"]),
    "custom_timeouts.create": _network(customTimeouts={"create": "soon"}),
    "more than nothing": _network(customTimeouts={"create": "0s"}),
    "is no name": _network(name="../../etc"),
    "needs a name": _network(name=""),
    "a secret has no value": _network(
        object=_struct({"cidr": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}})
    ),
    "signature that is not known": _network(object=_struct({"a": {"4dabf18193072939515e22adb298388d": "x"}})),
    "not on this machine": _network(transforms=[{"target": "203.0.113.7:1", "token": "x"}]),
    "is gone": _network(transforms=[{"target": "127.0.0.1:1", "token": "x"}]),
    "environment variables can't be mapped": _network(envVarMappings={"A": "B"}),
    "state migrations": _network(state_migrations=[{"target": "127.0.0.1:1", "token": "x"}]),
}


@pytest.mark.parametrize("message", list(BAD))
def test_a_bad_registration_is_refused_and_registers_nothing(tmp_path: Path, message: str) -> None:
    async def run() -> None:
        async with Bench(tmp_path) as bench:
            await bench.begin()
            known = set(bench.deployment.entries)
            code, details = await bench.send("RegisterResource", BAD[message])
            assert code is not grpc.StatusCode.OK
            assert message in details
            assert set(bench.deployment.entries) == known
            assert bench.deployment.registering == 0

    asyncio.run(run())


def test_what_comes_too_late_or_makes_no_sense(tmp_path: Path) -> None:
    async def run() -> None:
        async with Bench(tmp_path) as bench:
            await bench.begin()
            deep = b"\x0a\x04deep" * 3
            for _ in range(10_000):
                deep = b"\x2a" + bytes([min(len(deep), 127)]) + deep[:120]
            for data in (b"\xff\xff\xff", deep):
                code, details = await bench.send("RegisterResource", data)
                assert code is grpc.StatusCode.INVALID_ARGUMENT and details
            outputs = resource_pb2.RegisterResourceOutputsRequest(urn="gone")
            assert "never registered" in (await bench.send("RegisterResourceOutputs", outputs))[1]
            outputs = resource_pb2.RegisterResourceOutputsRequest(urn=HOST)
            assert "is no component" in (await bench.send("RegisterResourceOutputs", outputs))[1]
            lan = resource_pb2.ExistsResourceRequest(type="virtwright:index:Network", id="lan", provider=f"{HOST}::id")
            assert (await bench.send("ExistsResource", lan))[0] is grpc.StatusCode.OK
            hook = resource_pb2.RegisterResourceHookRequest(name="h")
            assert (await bench.send("RegisterResourceHook", hook))[0] is grpc.StatusCode.OK
            assert "two hooks" in (await bench.send("RegisterResourceHook", hook))[1]
            shut = asyncio.ensure_future(bench.send("SignalAndWaitForShutdown", empty_pb2.Empty()))
            await bench.deployment.over.wait()
            assert "ended its registrations already" in (await bench.send("RegisterResource", _network()))[1]
            assert not shut.done()
            bench.deployment.released.set()
            assert (await shut)[0] is grpc.StatusCode.OK

    asyncio.run(run())


def test_a_function_of_the_program_that_hangs_is_given_up(tmp_path: Path) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            writer.close()

    async def run() -> None:
        silent = await asyncio.start_unix_server(say_nothing, tmp_path / "silent")
        async with silent, Bench(tmp_path) as bench:
            await bench.begin()
            request = _network(transforms=[{"target": f"unix:{tmp_path}/silent", "token": "x"}])
            code, details = await bench.send("RegisterResource", request)
            assert code is not grpc.StatusCode.OK
            assert "gave no answer" in details or "is gone" in details

    asyncio.run(run())


def test_any_message_to_any_method_gets_an_answer_or_a_reason(tmp_path: Path) -> None:
    """Requests with any values in any fields, and those whose bytes were changed."""
    chance = random.Random(7)
    names = [name for name in METHODS if name not in ("SignalAndWaitForShutdown", "Call")]
    outcomes: Counter[str] = Counter()

    async def run() -> None:
        async with Bench(tmp_path) as bench:
            await bench.begin()
            bench.monitor.callbacks.patience = 0.01
            methods = bench.monitor.services["pulumirpc.ResourceMonitor"]
            for count in range(10_000 * SOAK):
                name = chance.choice([*names, "RegisterResource"])
                message = METHODS[name]()
                any_fields(message, chance)
                data = bytearray(message.SerializeToString())
                for _ in range(chance.randrange(1, 4) if data and count % 3 == 0 else 0):
                    data[chance.randrange(len(data))] = chance.randrange(256)
                try:
                    await methods[name](bytes(data))
                    outcomes["answered"] += 1
                except Refusal as refusal:
                    assert refusal.text
                    outcomes["malformed" if "can't be read" in refusal.text else "refused"] += 1
            assert bench.deployment.registering == 0

    asyncio.run(run())
    assert min(outcomes[each] for each in ("answered", "refused", "malformed")) > 500, outcomes


def test_by_grpc_the_answers_are_the_same(tmp_path: Path) -> None:
    """Which plugins use, by a socket that is for this user alone."""

    async def run() -> None:
        async with Bench(tmp_path) as bench:
            await bench.begin()
            folder = Path((await bench.monitor.server.address()).removeprefix("unix:")).parent
            assert folder.stat().st_mode & 0o777 == 0o700
            for request in (_network(), _network(name="../../etc"), b"\xff\xff\xff"):
                told = await bench.send("RegisterResource", request)
                assert await bench.send_by_grpc("RegisterResource", request) == told
            assert (await bench.send_by_grpc("Nothing", b""))[0] is grpc.StatusCode.UNIMPLEMENTED
            assert (await bench.send("Nothing", b""))[0] is grpc.StatusCode.UNIMPLEMENTED
        assert not folder.exists()

    asyncio.run(run())


def test_many_calls_of_many_threads_and_large_ones_by_the_line(tmp_path: Path) -> None:
    """Each thread gets its own answer, also while messages larger than any buffer pass."""

    async def echo(data: bytes) -> bytes:
        await asyncio.sleep(0.001 if data[0] % 2 else 0)
        return data

    async def run() -> None:
        ours, theirs = socket.socketpair()
        line = Line({"a": {"echo": echo}})
        await asyncio.get_running_loop().create_unix_connection(lambda: line, sock=ours)
        client = HostLine(theirs.detach())
        sent = [bytes([index % 256]) * (2_000_000 if index % 50 == 0 else index) for index in range(1, 301)]
        assert await asyncio.gather(*(asyncio.to_thread(client.call, b"a/echo", each) for each in sent)) == sent
        await line.close()
        client.close()

    asyncio.run(run())


def test_a_line_that_ends_leaves_nobody_waiting(tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def hang(data: bytes) -> bytes:
        begun.set()
        await asyncio.Event().wait()
        return data

    async def broken(data: bytes) -> bytes:
        raise ZeroDivisionError("a fault of ours")

    async def run() -> None:
        ours, theirs = socket.socketpair()
        line = Line({"a": {"hang": hang, "broken": broken}})
        await asyncio.get_running_loop().create_unix_connection(lambda: line, sock=ours)
        client = HostLine(theirs.detach())
        with pytest.raises(Refused, match="ZeroDivisionError: a fault of ours"):
            await asyncio.to_thread(client.call, b"a/broken", b"")
        waiting = asyncio.ensure_future(asyncio.to_thread(client.call, b"a/hang", b""))
        await begun.wait()
        await line.close()
        for call in (waiting, asyncio.to_thread(client.call, b"a/hang", b"")):
            with pytest.raises(Refused) as caught:
                await call
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        client.close()

    asyncio.run(run())


def test_every_method_of_both_services_is_served(tmp_path: Path) -> None:
    async def run() -> None:
        async with Bench(tmp_path) as bench:
            assert set(METHODS) == set(bench.monitor.resource_monitor())
            engine = engine_pb2.DESCRIPTOR.services_by_name["Engine"]
            assert {method.name for method in engine.methods} == set(bench.monitor.engine())

    asyncio.run(run())
