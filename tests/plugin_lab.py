"""Starts the provider plugin as Pulumi's engine does, and plays the engine's part over gRPC."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc, status_pb2

from tests.programs import Item, _fill, _ordered
from tests.socket_relay import SocketRelay
from virtwright.schemas.urn import HOST_TYPE, type_token
from virtwright.schemas.values import Secret, Value, reveal
from virtwright.stacks.python.wire import decode, encode

STACK, PROJECT = "prod", "shop"


def urn_of(item: Item) -> str:
    """``parent`` of an item's options is the type of a component that it is a part of."""
    inside = f"{item.options['parent']}$" if "parent" in item.options else ""
    return f"urn:pulumi:{STACK}::{PROJECT}::{inside}{type_token(item.kind)}::{item.name}"


def key_of(item: Item) -> str:
    """What the engine's part calls it: its name, which a part of a component shares with what is outside."""
    return f"{item.options['parent']}/{item.name}" if "parent" in item.options else item.name


class Listening(engine_pb2_grpc.EngineServicer):
    """The part of the engine that a plugin speaks to: it keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def Log(self, request: Any, context: Any) -> Any:
        self.heard.append((request.urn, request.message))
        return empty_pb2.Empty()


@dataclass
class Plugin:
    """One process of the plugin, configured for a host."""

    process: "subprocess.Popen[str]"
    stub: Any
    channel: Any
    relay: SocketRelay
    heard: list[tuple[str, str]]

    def __getattr__(self, method: str) -> Callable[[Any], Any]:
        return lambda request: getattr(self.stub, method)(request, timeout=120)

    def end(self, with_signal: int = signal.SIGTERM) -> int:
        self.channel.close()
        self.relay.close()
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        try:
            return self.process.wait(120)
        finally:
            assert self.process.stdout is not None
            self.process.stdout.close()


@contextlib.contextmanager
def plugin(uri: str | None, home: Path, **environment: str) -> Iterator[Plugin]:
    """A running plugin, in the network of the calling thread; ended, with what it holds, at the end."""
    listening, threads = Listening(), ThreadPoolExecutor(2)
    engine = grpc.server(threads)
    engine_pb2_grpc.add_EngineServicer_to_server(listening, engine)
    port = engine.add_insecure_port("127.0.0.1:0")
    engine.start()
    # The child's network may be another one, where the engine's address leads nowhere: it is told by a socket of the
    # same kind only where both live in one network.
    started = start(f"127.0.0.1:{port}", home, environment)
    started.heard = listening.heard
    try:
        if uri is not None:
            configure(started, uri)
        yield started
    finally:
        if started.process.poll() is None:
            started.end(signal.SIGKILL)
        else:
            started.end()
        engine.stop(None).wait()
        threads.shutdown()


def start(engine: str, home: Path, environment: Mapping[str, str]) -> Plugin:
    process = subprocess.Popen(
        [sys.executable, "-m", "virtwright.plugin.main", engine],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "VIRTWRIGHT_HOME": str(home), **environment},
    )
    assert process.stdout is not None
    port = int(process.stdout.readline())
    relay = SocketRelay(port)
    channel = grpc.insecure_channel(f"unix:{relay.path}")
    return Plugin(process, provider_pb2_grpc.ResourceProviderStub(channel), channel, relay, [])


def configure(plugin: Plugin, uri: str) -> None:
    plugin.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address=""))
    urn = f"urn:pulumi:{STACK}::{PROJECT}::{HOST_TYPE}::here"
    checked = plugin.CheckConfig(provider_pb2.CheckRequest(urn=urn, news=encode({"uri": uri, "max_parallel": 16})))
    assert not checked.failures, checked
    answer = plugin.Configure(
        provider_pb2.ConfigureRequest(args=checked.inputs, acceptSecrets=True, urn=urn, name="here", id="1")
    )
    assert answer.supportsPreview and answer.acceptSecrets


@dataclass
class Held:
    """One resource in the engine's state."""

    item: Item
    id: str
    inputs: dict[str, Value]
    outputs: dict[str, Value]

    @property
    def urn(self) -> str:
        return urn_of(self.item)


