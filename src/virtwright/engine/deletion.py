"""The end of a run: what the state holds and nobody registered is deleted, dependants first."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from virtwright.engine.components import forgotten
from virtwright.engine.copies import told_of_copy
from virtwright.engine.events import StepSkipped, Warned
from virtwright.engine.hosts import Connection
from virtwright.engine.moving import check_whereabouts
from virtwright.engine.ownership import refusal
from virtwright.engine.permits import check_loss, check_protection
from virtwright.engine.run import Run
from virtwright.engine.selection import address, names_exactly
from virtwright.engine.state.records import Changes, ResourceRecord
from virtwright.engine.step import Op, Step
from virtwright.engine.unrecorded import users_of
from virtwright.errors import Problem, RefusedError, VirtwrightError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Observed
from virtwright.providers.diff import Impact
from virtwright.schemas.kinds import EVERY_KIND
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import reveal

_ANOTHERS: Final = "its object is another state's, and stays: only the record goes"
_COPY: Final = "its object is gone, and a copy in its place stays: only the record goes"


@dataclass(frozen=True, slots=True)
class Leaving:
    """One record that has to go."""

    record: ResourceRecord
    step: Step
    names: tuple[str, ...] | None = None
    """Where the resource has several objects: what this one alone is called."""


def leaving(run: Run) -> list[Leaving]:
    """Everything to delete: doomed halves of replacements, and what left the program. Hosts are no part of it."""
    gone = [record for record in run.snapshot.resources() if _unwanted(run, record.urn)]
    if run.selection.options.targets:
        gone = _with_dependants(run, gone)
    old = [record for record in run.snapshot.doomed.values() if _is_over(run, record)]
    found = [Leaving(record, _step(record, _why_old(run, record))) for record in old]
    found += [Leaving(record, _step(record, _along(run, record))) for record in gone]
    return _named(found)


async def _with_owner(run: Run, each: Leaving) -> Leaving:
    """Where another state has the object by now, or a copy is in its place, only the record goes: nothing is deleted, nor data lost."""
    record = each.record
    if _leaves_its_object(run, record):
        return each
    with suppress(VirtwrightError):
        listings = [await run.hosts.listing(place, record.kind) for place in _homes(run, record)]
        if any(record.id in listing.by_id for listing in listings):
            return each
        for listing in listings:
            if (other := listing.other((record.urn,), record.id)) is not None:
                reason = _COPY if other in listing.copies else _ANOTHERS
                return replace(each, step=replace(each.step, impact=Impact.NONE, reason=reason, keeps=True))
    return each


def _named(found: list[Leaving]) -> list[Leaving]:
    """Where a resource has several objects, each step names its own."""
    by_urn: dict[Urn, list[ResourceRecord]] = {}
    for each in found:
        if each.record.id is not None:
            by_urn.setdefault(each.record.urn, []).append(each.record)
    return [_with_names(each, by_urn.get(each.record.urn, ())) for each in found]


def _with_names(each: Leaving, records: Sequence[ResourceRecord]) -> Leaving:
    if len(records) < 2 or each.record.id is None:
        return each
    others = {name for record in records if record is not each.record for name in _names(record)}
    own = tuple(name for name in _names(each.record) if name not in others)
    told = f"its object {_told(each.record)}"
    reason = f"{told}: {each.step.reason}" if each.step.reason else told
    return Leaving(each.record, replace(each.step, reason=reason), own)


def _told(record: ResourceRecord) -> str:
    id, name = str(record.id), str(reveal(record.outputs.get("name")) or "")
    return f"{name} ({id})" if name not in ("", id) else id


def _names(record: ResourceRecord) -> list[str]:
    """What an object is called, but for its resource's name."""
    names = (record.id, record.outputs.get("name"))
    return [str(reveal(name)) for name in names if name and not names_exactly(str(reveal(name)), record.urn)]


def _is_over(run: Run, record: ResourceRecord) -> bool:
    """An old object stays until its new one is there."""
    return run.current(record.urn) not in run.undone and run.selection.includes_old(record.urn)


def _why_old(run: Run, record: ResourceRecord) -> str:
    if record.row in run.unrecorded:
        return "the state did not know it"
    return (
        "an earlier run made it when it had been given up" if record.row in run.late else "the old one of a replacement"
    )


def _unwanted(run: Run, urn: Urn) -> bool:
    return urn not in run.registered and urn not in run.renamed and run.selection.includes_delete(urn)


