"""``host gc``: show what stacks left behind, and remove what the user names."""

import json
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, closing

from virtwright.cli.ask import confirm
from virtwright.cli.hosts import NamedHost
from virtwright.cli.render.tables import print_table
from virtwright.cli.render.text import safe
from virtwright.cli.session import Session
from virtwright.engine.hosts import open_provider
from virtwright.engine.leftovers import Leftover, check_loss, leftovers, remove
from virtwright.engine.whereabouts import Whereabouts
from virtwright.errors import InputError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Provider
from virtwright.providers.context import Context

_TIMEOUT = 600.0
"""Seconds for one removal."""


@dataclass(frozen=True, slots=True)
class GarbageRequest:
    """What the user wants to have removed."""

    stacks: tuple[str, ...]
    allow_data_loss: tuple[str, ...]
    yes: bool


@dataclass(frozen=True, slots=True)
class _Finding:
    host: NamedHost
    provider: Provider
    leftover: Leftover


def collect_garbage(session: Session, hosts: Sequence[NamedHost], request: GarbageRequest) -> int:
    """Returns the exit code. Raises ``VirtwrightError`` for a host that can't be asked, before anything is removed."""
    places = Whereabouts.of(session.store)
    with ExitStack() as opened:
        found = [each for host in hosts for each in _ask(opened, session, host, places)]
        _print(session, found)
        _warn_of_known(session, found, places)
        if not request.stacks:
            return 0
        chosen = _chosen(found, request.stacks, places.everywhere())
        check_loss([each.leftover for each in chosen], request.allow_data_loss)
        if not confirm(session.settings, f"Remove {len(chosen)} objects?", yes=request.yes):
            return 1
        for each in chosen:
            _remove(session, each)
    return 0


def _warn_of_known(session: Session, found: Sequence[_Finding], places: Whereabouts) -> None:
    """A host may answer at several URIs, and not show it."""
    for stack in sorted({each.leftover.stack for each in found}):
        if known := places.of_stack(stack):
            session.warn(
                f"The state has {stack} at {', '.join(known)}. Where that is this same host, what is listed here is in use: leave it."
            )


def _ask(opened: ExitStack, session: Session, host: NamedHost, places: Whereabouts) -> Iterator[_Finding]:
    """What is left on one host, which may be one that the state has under another name."""
    provider = opened.enter_context(closing(open_provider(host.name, host.host)))
    known = places.stacks.get(host.host.uri, frozenset())
    found = leftovers(provider, known)
    if same := places.same_host(found):
        session.warn(
            f"{host.host.uri} is the host that the state has at {', '.join(sorted(same))}: what it has there is in use."
        )
        known = known.union(*(places.stacks[uri] for uri in same))
    for leftover in found:
        if leftover.stack not in known:
            yield _Finding(host, provider, leftover)


def _chosen(found: list[_Finding], stacks: Sequence[str], known: Collection[str]) -> list[_Finding]:
    for stack in stacks:
        left = any(each.leftover.stack == stack for each in found)
        if stack in known and not left:
            raise InputError.one(
                f"the state knows the stack {stack}",
                hint=f"delete what it has with it:\n    virtwright destroy --stack {stack}",
            )
        if not left:
            names = sorted({each.leftover.stack for each in found})
            raise InputError.one(
                f"no stack {stack!r} left anything on these hosts", hint=f"found were: {', '.join(names) or 'none'}"
            )
    return [each for each in found if each.leftover.stack in stacks]


def _remove(session: Session, finding: _Finding) -> None:
    remove(finding.provider, finding.leftover, Context(deadline=time.monotonic() + _TIMEOUT))
    if not session.settings.json:
        session.out.print(safe(f"removed {finding.leftover.name} of {finding.leftover.stack}"), soft_wrap=True)


def _print(session: Session, found: list[_Finding]) -> None:
    if session.settings.json:
        print(json.dumps([_as_json(each) for each in found], indent=2))
    elif not found:
        session.out.print("Nothing: all that bears a stamp belongs to a stack that the state knows there.")
    else:
        rows = [(each.leftover.stack, each.leftover.name, each.host.name, each.leftover.id) for each in found]
        print_table(session.out, ("STACK", "RESOURCE", "HOST", "ID"), rows)


def _as_json(finding: _Finding) -> dict[str, str]:
    left = finding.leftover
    return {"stack": left.stack, "kind": left.kind, "resource": left.name, "host": finding.host.name, "id": left.id}
