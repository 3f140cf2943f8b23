"""What must hold between the records of one state. Pure."""

from collections import Counter
from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from virtwright.engine.state.records import OperationRecord, ResourceRecord
from virtwright.engine.state.rows import damaged
from virtwright.errors import StateError
from virtwright.schemas.urn import Urn
from virtwright.stacks.base import StackName


def check_resources(name: StackName, records: Sequence[ResourceRecord]) -> None:
    """Raises ``StateError`` for another stack's URN, two live rows with one URN, a missing dependency or a cycle."""
    for record in records:
        for urn in (record.urn, record.host):
            if urn is not None:
                _check_owner(name, urn)
    _check_unique(records)
    _check_dependencies(records)


def check_operations(name: StackName, records: Sequence[OperationRecord]) -> None:
    """Raises ``StateError`` for another stack's URN."""
    for record in records:
        _check_owner(name, record.urn)


def _check_owner(name: StackName, urn: Urn) -> None:
    if (urn.project, urn.stack) != (name.project, name.stack):
        raise damaged(f"it belongs to the stack {urn.project}/{urn.stack}, not to {name}", str(urn))


def _check_unique(records: Sequence[ResourceRecord]) -> None:
    live = Counter(record.urn for record in records if not record.doomed)
    if len(live) != live.total():
        twice = next(urn for urn, count in live.items() if count > 1)
        raise damaged("two live resources have this URN", str(twice))


def _check_dependencies(records: Sequence[ResourceRecord]) -> None:
    """A doomed row may depend on what is gone already."""
    known = {record.urn for record in records}
    graph = {record.urn: record.dependencies for record in records if not record.doomed}
    for urn, dependencies in graph.items():
        if missing := dependencies - known:
            raise damaged(f"it depends on {min(missing)}, which is missing", str(urn))
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise _cycle(error.args[1]) from error


def _cycle(urns: Sequence[Urn]) -> StateError:
    return damaged("these depend on each other: " + " -> ".join(urn.name for urn in urns), str(urns[0]))