@dataclass
class EnginePart:
    """The engine's state, and what the engine does with it. It outlives plugins."""

    held: dict[str, Held] = field(default_factory=dict)
    doomed: list[Held] = field(default_factory=list)
    did: list[tuple[str, str]] = field(default_factory=list)
    """What the last run did: an operation and a name."""

    def up(self, plugin: Plugin, *items: Item, preview: bool = False) -> dict[str, Any]:
        """Make it so. Returns each resource's diff, where it had one. With ``preview`` nothing is kept."""
        before = (dict(self.held), list(self.doomed))
        self.did = []
        self._rename(items)
        diffs = {key_of(item): self._one(plugin, item, preview) for item in _ordered(items)}
        for old in self._leaving([key_of(item) for item in items]):
            if old.item.options.get("retain_on_delete"):
                del self.held[key_of(old.item)]
                continue
            self.did.append(("delete", old.item.name))
            if not preview:
                self._delete(plugin, old)
        if preview:
            self.held, self.doomed = before
        return {name: diff for name, diff in diffs.items() if diff is not None}

    def refresh(self, plugin: Plugin) -> dict[str, Any]:
        answers = {}
        for name, held in list(self.held.items()):
            request = provider_pb2.ReadRequest(
                id=held.id, urn=held.urn, properties=encode(held.outputs), inputs=encode(held.inputs)
            )
            answers[name] = answer = plugin.Read(request)
            if not answer.id:
                del self.held[name]
            else:
                held.inputs, held.outputs = decode(answer.inputs), decode(answer.properties)
        return answers

    def check(self, plugin: Plugin, item: Item, prior: Mapping[str, Value] | None = None) -> Any:
        names: dict[str, Value] = {}
        for name, held in self.held.items():
            names |= {f"{name}.{output}": value for output, value in held.outputs.items()}
            names[name] = held.outputs.get("name")
        news = encode(_fill(item.inputs, names))
        return plugin.Check(provider_pb2.CheckRequest(urn=urn_of(item), olds=encode(prior or {}), news=news))

    def _rename(self, items: Sequence[Item]) -> None:
        """By their aliases; the provider is asked nothing."""
        for item in items:
            for old in item.was:
                if key_of(item) not in self.held and old in self.held:
                    held = self.held.pop(old)
                    self.held[key_of(item)] = Held(item, held.id, held.inputs, held.outputs)

    def _one(self, plugin: Plugin, item: Item, preview: bool) -> Any:
        prior = self.held.get(key_of(item))
        checked = self.check(plugin, item, prior.inputs if prior else None)
        assert not checked.failures, checked.failures
        inputs = decode(checked.inputs)
        if prior is None:
            self._create(plugin, item, inputs, preview)
            return None
        diff = plugin.Diff(
            provider_pb2.DiffRequest(
                id=prior.id,
                urn=prior.urn,
                olds=encode(prior.outputs),
                news=encode(inputs),
                old_inputs=encode(prior.inputs),
            )
        )
        prior.item = item
        if diff.changes != provider_pb2.DiffResponse.DIFF_SOME:
            return None
        if not diff.replaces:
            self._update(plugin, prior, inputs, preview)
        else:
            self._replace(plugin, prior, item, inputs, preview, first=diff.deleteBeforeReplace)
        return diff

    def _replace(
        self, plugin: Plugin, prior: Held, item: Item, inputs: dict[str, Value], preview: bool, *, first: bool
    ) -> None:
        if first:
            self.did.append(("delete", item.name))
            if not preview:
                self._delete(plugin, prior)
        self._create(plugin, item, inputs, preview)
        if not first:
            self.doomed.append(prior)

    def _create(self, plugin: Plugin, item: Item, inputs: dict[str, Value], preview: bool) -> None:
        request = provider_pb2.CreateRequest(urn=urn_of(item), properties=encode(inputs), preview=preview)
        try:
            answer = plugin.Create(request)
        except grpc.RpcError as error:
            if (left := half_done(error)) is not None:
                self.held[key_of(item)] = Held(item, left.id, inputs, decode(left.properties))
            raise
        self.did.append(("create", item.name))
        assert bool(answer.id) is not preview
        self.held[key_of(item)] = Held(item, answer.id, inputs, decode(answer.properties))

    def _update(self, plugin: Plugin, prior: Held, inputs: dict[str, Value], preview: bool) -> None:
        answer = plugin.Update(
            provider_pb2.UpdateRequest(
                id=prior.id,
                urn=prior.urn,
                olds=encode(prior.outputs),
                news=encode(inputs),
                old_inputs=encode(prior.inputs),
                preview=preview,
            )
        )
        self.did.append(("update", prior.item.name))
        self.held[key_of(prior.item)] = Held(prior.item, prior.id, inputs, decode(answer.properties))

    def _leaving(self, wanted: Sequence[str]) -> list[Held]:
        gone = [held for name, held in reversed(self.held.items()) if name not in wanted]
        return [*gone, *reversed(self.doomed)]

    def _delete(self, plugin: Plugin, old: Held) -> None:
        plugin.Delete(
            provider_pb2.DeleteRequest(
                id=old.id, urn=old.urn, properties=encode(old.outputs), old_inputs=encode(old.inputs)
            )
        )
        if old in self.doomed:
            self.doomed.remove(old)
        elif self.held.get(key_of(old.item)) is old:
            del self.held[key_of(old.item)]


def half_done(error: grpc.RpcError) -> Any:
    """What an error says of an object that was left behind; None where it says nothing."""
    metadata: Any = error.trailing_metadata()
    for name, value in metadata or ():
        if name == "grpc-status-details-bin":
            status = status_pb2.Status.FromString(value)
            for detail in status.details:
                left = provider_pb2.ErrorResourceInitFailed()
                if detail.Unpack(left):
                    return left
    return None


def secret_names(properties: Mapping[str, Value]) -> set[str]:
    """The top-level fields that hold a secret."""
    return {name for name, value in properties.items() if isinstance(value, Secret) or reveal(value) != value}
