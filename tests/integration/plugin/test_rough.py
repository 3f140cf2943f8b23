"""The plugin when things go wrong: mistakes, failures, cancellation, kill -9."""

import signal
import threading
import time

import grpc
import pytest
from google.protobuf import empty_pb2
from tests.contract.namespace.items import BACK, altered
from tests.contract.namespace.subject import NamespaceSubject
from tests.integration.plugin.conftest import StartPlugin
from tests.plugin_lab import EnginePart, half_done
from tests.programs import Item

pytestmark = pytest.mark.root
SLEEPER = Item("Container", "web", {"image": "host", "command": ["sleep", "1000"], "stop_timeout": "0s"})
WAITER = altered(SLEEPER, wait_for={"tcp": 81, "timeout": "120s"})


def test_a_create_that_fails_leaves_nothing_that_is_not_known(subject: NamespaceSubject, start: StartPlugin) -> None:
    engine = EnginePart()
    with start() as plugin:
        with pytest.raises(grpc.RpcError) as caught:
            engine.up(plugin, altered(SLEEPER, wait_for={"tcp": 81, "timeout": "0.3s"}))
        assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert "81" in (caught.value.details() or "")
        known = [SLEEPER] if half_done(caught.value) else []
        assert subject.census() == subject.expected(known) and set(engine.held) == {item.name for item in known}
        engine.up(plugin, SLEEPER)
    assert subject.census() == subject.expected([SLEEPER])


def test_cancel_ends_a_wait(subject: NamespaceSubject, start: StartPlugin) -> None:
    with start() as plugin:
        engine = EnginePart()
        cancel = threading.Timer(1.5, lambda: plugin.Cancel(empty_pb2.Empty()))
        cancel.start()
        started = time.monotonic()
        with pytest.raises(grpc.RpcError) as caught:
            engine.up(plugin, WAITER)
        cancel.join()
        assert time.monotonic() - started < 60
        assert caught.value.code() in (grpc.StatusCode.CANCELLED, grpc.StatusCode.FAILED_PRECONDITION)
        assert subject.census() == subject.expected([SLEEPER] if engine.held else [])


@pytest.mark.parametrize(
    "point",
    ["plugin.before-create:2", "plugin.created:2", "namespace.step:2"],
)
def test_a_plugin_killed_in_a_create_leaves_no_orphan_and_makes_nothing_twice(
    subject: NamespaceSubject, start: StartPlugin, point: str
) -> None:
    engine, items = EnginePart(), (BACK, altered(SLEEPER))
    with start(VIRTWRIGHT_FAILPOINT=f"{point}=kill") as plugin:
        with pytest.raises(grpc.RpcError):
            engine.up(plugin, *items)
        assert plugin.process.wait(120) == -signal.SIGKILL
    with start() as plugin:
        engine.up(plugin, *items)
        assert subject.census() == subject.expected(items)
        assert engine.up(plugin, *items) == {}
        engine.up(plugin)
        assert subject.census() == subject.expected(())


def test_a_plugin_killed_between_the_halves_of_a_replacement(subject: NamespaceSubject, start: StartPlugin) -> None:
    engine, other = EnginePart(), altered(SLEEPER, command=["sleep", "999"])
    with start() as plugin:
        engine.up(plugin, SLEEPER)
    old = engine.held["web"].id
    with start(VIRTWRIGHT_FAILPOINT="plugin.created:1=kill") as plugin, pytest.raises(grpc.RpcError):
        engine.up(plugin, other)
    with start() as plugin:
        engine.up(plugin, other)
        assert engine.held["web"].id != old and not engine.doomed
        assert subject.census() == subject.expected([other])
        assert engine.up(plugin, other) == {}
