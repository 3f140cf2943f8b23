"""The hosts of a stack, reached for the commands that look at what runs there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from virtwright.cli.records import find_record
from virtwright.engine.api import Engine
from virtwright.engine.selection import address
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.state.stack import StackState
from virtwright.engine.state.store import StateStore
from virtwright.errors import InputError, StateError, UnsupportedError
from virtwright.providers.base import Operations, Provider


@dataclass(frozen=True, slots=True)
class Source:
    """Something that runs, and what can be done with it."""

    name: str
    id: str
    operations: Operations


@dataclass(frozen=True, slots=True)
class Reach:
    """A stack's state and a provider for each of its hosts, by the host's name."""

    state: StackState
    providers: Mapping[str, Provider]

    def provider(self, record: ResourceRecord) -> Provider:
        """Raises ``StateError`` where the state does not hold the resource's host."""
        provider = self.providers.get(record.host.name) if record.host else None
        if provider is None:
            raise StateError(f"the state does not know the host of {address(record.urn)}")
        return provider

    def operations(self, name: str) -> Source:
        """Raises ``InputError`` for a wrong name or something that is not there, ``UnsupportedError`` for what can't run."""
        record = find_record(self.state, name)
        shown = address(record.urn)
        if record.id is None:
            raise InputError.one(f"{shown} is not there now", hint="bring it back:\n    virtwright apply")
        operations = self.provider(record).operations(record.kind)
        if operations is None:
            raise UnsupportedError(f"{shown} is a {record.kind}: it does not run, so it has no logs and no commands")
        return Source(shown, record.id, operations)


@contextmanager
def reach_hosts(store: StateStore, state: StackState) -> Iterator[Reach]:
    """Open a provider for each host that the state knows; closes them at the end."""
    providers = Engine(store).providers(state)
    try:
        yield Reach(state, providers)
    finally:
        for provider in providers.values():
            provider.close()
