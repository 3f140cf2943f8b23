"""Small programs for the engine's tests."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from virtwright.schemas.urn import HOST_TYPE, Urn, type_token
from virtwright.schemas.values import UNKNOWN
from virtwright.stacks.base import HOST_KIND, Goal, Register, Registered, StackName


@dataclass(frozen=True)
class Item:
    """One resource of a test's program. ``{name}`` in an input's text is the host's name of that other item, and
    ``{name.output}`` another output of it."""

    kind: str
    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    uses: tuple[str, ...] = ()
    """Other items whose outputs its inputs use."""
    after: tuple[str, ...] = ()
    """Other items that must be there first."""
    host: str = "one"
    was: tuple[str, ...] = ()
    """Names it had before."""
    options: Mapping[str, Any] = field(default_factory=dict)


class ListProgram:
    """Registers a list of items, each when what it needs is there."""

    def __init__(
        self, *items: Item, stack: str = "shop", hosts: Mapping[str, str | Mapping[str, Any]] | None = None
    ) -> None:
        """``hosts`` by name: a URI, or all that is said of the host."""
        self.items = items
        self._name = StackName(stack, stack)
        self._hosts: dict[str, str | Mapping[str, Any]] = dict(hosts or {"one": "fake://one"})
        self._kinds = {item.name: item.kind for item in items}

    def __repr__(self) -> str:
        return f"ListProgram({', '.join(map(repr, self.items))}, hosts={self._hosts})"

    @property
    def name(self) -> StackName:
        return self._name

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr((self.items, self._hosts)).encode()).hexdigest()

    def urn(self, name: str, kind: str | None = None) -> Urn:
        return Urn(self._name.stack, self._name.project, type_token(kind or self._kinds[name]), name)

    def host_urn(self, name: str) -> Urn:
        return Urn(self._name.stack, self._name.project, HOST_TYPE, name)

    @property
    def hosts(self) -> tuple[Goal, ...]:
        said = {name: {"uri": uri} if isinstance(uri, str) else uri for name, uri in self._hosts.items()}
        return tuple(Goal(self.host_urn(name), HOST_KIND, {"max_parallel": 16, **each}) for name, each in said.items())

    async def run(self, register: Register) -> Mapping[str, object]:
        for host in self.hosts:
            await register(host)
        answers: dict[str, asyncio.Task[Registered]] = {}

        async def one(item: Item) -> Registered:
            needed = {name: await answers[name] for name in (*item.uses, *item.after)}
            return await register(self._goal(item, needed))

        for item in _ordered(self.items):
            answers[item.name] = asyncio.ensure_future(one(item))
        done = await asyncio.gather(*answers.values())
        return {answer.urn.name: answer.outputs.get("name") for answer in done}

    def _goal(self, item: Item, needed: Mapping[str, Registered]) -> Goal:
        names = {name: answer.outputs.get("name", UNKNOWN) for name, answer in needed.items()}
        for name, answer in needed.items():
            names |= {f"{name}.{output}": value for output, value in answer.outputs.items()}
        return Goal(
            urn=self.urn(item.name),
            kind=item.kind,
            inputs=_fill(item.inputs, names),
            host=self.host_urn(item.host),
            dependencies=frozenset(self.urn(name) for name in (*item.uses, *item.after)),
            references=frozenset(self.urn(name) for name in item.uses),
            aliases=frozenset(self.urn(name, item.kind) for name in item.was),
            **item.options,
        )


def _ordered(items: tuple[Item, ...]) -> list[Item]:
    """Needed ones first."""
    left, ordered, seen = list(items), [], set[str]()
    while left:
        ready = [item for item in left if seen.issuperset((*item.uses, *item.after))]
        assert ready, "a test's program has a cycle or a name that is missing"
        ordered += ready
        seen |= {item.name for item in ready}
        left = [item for item in left if item.name not in seen]
    return ordered


def _fill(value: Any, names: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        return {key: _fill(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, names) for item in value]
    if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
        return names[value[1:-1]]
    return value
