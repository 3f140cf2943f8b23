"""Holds a provider to its contract when it is loaded: what it owes is there, and each public name on it is a hook that fits.

A hook that is misspelt, or takes other arguments than it is called with, would otherwise never be called, and nobody told. What is
handed out is guarded: ``guard.py`` looks at each answer.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from virtwright.errors import Problem, ProviderError
from virtwright.providers.answers import described
from virtwright.providers.base import Handler, Operations, Provider
from virtwright.providers.blame import BUG, failed, is_fault, package_of
from virtwright.providers.conformance import FITTING, class_name, faults, fits, kind_faults, member_place, swapped
from virtwright.providers.guard import Guard, bare
from virtwright.providers.hooks import HANDLER, OPERATIONS, PROVIDER
from virtwright.schemas.host import Host

_SCHEMES: Final = "`schemes` has the name of each entry point that names the class"
_OURS: Final = "virtwright.providers."
_SEEN: Final = FITTING[HANDLER.name]
"""Asked for several times for each resource: a call for each handler would be felt."""


def open_checked(found: Any, name: str, host: Host) -> Provider:
    """Open a host with the class that an entry point names. Raises ``ProviderError`` with all that is wrong with it.

    Handlers and operations of our own providers are looked at when they are asked for, since most commands need few of them;
    those of somebody else's at once, so that their author sees all faults together.
    """
    if not isinstance(found, type):
        raise ProviderError(f"{found!r} is no class", hint="the entry point of a provider names its class")
    try:
        provider: Any = found.open(name, host)  # type: ignore[attr-defined]
    except BaseException as error:
        if not is_fault(error):
            raise
        if problems := faults(found, PROVIDER):
            raise ProviderError.of(problems) from error
        raise _failed(found, "open", error) from error
    if not _is_made(provider):
        raise ProviderError.of([_wrong(found, "open", described(provider), "a provider")])
    if not fits(provider, PROVIDER) or not found.__module__.startswith(_OURS):
        _refuse(provider)
    scheme = host.uri.partition("://")[0]
    if scheme not in provider.schemes:
        told = ", ".join(provider.schemes) or "none"
        place = member_place(found, "schemes")
        raise ProviderError(f"{class_name(found)} serves the schemes {told}, and not {scheme} ({place})", hint=_SCHEMES)
    guarded: Any = Guard(provider, PROVIDER, found)
    return guarded  # type: ignore[no-any-return]


def handlers_of(provider: Provider) -> Mapping[str, Handler[Any, Any]]:
    """A provider's handlers by kind. Raises ``ProviderError`` where one does not keep to the contract."""
    found = provider.handlers
    for handler in found.values():
        if type(handler) not in _SEEN and not fits(handler, HANDLER):
            _refuse(provider)
    return _Guarded(found, provider.__class__)


class _Guarded(Mapping[str, Handler[Any, Any]]):
    """Handlers, each with its guard from when it is first asked for: most callers want one."""

    __slots__ = ("_bare", "_guards", "_owner")

    def __init__(self, bare: Mapping[str, Handler[Any, Any]], owner: type) -> None:
        self._bare = bare
        self._owner = owner
        self._guards: dict[str, Any] = {}

    def __getitem__(self, kind: str) -> Handler[Any, Any]:
        guarded = self._guards.get(kind)
        if guarded is None:
            guarded = self._guards[kind] = Guard(self._bare[kind], HANDLER, self._owner, kind)
        return guarded

    def __contains__(self, kind: object) -> bool:
        return kind in self._bare

    def __iter__(self) -> Iterator[str]:
        return iter(self._bare)

    def __len__(self) -> int:
        return len(self._bare)


def operations_of(provider: Provider, kind: str) -> Operations | None:
    """What an operator can do with a kind, if anything. Raises ``ProviderError`` where that does not keep to the contract."""
    found: Any = provider.operations(kind)
    if found is None:
        return None
    if not _is_made(found) or not fits(found, OPERATIONS):
        _refuse(provider)
    guarded: Any = Guard(found, OPERATIONS, provider.__class__, kind)
    return guarded  # type: ignore[no-any-return]


def all_faults(provider: Provider) -> tuple[Problem, ...]:
    """All that is wrong with a provider, its handlers and its operations. Asking for them touches no host."""
    held: Any = bare(provider)
    cls = type(held)
    found = [*faults(cls, PROVIDER, held)]
    asked = "handlers"
    try:
        by_kind: Any = held.handlers
        if not isinstance(by_kind, Mapping):
            return tuple(found) or (
                _wrong(cls, "handlers", described(by_kind), "a handler for each kind, by its name"),
            )
        found += _handler_faults(cls, by_kind)
        asked = "operations"
        runs = [each for kind in by_kind if isinstance(kind, str) and (each := held.operations(kind)) is not None]
    except BaseException as error:
        if not is_fault(error):
            raise
        if found:
            return tuple(found)  # they are why
        raise _failed(cls, asked, error) from error
    for each in runs:
        if _is_made(each):
            found += faults(type(each), OPERATIONS, each)
        else:
            found.append(_wrong(cls, "operations", described(each), "operations or None"))
    return tuple(dict.fromkeys(found))


def _handler_faults(provider: type, by_kind: Mapping[Any, Any]) -> Iterator[Problem]:
    yield from kind_faults(provider, by_kind)
    for kind, handler in by_kind.items():
        if _is_made(handler):
            yield from (*faults(type(handler), HANDLER, handler), *swapped(type(handler), kind))
        else:
            yield _wrong(provider, "handlers", f"{described(handler)} for {kind!r}", "a handler")


def _is_made(value: object) -> bool:
    """Whether it is an object of somebody's class, which can be looked at."""
    return not isinstance(value, type) and type(value).__module__ != "builtins"


def _wrong(provider: type, name: str, given: str, wanted: str) -> Problem:
    told = f"{class_name(provider)}.{name} gave {given}: the engine wants {wanted} ({member_place(provider, name)})"
    return Problem(told, hint=BUG)


def _refuse(provider: Provider) -> None:
    if problems := all_faults(provider):
        raise ProviderError.of(problems)


def _failed(provider: type, name: str, error: BaseException) -> ProviderError:
    place = member_place(provider, name)
    return failed(f"{class_name(provider)}.{name}", error, {package_of(provider.__module__)}, place, hint=BUG)