def _with_dependants(run: Run, records: list[ResourceRecord]) -> list[ResourceRecord]:
    """What depends on a deleted resource and is itself unregistered goes with it."""
    found = {record.urn: record for record in records}
    queue = list(records)
    while queue:
        for record in run.snapshot.dependants(queue.pop().urn):
            if record.urn not in found and record.urn not in run.registered:
                found[record.urn] = record
                queue.append(record)
    return list(found.values())


def _step(record: ResourceRecord, reason: str) -> Step:
    loses = EVERY_KIND[record.kind].holds_data and record.id is not None and not record.retain_on_delete
    if record.retain_on_delete:
        reason = "its object stays on the host (retain_on_delete)"
    return Step(
        op=Op.DELETE,
        urn=record.urn,
        kind=record.kind,
        host=record.host.name if record.host is not None else None,
        impact=Impact.DATA_LOSS if loses else Impact.NONE,
        reason=reason,
        keeps=record.retain_on_delete and record.id is not None,
    )


def _along(run: Run, record: ResourceRecord) -> str:
    """Why its object needs no deletion of its own; empty where it does."""
    if not _goes_along(run, record):
        return ""
    return f"its object goes with {address(Urn.parse(str(record.traits.deleted_with)))} (deleted_with)"


def _goes_along(run: Run, record: ResourceRecord) -> bool:
    """Whether what it is deleted with is really deleted in this run."""
    if record.traits.deleted_with is None or record.doomed:
        return False
    urn = Urn.parse(record.traits.deleted_with)
    other = run.snapshot.live.get(urn)
    return other is not None and not other.retain_on_delete and _unwanted(run, urn) and urn not in run.undone


class Deletion:
    """Deletes in parallel, each when all that depended on it is gone."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._leaving = leaving(run)
        self._over: dict[str, asyncio.Event] = {each.record.row: asyncio.Event() for each in self._leaving}
        self._kept: set[str] = set()
        self._rows: dict[Urn, list[ResourceRecord]] = {}
        for each in self._leaving:
            for urn in each.record.dependencies:
                self._rows.setdefault(urn, []).append(each.record)

    def permitted(self) -> list[Leaving]:
        """What may be deleted; each refusal is noted as a failure."""
        allowed = []
        for each in self._leaving:
            try:
                self._permit(each)
            except VirtwrightError as error:
                self._run.undone.add(each.record.urn)
                self._kept.add(each.record.row)
                self._over[each.record.row].set()
                self._run.steps.append(each.step)
                self._run.fail(error, each.record.urn, each.record.kind, each.step.host, 0.0)
            else:
                allowed.append(each)
        return allowed

    def _permit(self, each: Leaving) -> None:
        check_whereabouts(self._run, each.record.urn)
        if not self._is_part_of_a_step(each.record):
            _check(self._run, each)

    def _is_part_of_a_step(self, record: ResourceRecord) -> bool:
        """The old object of a replacement of this very run: that step was shown and permitted."""
        return record.row in self._run.replacing

    async def carry_out(self) -> None:
        """Delete all that may be; failures are noted, and what they depend on stays."""
        self._leaving = [await _with_owner(self._run, each) for each in self._leaving]
        await asyncio.gather(*(self._delete(each) for each in self.permitted()))
        await self._forget_hosts()
        if not self._run.errors and (rows := forgotten(self._run)):
            await self._run.actor.commit(Changes(remove=tuple(rows)))

    async def _delete(self, each: Leaving) -> None:
        record = each.record
        dependants = [other for other in self._rows.get(record.urn, ()) if other.row != record.row]
        if self._run.unrecorded:
            dependants += users_of(self._run, record, [other.record for other in self._leaving])
        started = time.monotonic()
        try:
            for other in dependants:
                await self._over[other.row].wait()
            if self._run.halted or self._is_out_of_reach(record) or self._is_needed(record):
                self._kept.add(record.row)
                return
            if not self._is_part_of_a_step(record):
                self._run.announce(each.step)
            await _remove(self._run, each)
            if not self._is_part_of_a_step(record):
                self._run.count(each.step.result)
        except VirtwrightError as error:
            self._kept.add(record.row)
            self._run.fail(error, record.urn, record.kind, each.step.host, time.monotonic() - started)
        finally:
            self._over[record.row].set()

    def _is_out_of_reach(self, record: ResourceRecord) -> bool:
        """Whether its host could not be opened."""
        if (missing := self._run.failed_host(record.host)) is not None:
            self._run.listen(StepSkipped(record.urn, f"it needs {missing}"))
        return missing is not None

    def _is_needed(self, record: ResourceRecord) -> bool:
        """Whether something stays that depends on it: excluded, refused, or failed before it could let go."""
        snapshot = self._run.snapshot
        staying = [] if record.doomed else [*snapshot.dependants(record.urn), *snapshot.old_users(record.urn)]
        if staying:
            self._run.listen(StepSkipped(record.urn, f"{address(staying[0].urn)} still needs it"))
        return bool(staying)

    async def _forget_hosts(self) -> None:
        used = {record.host for record in (*self._run.snapshot.resources(), *self._run.snapshot.doomed.values())}
        used |= self._run.unsettled
        unused = [
            record.row
            for record in self._run.snapshot.hosts()
            if record.urn not in self._run.registered and record.urn not in used
        ]
        if unused and not self._run.errors:
            await self._run.actor.commit(Changes(remove=tuple(unused)))


async def delete_old(run: Run, record: ResourceRecord) -> None:
    """Delete the old half of a replacement early, as something that it uses has to go. Raises what prevents it."""
    if not _is_over(run, record):
        raise RefusedError(
            f"an old object of {address(record.urn)} has to go first, but its new one is not there, or this run leaves"
            " it alone",
            where=Where(urn=str(record.urn)),
        )
    each = Leaving(record, _step(record, _why_old(run, record)))
    own = record.row in run.replacing
    if not own:
        _check(run, each)
        run.announce(each.step)
    await _remove(run, each)
    if not own:
        run.count(each.step.result)


def _check(run: Run, each: Leaving) -> None:
    if not _leaves_its_object(run, each.record):
        run.places.check(each.record)
    if not each.record.doomed:
        check_protection(each.step, protected=each.record.protect)
    check_loss(each.step, run.selection, run.typed, each.names)
    if run.agreement is not None:
        run.agreement.check(each.step)


async def _remove(run: Run, each: Leaving) -> None:
    record = each.record
    if _leaves_its_object(run, record):
        await run.actor.commit(Changes(remove=(record.row,)))
        return
    run.places.check(record)
    for place in _homes(run, record):
        listing = await run.hosts.listing(place, record.kind)
        if (seen := listing.by_id.get(record.id or "")) is not None and _has_its_place(run, record, seen):
            continue
        if seen is not None:
            await run.actor.delete(each.step, record, place)
            return
        if (other := listing.other((), record.id)) is not None:
            _warn_of_another(run, record, place, other)
    await run.actor.commit(Changes(remove=(record.row,)))


def _has_its_place(run: Run, record: ResourceRecord, seen: Observed[Any, Any]) -> bool:
    """Whether what was seen is what took the place of the record's object: on a host that has two names."""
    live = run.snapshot.live.get(run.current(record.urn)) if record.doomed else None
    return live is not None and live.id == seen.id and live.traits.operation == seen.stamp.operation != ""


