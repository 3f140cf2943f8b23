"""Nine faults of the Pulumi SDK, mended in the program's process without a change to the SDK's files.

Each is a function of its own, and ``tests/integration/python_stack/test_mends.py`` tells when the SDK no longer needs it. Runs in the
project's own interpreter: nothing but the standard library and ``pulumi`` may be imported here.
"""

import asyncio
import functools
import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_LIBRARY = f"python{sys.version_info.major}.{sys.version_info.minor}"
_DEPENDED_ON = "_virtwright_depended_on"
_MANY_OBJECTS = 200_000
"""New objects before the collector looks for cycles."""
_PLAIN = frozenset((str, int, float, bool, type(None)))


def mend() -> None:
    """All of them."""
    drop_internal_debug_logs()
    wait_once_for_each_output()
    look_for_cycles_without_recursion()
    remember_the_types_of_each_class()
    trace_the_users_own_frames()
    read_settings_once()
    send_plain_values_as_they_are()
    make_up_no_urns()
    look_for_garbage_rarely()


def drop_internal_debug_logs() -> None:
    """The SDK sends four debug messages for each resource, each a blocking call to the engine, which nobody reads. What
    the user's own program logs is sent."""
    from pulumi import log

    send = log.debug

    def debug(*arguments: Any, **options: Any) -> None:
        caller = sys._getframe(1).f_globals.get("__name__", "")
        if not caller.startswith("pulumi."):
            send(*arguments, **options)

    log.debug = debug


def wait_once_for_each_output() -> None:
    """At the end of a program the SDK waits for "the next of all that is pending", and begins anew after each: quadratic in
    the number of resources. Here each pending output is waited for once."""
    from pulumi.runtime import stack

    stack.wait_for_rpcs = _wait_for_rpcs


async def _wait_for_rpcs(await_all_outstanding_tasks: bool = True) -> None:
    from pulumi.runtime.settings import _get_rpc_manager

    manager = _get_rpc_manager()
    while True:
        while manager.rpcs:
            await asyncio.sleep(0)
            await _await_rpc(manager)
        if manager.unhandled_exception is not None:
            raise manager.unhandled_exception.with_traceback(manager.exception_traceback)
        if await_all_outstanding_tasks:
            await _wait_for_outputs()
        if not manager.rpcs:
            return


async def _await_rpc(manager: Any) -> None:
    try:
        await manager.rpcs.pop()
    except Exception as error:
        if manager.unhandled_exception is not None:
            raise error from manager.unhandled_exception.with_traceback(manager.exception_traceback)
        raise


async def _wait_for_outputs() -> None:
    done: asyncio.Queue[asyncio.Future[Any]] = asyncio.Queue()
    waiting = 0
    while True:
        for output in _take_outputs():
            output.add_done_callback(done.put_nowait)
            waiting += 1
        if not waiting:
            return
        if error := (await done.get()).exception():
            raise error  # to await it once more would take away where it was raised
        waiting -= 1


def _take_outputs() -> list[Any]:
    from pulumi.runtime.settings import SETTINGS

    with SETTINGS.lock:
        outputs = list(SETTINGS.outputs)
        SETTINGS.outputs.clear()
    return outputs


def look_for_cycles_without_recursion() -> None:
    """The SDK looks for cycles by a recursive walk over all that a resource needs, at each dependency: a chain of a thousand
    exceeds Python's limit. Here the walk is a loop, and skipped where nothing needs the resource yet."""
    from pulumi.runtime import resource_cycle_breaker as breaker

    dependencies: Callable[[Any], set[Any]] = breaker._deps

    def add(from_resource: Any, to_resource: Any) -> None:
        setattr(to_resource, _DEPENDED_ON, True)
        known = getattr(from_resource, breaker._DEPENDENCIES_PROPERTY, None)
        if known is None:
            setattr(from_resource, breaker._DEPENDENCIES_PROPERTY, {to_resource})
        else:
            known.add(to_resource)

    def reachable(from_resource: Any, to_resource: Any) -> bool:
        if from_resource is to_resource:
            return True
        if not getattr(to_resource, _DEPENDED_ON, False):
            return False
        seen, queue = {from_resource}, [from_resource]
        while queue:
            for each in dependencies(queue.pop()):
                if each is to_resource:
                    return True
                if each not in seen:
                    seen.add(each)
                    queue.append(each)
        return False

    breaker._add_dep = add
    breaker._reachable = reachable


def remember_the_types_of_each_class() -> None:
    """The SDK evaluates the annotations of a resource's class anew for each resource: a third of all its work for classes
    with many properties."""
    from pulumi import _types

    _types.resource_types = functools.cache(_types.resource_types)


def trace_the_users_own_frames() -> None:
    """The SDK sends, with each resource, where it was made: every frame of the stack, its own and asyncio's too, each looked up
    on disk. Here those of the user alone, by name and line."""
    from pulumi.runtime import resource
    from pulumi.runtime.proto import source_pb2

    @functools.cache
    def uri(file: str) -> str:
        parts = Path(file).parts
        installed = file.startswith("<") or "site-packages" in parts or _LIBRARY in parts
        return "" if installed else Path(file).absolute().as_uri()

    def trace() -> Any:
        found, frame = source_pb2.StackTrace(), sys._getframe(1)
        while frame is not None:
            if place := uri(frame.f_code.co_filename):
                found.frames.add(pc=source_pb2.SourcePosition(uri=place, line=frame.f_lineno))
            frame = frame.f_back  # type: ignore[assignment]
        return found

    resource._get_stack_trace = trace


def read_settings_once() -> None:
    """The SDK looks each of its settings up twice, some hundred times for each resource."""
    from pulumi._utils import ContextProperty

    def get(self: Any, owner: Any, _: Any) -> Any:
        if owner is None:
            return self
        value = self.fget()
        return self if isinstance(value, dict) else value

    ContextProperty.__get__ = get  # type: ignore[method-assign, assignment]


def send_plain_values_as_they_are() -> None:
    """The SDK asks of each text and number whether it is a list, a resource, an asset, an output, a class: two thirds of what
    it takes to send a resource."""
    from pulumi.runtime import rpc

    serialize = rpc.serialize_property

    @functools.wraps(serialize)
    async def serialize_property(value: Any, *arguments: Any, **named: Any) -> Any:
        if type(value) in _PLAIN and not named:
            return value
        return await serialize(value, *arguments, **named)

    rpc.serialize_property = serialize_property


def make_up_no_urns() -> None:
    """For each resource the SDK makes up a URN, out of nine outputs, that only tests without an engine need."""
    from pulumi.runtime import resource, settings

    create = resource.create_urn

    def create_urn(*arguments: Any, **named: Any) -> Any:
        caller = sys._getframe(1).f_code.co_name
        if caller in ("do_register", "do_read") and settings.get_monitor() is not None:
            return _NoUrn
        return create(*arguments, **named)

    resource.create_urn = create_urn


class _NoUrn:
    @staticmethod
    async def future() -> None:
        """As that of an output."""


def look_for_garbage_rarely() -> None:
    """All that a program makes stays until its end: looking for garbage among it takes a tenth of the time."""
    gc.set_threshold(max(_MANY_OBJECTS, gc.get_threshold()[0]), *gc.get_threshold()[1:])
