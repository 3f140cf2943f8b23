"""Snapshots of a stack's machines, at the command line."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Final

from virtwright.cli.ask import agreed
from virtwright.cli.reach import Reach, reach_hosts
from virtwright.cli.render.tables import print_table
from virtwright.cli.session import Session
from virtwright.cli.state_edit import check_unchanged, hold
from virtwright.engine.selection import address
from virtwright.errors import InputError, UnsupportedError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.context import Context
from virtwright.providers.contract import operations_of
from virtwright.providers.hooks import KeepsSnapshots, offers

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


@dataclass(frozen=True, slots=True)
class Holder:
    """Something that has snapshots."""

    name: str
    id: str
    operations: KeepsSnapshots


def take(session: Session, name: str, resources: Sequence[str], *, external: bool, disk_only: bool, wait: float) -> int:
    """Of each in turn. Raises ``VirtwrightError`` at the first that can't."""
    if not _NAME.fullmatch(name):
        raise InputError.one(
            f"{name!r} is no name for a snapshot",
            where=Where(path="NAME"),
            hint="letters, digits, '_', '-' and '.', at most 63",
        )
    if disk_only and not external:
        raise InputError.one(
            "a snapshot inside of the disks has the memory of what runs with it",
            where=Where(path="--disk-only"),
            hint="add --external",
        )
    context = Context(progress=lambda message, fraction=None: session.warn(message))
    with _holders(session, resources) as holders, hold(session.state(), wait):
        _each(
            session,
            holders,
            "taken",
            lambda each: each.operations.snapshot(each.id, name, context, external=external, memory=not disk_only),
        )
    return 0


def print_all(session: Session, resources: Sequence[str]) -> None:
    with _holders(session, resources) as holders:
        found = [(holder.name, each) for holder in holders for each in holder.operations.snapshots(holder.id)]
    if session.settings.json:
        print(json.dumps([{"resource": resource, **asdict(each)} for resource, each in found], indent=2))
        return
    rows = [
        (
            resource,
            each.name,
            each.made,
            each.kind,
            "memory and disks" if each.memory else "disks",
            "current" if each.current else "",
        )
        for resource, each in found
    ]
    print_table(session.out, ("RESOURCE", "SNAPSHOT", "MADE", "KIND", "OF", ""), rows)


def revert(session: Session, name: str, resources: Sequence[str], *, yes: bool, wait: float) -> int:
    with _asked(session, name, resources, "what was written since the snapshot {} will be lost", yes, wait) as holders:
        _each(session, holders, "gone back to", lambda each: each.operations.revert(each.id, name, Context()))
        return 0 if holders else 1


def remove(session: Session, name: str, resources: Sequence[str], *, yes: bool, wait: float) -> int:
    with _asked(session, name, resources, "the snapshot {} will be deleted", yes, wait) as holders:
        _each(session, holders, "deleted", lambda each: each.operations.delete_snapshot(each.id, name, Context()))
        return 0 if holders else 1


@contextmanager
def _asked(
    session: Session, name: str, resources: Sequence[str], loss: str, yes: bool, wait: float
) -> Iterator[Sequence[Holder]]:
    """Those that have the snapshot, or none where the user does not agree. That one lacks it is an error before any is
    changed. Raises ``StateError`` where the state has changed since the question was asked: nobody is kept waiting for the answer."""
    state = session.state()
    seen = state.serial
    with _holders(session, resources) as holders:
        having = _having(holders, name, named=bool(resources))
        names = ", ".join(each.name for each in having)
        if not agreed(session, f"{names}: {loss.format(name)}.", yes=yes):
            yield ()
            return
        with hold(state, wait):
            check_unchanged(state, seen)
            yield having


def _each(session: Session, holders: Sequence[Holder], done: str, work: Callable[[Holder], None]) -> None:
    for each in holders:
        work(each)
        session.warn(f"{each.name}: {done}")


def _having(holders: Sequence[Holder], name: str, *, named: bool) -> list[Holder]:
    """Those with a snapshot of that name; all of them must have it where they were named."""
    having = [each for each in holders if any(one.name == name for one in each.operations.snapshots(each.id))]
    lacking = [each.name for each in holders if each not in having]
    if not having or (named and lacking):
        raise InputError.one(
            f"there is no snapshot {name} of {', '.join(lacking)}",
            hint="to see which there are:\n    virtwright snapshot list",
        )
    return having


@contextmanager
def _holders(session: Session, resources: Sequence[str]) -> Iterator[list[Holder]]:
    """Those that are named, or all that can have snapshots."""
    with reach_hosts(session.store, session.state()) as hosts:
        found = [_named(hosts, name) for name in dict.fromkeys(resources)] if resources else _all(hosts)
        if not found:
            raise InputError.one("nothing in this stack can have snapshots", hint="machines on libvirt hosts can")
        yield found


def _named(hosts: Reach, name: str) -> Holder:
    source = hosts.operations(name)
    if not offers(source.operations, KeepsSnapshots):
        raise UnsupportedError(f"{source.name} can't have snapshots", hint="machines on libvirt hosts can")
    return Holder(source.name, source.id, source.operations)


def _all(hosts: Reach) -> list[Holder]:
    found: list[Holder] = []
    for record in hosts.state.resources():
        operations = (
            operations_of(hosts.provider(record), record.kind) if record.id is not None and record.host else None
        )
        if record.id is not None and offers(operations, KeepsSnapshots):
            found.append(Holder(address(record.urn), record.id, operations))
    return sorted(found, key=lambda each: each.name)
