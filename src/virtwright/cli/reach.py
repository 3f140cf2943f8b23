"""The hosts of a stack, reached for the commands that look at what runs there."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from virtwright.cli.records import find_record
from virtwright.engine.api import Engine
from virtwright.engine.selection import address, names_exactly
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.state.stack import StackState
from virtwright.engine.state.store import StateStore
from virtwright.errors import InputError, StateError, UnsupportedError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import CopyState, Operations, Provider
from virtwright.providers.contract import operations_of
from virtwright.providers.hooks import HasCopies, offers

_NUMBERED: Final = re.compile(r"(?P<name>.+)\[(?P<number>[0-9]{1,9})\]")


@dataclass(frozen=True, slots=True)
class Source:
    """Something that runs, and what can be done with it."""

    name: str
    id: str
    operations: Operations
    record: ResourceRecord
    """Of the whole, where it is one copy of a service."""
    host: str = ""
    """Where a copy of a service runs."""


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
        """What is called so, or one copy of a service, as in ``web[2]``. Raises ``InputError`` for a wrong name or something
        that is not there, ``UnsupportedError`` for what can't run."""
        whole, number = self._split(name)
        source = self._source(whole)
        return source if number is None else _one_copy(source, number)

    def sources(self, name: str) -> list[Source]:
        """As ``operations``; of a service whose copies have logs of their own, all of them."""
        source = self.operations(name)
        copies = _copies_apart(source)
        return [source] if copies is None else [_copy_source(source, each) for each in copies.copies(source.id)]

    def grows(self, name: str) -> bool:
        """Whether ``sources`` may be more later: copies of a service that have logs of their own."""
        return _copies_apart(self.operations(name)) is not None

    def sources_now(self, name: str) -> list[Source]:
        """As ``sources``; none where it was deleted in the meantime."""
        try:
            return self.sources(name)
        except (InputError, StateError):
            return []

    def is_known(self, name: str) -> bool:
        """Whether the state has such a resource now."""
        try:
            return self._find(self._split(name)[0]).id is not None
        except (InputError, StateError):
            return False

    def _split(self, name: str) -> tuple[str, int | None]:
        """``web[2]`` -> ``web`` and 2, unless a resource is called just that."""
        found = _NUMBERED.fullmatch(name)
        if found is None or any(names_exactly(name, record.urn) for record in self.state.resources()):
            return name, None
        return found["name"], int(found["number"])

    def _find(self, name: str) -> ResourceRecord:
        """The one that runs, where others have its name too: an image is often called as what is made from it."""
        live = (record for record in self.state.resources() if not record.doomed)
        named = [record for record in live if names_exactly(name, record.urn)]
        running = [record for record in named if self._runs(record)]
        return running[0] if len(running) == 1 < len(named) else find_record(self.state, name)

    def _runs(self, record: ResourceRecord) -> bool:
        provider = self.providers.get(record.host.name) if record.host else None
        return provider is not None and operations_of(provider, record.kind) is not None

    def _source(self, name: str) -> Source:
        record = self._find(name)
        shown = address(record.urn)
        if record.id is None:
            raise InputError.one(f"{shown} is not there now", hint="bring it back:\n    virtwright apply")
        operations = operations_of(self.provider(record), record.kind)
        if operations is None:
            raise UnsupportedError(
                f"{shown} has no logs and runs no commands: it does not run, or its provider offers neither"
            )
        return Source(shown, record.id, operations, record)


def _copies_apart(source: Source) -> HasCopies | None:
    """None for what is one thing, or has one log."""
    operations = source.operations
    if source.host or not offers(operations, HasCopies) or operations.logs_together:
        return None
    return operations


def _one_copy(source: Source, number: int) -> Source:
    if not offers(source.operations, HasCopies):
        raise InputError.one(
            f"{source.name} has no copies that could be told apart", hint=f"name it alone: {source.name}"
        )
    copies = source.operations.copies(source.id)
    of_number = [each for each in copies if each.number == number]
    chosen = next((each for each in of_number if each.state == "running"), next(iter(of_number), None))
    if chosen is None:
        numbers = ", ".join(str(each) for each in sorted({each.number for each in copies}))
        raise InputError.one(f"{source.name} has no copy {number}", hint=f"it has: {numbers or 'none'}")
    return _copy_source(source, chosen)


def _copy_source(source: Source, copy: CopyState) -> Source:
    return replace(source, name=f"{source.name}[{copy.number}]", id=copy.id, host=copy.host)


@contextmanager
def reach_hosts(store: StateStore, state: StackState) -> Iterator[Reach]:
    """Open a provider for each host that the state knows; closes them at the end."""
    providers = Engine(store).providers(state)
    try:
        yield Reach(state, providers)
    finally:
        for provider in providers.values():
            provider.close()
