"""``host list HOST``: all that is on a host, with whose it is."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Final

from virtwright.cli.gc import place_of, tell_same
from virtwright.cli.hosts import NamedHost
from virtwright.cli.render.tables import print_table
from virtwright.cli.session import Session
from virtwright.engine.hosts import open_provider
from virtwright.engine.leftovers import Stamped, stamped
from virtwright.engine.whereabouts import Place, Whereabouts, Whose
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Provider
from virtwright.providers.contract import handlers_of
from virtwright.providers.hooks import HoldsStacks, Imports, offers
from virtwright.schemas.kinds import KINDS

_NOBODY: Final = "nobody's"
_THIS: Final = "this stack's"
_ANOTHER: Final = "another stack's"


@dataclass(frozen=True, slots=True)
class HostObject:
    """Something on a host."""

    kind: str
    id: str
    name: str
    """As its stack calls it, ``volumes.data``, or as the host does where it is nobody's."""
    whose: str
    stack: str = ""
    identity: str = ""


def list_objects(session: Session, host: NamedHost, stack: str | None) -> None:
    """Print them. ``stack`` is the one that the command is about, where there is one. Raises ``VirtwrightError`` for a host that can't
    be asked."""
    session.warn_where_new()
    places = Whereabouts.of(session.store)
    with closing(open_provider(host.name, host.host)) as provider:
        found, same = objects_on(provider, places, place_of(host, provider), stack)
    tell_same(session, host, same)
    _print(session, found)


def objects_on(
    provider: Provider, places: Whereabouts, place: Place, stack: str | None
) -> tuple[list[HostObject], frozenset[str]]:
    """All that is there, and the URIs at which the states have this host under another one. Raises ``HostError``."""
    judged = places.judge(place, stamped(provider) if offers(provider, HoldsStacks) else [])
    ours = [_stamped(each, whose, stack) for each, whose in judged.objects]
    known = {(each.kind, each.id) for each in ours}
    return [*ours, *_without_stamps(provider, places, place, known, stack)], judged.same


def _stamped(each: Stamped, whose: Whose, stack: str | None) -> HostObject:
    """A record makes it a stack's; without one the state is told."""
    told = whose.value if whose is not Whose.RECORDED else _of(each.stack, stack)
    return HostObject(each.kind, each.id, each.name, told, each.stack, each.identity)


def _of(stack: str, current: str | None) -> str:
    return _THIS if stack == current else _ANOTHER


def _without_stamps(
    provider: Provider, places: Whereabouts, place: Place, known: set[tuple[str, str]], stack: str | None
) -> Iterator[HostObject]:
    """What somebody else made. A stack may have taken it over."""
    for kind, handler in handlers_of(provider).items():
        if not offers(handler, Imports):
            continue
        for each in handler.find(None):
            if (kind, each.id) in known or each.stamp is not None:
                continue
            owner = places.recorded(place, kind, each.id)
            whose = _of(owner, stack) if owner is not None else _NOBODY
            yield HostObject(kind, each.id, f"{KINDS[kind].section}: {each.name}", whose, owner or "")


def _print(session: Session, found: list[HostObject]) -> None:
    if session.settings.json:
        told = [
            {"kind": each.kind, "id": each.id, "name": each.name, "whose": each.whose, "stack": each.stack or None,
             "identity": each.identity or None}
            for each in found
        ]  # fmt: skip
        print(json.dumps(told, indent=2))
    elif not found:
        session.out.print("Nothing is on this host.")
    else:
        rows = [(each.name, each.whose, each.stack or "-", each.id) for each in found]
        print_table(session.out, ("OBJECT", "WHOSE", "STACK", "ID"), rows)
