"""``host gc``: show what no record knows, and remove what the user names."""

import json
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, closing

from virtwright.cli.ask import confirm
from virtwright.cli.hosts import NamedHost
from virtwright.cli.render.tables import print_table
from virtwright.cli.render.text import safe
from virtwright.cli.session import Session
from virtwright.engine.hosts import open_provider
from virtwright.engine.leftovers import Stamped, check_loss, check_stop, remove, stamped, stop
from virtwright.engine.whereabouts import Place, Whereabouts, Whose
from virtwright.errors import InputError, RefusedError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Provider
from virtwright.providers.context import Context
from virtwright.providers.hooks import KnowsItself, offers

_TIMEOUT = 600.0
"""Seconds for one removal."""


@dataclass(frozen=True, slots=True)
class GarbageRequest:
    """What the user wants to have removed."""

    names: tuple[str, ...]
    """``PROJECT/STACK``, with ``@IDENTITY`` where another state has it, a resource of this state, or an id."""
    stops: tuple[str, ...]
    """The same, of what is only to be stopped."""
    allow_data_loss: tuple[str, ...]
    yes: bool


@dataclass(frozen=True, slots=True)
class _Finding:
    host: NamedHost
    provider: Provider
    place: Place
    leftover: Stamped
    whose: Whose

    @property
    def owner(self) -> str:
        """The stack, and which of that name."""
        return f"{self.leftover.stack}@{self.leftover.identity}"

    def is_of(self, name: str) -> bool:
        """Whether ``name`` is that of its stack, with or without the identity."""
        return name in (self.leftover.stack, self.owner)


def collect_garbage(session: Session, hosts: Sequence[NamedHost], request: GarbageRequest) -> int:
    """Returns the exit code. Raises ``VirtwrightError`` for a host that can't be asked, before anything is removed."""
    session.warn_where_new()
    places = Whereabouts.of(session.store)
    with ExitStack() as opened:
        found = [each for host in hosts for each in _ask(opened, session, host, places)]
        _print(session, found)
        _warn_of_known(session, found, places)
        stopped = _chosen(found, request.stops, places.everywhere())
        removed = _chosen(found, request.names, places.everywhere())
        if not stopped and not removed:
            return 0
        for each in stopped:
            check_stop(each.provider, each.leftover)
        check_loss([each.leftover for each in removed], request.allow_data_loss)
        if not confirm(session.settings, _question(len(stopped), len(removed)), yes=request.yes):
            return 1
        for each in stopped:
            _change(session, each, stop, "stopped")
        for each in removed:
            _change(session, each, remove, "removed")
    return 0


def _question(stopped: int, removed: int) -> str:
    parts = [f"{word} {count} objects" for word, count in (("stop", stopped), ("remove", removed)) if count]
    return f"{' and '.join(parts).capitalize()}?"


def place_of(host: NamedHost, provider: Provider) -> Place:
    """The host, with what tells it from others. Raises ``HostError``."""
    return Place(host.host.uri, provider.evidence() if offers(provider, KnowsItself) else {})


def tell_same(session: Session, host: NamedHost, same: Collection[str]) -> None:
    """Where the host is one that the state has at another URI."""
    if same:
        session.warn(
            f"{host.host.uri} is the host that the state has at {', '.join(sorted(same))}: what it has there is in use."
        )


def _warn_of_known(session: Session, found: Sequence[_Finding], places: Whereabouts) -> None:
    """A host may answer at several URIs, and not show it."""
    known = {
        (each.leftover.stack, uri)
        for each in found
        if each.whose is not Whose.COPY
        for uri in places.of_stack(each.leftover.stack, each.place)
    }
    for stack in sorted({stack for stack, _ in known}):
        uris = ", ".join(sorted(uri for name, uri in known if name == stack))
        session.warn(
            f"The state has {stack} at {uris}. Where that is this same host, what is listed here is in use: leave it."
        )


def _ask(opened: ExitStack, session: Session, host: NamedHost, places: Whereabouts) -> Iterator[_Finding]:
    """What is left on one host, which may be one that the state has under another name."""
    provider = opened.enter_context(closing(open_provider(host.name, host.host)))
    place = place_of(host, provider)
    judged = places.judge(place, stamped(provider))
    tell_same(session, host, judged.same)
    for leftover, whose in judged.objects:
        if whose is not Whose.RECORDED:
            yield _Finding(host, provider, place, leftover, whose)


def _chosen(found: list[_Finding], names: Sequence[str], known: Collection[str]) -> list[_Finding]:
    chosen: dict[int, _Finding] = {}
    for name in names:
        named = [each for each in found if each.is_of(name) or each.leftover.is_named_by((name,))]
        if not named:
            raise _nothing(name, found, known)
        _refuse_several(name, named, known)
        chosen |= {index: each for index, each in enumerate(found) if each in named}
    return [chosen[index] for index in sorted(chosen)]


def _nothing(name: str, found: list[_Finding], known: Collection[str]) -> InputError:
    if name in known:
        return InputError.one(
            f"the state knows the stack {name}, and nothing of it is left over here",
            hint=f"delete what it has with it:\n    virtwright destroy --stack {name}",
        )
    names = sorted({each.leftover.stack for each in found})
    return InputError.one(
        f"no stack {name!r} left anything on these hosts, nor is there anything of this name or id",
        hint=f"found were: {', '.join(names) or 'none'}",
    )


def _refuse_several(name: str, named: Sequence[_Finding], known: Collection[str]) -> None:
    """Raises ``RefusedError`` where a name means objects of several states, or those of another one with a stack of a name that is
    ``known``."""
    owners = sorted({each.owner for each in named if each.leftover.identity})
    others = [each for each in named if each.whose is Whose.OTHER and each.leftover.stack in known]
    vague = [each for each in others if name not in (each.leftover.id, each.owner)]
    if len(owners) > 1 or vague:
        whose = (
            f"objects of {len(owners)} states" if len(owners) > 1 else "what another state has of a stack of this name"
        )
        lines = "".join(f"\n    --remove {owner}" for owner in owners)
        raise RefusedError(f"{name} means {whose}", hint=f"say whose, or name each by its id:{lines}")


def _change(
    session: Session, finding: _Finding, change: Callable[[Provider, Stamped, Context], None], done: str
) -> None:
    context = Context(deadline=time.monotonic() + _TIMEOUT, identity=finding.leftover.identity)
    change(finding.provider, finding.leftover, context)
    if not session.settings.json:
        session.out.print(safe(f"{done} {finding.leftover.name} of {finding.leftover.stack}"), soft_wrap=True)


def _print(session: Session, found: list[_Finding]) -> None:
    if session.settings.json:
        print(json.dumps([_as_json(each) for each in found], indent=2))
    elif not found:
        session.out.print("Nothing: all that bears a stamp is in the records of a state that is known here.")
    else:
        rows = [
            (each.leftover.stack, each.leftover.name, each.host.name, each.whose.value, each.leftover.id)
            for each in found
        ]
        print_table(session.out, ("STACK", "RESOURCE", "HOST", "WHOSE", "ID"), rows)


def _as_json(finding: _Finding) -> dict[str, str]:
    left = finding.leftover
    return {
        "stack": left.stack,
        "identity": left.identity,
        "kind": left.kind,
        "resource": left.name,
        "host": finding.host.name,
        "whose": finding.whose.value,
        "id": left.id,
    }
