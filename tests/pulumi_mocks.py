"""Runs a program against Pulumi's own mocks, and tells what it registered."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pulumi
from pulumi.runtime.stack import wait_for_rpcs

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """One resource, as the engine would get it."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    id: str | None
    provider: str | None


@dataclass(slots=True)
class MockedEngine(pulumi.runtime.Mocks):
    """Answers with the inputs and with ``told``, and keeps what it was asked."""

    told: Mapping[str, Any] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    calls: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    answers: Mapping[str, Any] = field(default_factory=dict)

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.seen.append(Seen(args.typ, args.name, dict(args.inputs), args.resource_id, args.provider))
        return args.resource_id or f"{args.name}-id", {**args.inputs, **self.told}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        self.calls.append((args.token, dict(args.args)))
        return dict(self.answers), []

    def one(self, name: str) -> Seen:
        (found,) = [seen for seen in self.seen if seen.name == name]
        return found

    def run(self, program: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a program to its end; returns what it returns."""

        loops = [asyncio.new_event_loop()]
        asyncio.set_event_loop(loops[0])

        def begin() -> None:
            """Give each thread the loop that the mocks would make and never close."""
            loops.append(asyncio.new_event_loop())
            asyncio.set_event_loop(loops[-1])

        threads = ThreadPoolExecutor(4, initializer=begin)
        loops[0].set_default_executor(threads)
        try:
            pulumi.runtime.set_mocks(self, project="shop", stack="prod")
            result = loops[0].run_until_complete(program())
            loops[0].run_until_complete(wait_for_rpcs())
            return result
        finally:
            threads.shutdown()
            asyncio.set_event_loop(None)
            for loop in loops:
                loop.close()
