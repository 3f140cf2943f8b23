"""At which URIs the state has its stacks, and whether what a host shows is the very object that the state has.

A host may answer at several URIs: by another name, or by an alias of ``ssh_config``. Then the objects there bear the stamps of operations
that the state knows as those that made them, or changed them since. What is left of an earlier object, on a host that was
lost, bears an older one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Self

from virtwright.engine.leftovers import Leftover
from virtwright.engine.places import uris
from virtwright.engine.state.records import FinishedOperation
from virtwright.engine.state.store import StateStore
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import reveal


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Of all stacks in a store."""

    stacks: Mapping[str, frozenset[str]]
    """By URI: the full names of the stacks that the state has there, or had before a host's URI changed."""
    _objects: Mapping[tuple[str, str, str, str], str] = field(default_factory=dict)
    """By stack, URN, id and operation: the URI of the host that has the object."""

    @classmethod
    def of(cls, store: StateStore) -> Self:
        """Raises ``StateError`` where a stack's state is damaged."""
        stacks: dict[str, set[str]] = {}
        objects: dict[tuple[str, str, str, str], str] = {}
        for name in store.stacks():
            state = store.stack(name)
            records = state.resources()
            for uri in uris(records):
                stacks.setdefault(uri, set()).add(str(name))
            at = {record.urn: str(reveal(record.inputs).get("uri")) for record in records if record.urn.is_host}
            operations = latest_operations(state.history())
            for record in records:
                if record.host in at and record.id is not None and not record.doomed:
                    for operation in operations.get(record.urn, ()):
                        objects[str(name), str(record.urn), record.id, operation] = at[record.host]
        return cls({uri: frozenset(names) for uri, names in stacks.items()}, objects)

    def everywhere(self) -> frozenset[str]:
        """The full names of all stacks that have a host."""
        return frozenset().union(*self.stacks.values())

    def of_stack(self, stack: str) -> list[str]:
        """The URIs at which the state has a stack."""
        return sorted(uri for uri, stacks in self.stacks.items() if stack in stacks)

    def same_host(self, found: Iterable[Leftover]) -> frozenset[str]:
        """The URIs at which the state has a host that is the one where all this was ``found``."""
        keys = ((each.stack, str(each.urn), each.id, each.operation) for each in found)
        return frozenset(self._objects[key] for key in keys if key in self._objects)


def latest_operations(history: Iterable[FinishedOperation]) -> dict[Urn, set[str]]:
    """By URN: the operations, of a ``history`` with the newest first, that its object may bear now: the one that made it,
    or brought it to its host, and those that have changed it since."""
    latest: dict[Urn, set[str]] = {}
    complete: set[Urn] = set()
    for each in history:
        if each.urn not in complete:
            latest.setdefault(each.urn, set()).add(each.id)
            if each.op != "update":
                complete.add(each.urn)
    return latest
