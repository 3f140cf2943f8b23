"""The order of a deployment's resources: what one needs comes before it, what is to be deleted comes last. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from virtwright.engine.state.records import ResourceRecord
from virtwright.schemas.urn import Urn
from virtwright.stacks.base import HOST_KIND


def ordered(records: Sequence[ResourceRecord]) -> list[ResourceRecord]:
    """Hosts first. Records without a cycle among their dependencies, in the order of their creation."""
    live = {record.urn: record for record in records if not record.doomed}
    try:
        urns = _sorted(live, with_deletions=True)
    except CycleError:
        urns = _sorted(live, with_deletions=False)
    in_order = [live[urn] for urn in urns]
    hosts = [record for record in in_order if record.kind == HOST_KIND]
    rest = [record for record in in_order if record.kind != HOST_KIND]
    return [*hosts, *rest, *(record for record in records if record.doomed)]


def _sorted(live: Mapping[Urn, ResourceRecord], *, with_deletions: bool) -> list[Urn]:
    graph = {urn: [need for need in _needs(record, with_deletions) if need in live] for urn, record in live.items()}
    return list(TopologicalSorter(graph).static_order())


def _needs(record: ResourceRecord, with_deletions: bool) -> Iterable[Urn]:
    yield from sorted(record.dependencies)
    yield from filter(None, (record.host,))
    named = (record.traits.parent, record.traits.deleted_with if with_deletions else None)
    yield from (Urn.parse(text) for text in named if text is not None)