def _warn_of_another(run: Run, record: ResourceRecord, place: Connection, other: Observed[Any, Any]) -> None:
    """Only the record goes."""
    message, hint = refusal(other, f"{address(record.urn)} ({record.id})", run.hosts.owner.shown)
    where = Where(urn=str(record.urn), host=place.name)
    run.listen(Warned(Problem(f"{message}. It is left alone: only the record goes", where, hint)))


def _leaves_its_object(run: Run, record: ResourceRecord) -> bool:
    """Whether only the record goes."""
    return record.id is None or record.retain_on_delete or _goes_along(run, record)


def _homes(run: Run, record: ResourceRecord) -> list[Connection]:
    """Where the object may be. On a host whose URI changed, the id of an old object may be that of the new one too:
    then the new one is at the new place, and the old one at one of those before."""
    places = run.places.of(record)
    live = run.snapshot.live.get(run.current(record.urn))
    if record.doomed and live is not None and (live.id, live.host) == (record.id, record.host):
        return places[1:]
    return places


def strangers(run: Run) -> list[str]:
    """Ids of objects that bear the stack's stamp and that neither the state nor this run knows of."""
    known = run.snapshot.ids | run.made
    return [f"{address(Urn.parse(seen.stamp.urn))} ({seen.id})" for seen in run.hosts.listed() if seen.id not in known]


def told_copies(run: Run) -> Iterator[Problem]:
    """Of what bears the stamps of the stack's own objects, and is none of them."""
    for place in run.hosts.connections():
        for listing in place.listed():
            yield from (told_of_copy(each, place.name, place.host.uri) for each in listing.copies)
