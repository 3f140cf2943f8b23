"""What came late: objects of creations that were given up, because nothing was there when a later run looked.

A process that was stopped for longer than its lease lasts may have a call under way that makes an object when it wakes. Its
commit is refused then; the next run finds the object by its stamp, whose operation the state knows as one that ended without an
object, and deletes it as the old one of a replacement. What holds data is left alone: the run warns of it.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from virtwright.engine.hosts import Connection
from virtwright.engine.observing import record_of_seen
from virtwright.engine.run import Run
from virtwright.engine.state.records import Changes
from virtwright.errors import VirtwrightError
from virtwright.providers.base import Observed
from virtwright.schemas.kinds import EVERY_KIND
from virtwright.schemas.urn import Urn

if TYPE_CHECKING:
    from virtwright.engine.state.stack import StackState

_MAKING: Final = ("create", "replace")


async def doom_late(run: Run, state: "StackState") -> None:
    """Give each a record that is doomed."""
    known = run.snapshot.ids | run.made
    unknown = [
        found async for found in seen_anywhere(run) if found[2].id not in known and not EVERY_KIND[found[1]].holds_data
    ]
    if not unknown:
        return
    over = {each.id for each in state.history() if each.op in _MAKING and each.outcome == "nothing"}
    late = tuple(replace(record_of_seen(*found), doomed=True) for found in unknown if found[2].stamp.operation in over)
    if late:
        run.late.update(record.row for record in late)
        await run.actor.commit(Changes(put=late))


async def seen_anywhere(run: Run) -> AsyncIterator[tuple[Urn, str, Observed[Any, Any]]]:
    """What the hosts have of the stack. Where one can't be asked, the steps that need it say so."""
    for urn in dict.fromkeys([*run.places.declared(), *(record.urn for record in run.snapshot.hosts())]):
        for place in _places(run, urn):
            for kind in _asked(run, urn, place):
                with suppress(VirtwrightError):
                    for seen in (await run.hosts.listing(place, kind)).objects:
                        yield urn, kind, seen


def _places(run: Run, urn: Urn) -> Collection[Connection]:
    with suppress(VirtwrightError):
        return run.places.all(urn)
    return ()


def _asked(run: Run, host: Urn, place: Connection) -> Collection[str]:
    """A run about some resources only does not reach for hosts that it has nothing to do with."""
    return place.handlers if place.listings or run.selection.is_whole or _deletes_from(run, host) else ()


def _deletes_from(run: Run, host: Urn) -> bool:
    records = (*run.snapshot.resources(), *run.snapshot.doomed.values())
    return any(each.host == host and run.selection.includes_delete(each.urn) for each in records)
