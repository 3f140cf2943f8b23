"""Holds a provider to its contract when it is loaded: what it owes is there, and each public name on it is a hook that fits.

A hook that is misspelt, or takes other arguments than it is called with, would otherwise never be called, and nobody told.
"""

from collections.abc import Mapping
from traceback import extract_tb
from typing import Any, Final, NoReturn

from virtwright.errors import Problem, ProviderError, VirtwrightError
from virtwright.providers.base import Handler, Operations, Provider
from virtwright.providers.conformance import FITTING, faults, fits, kind_faults
from virtwright.providers.hooks import HANDLER, OPERATIONS, PROVIDER
from virtwright.schemas.host import Host

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
        provider: Provider = found.open(name, host)  # type: ignore[attr-defined]
    except Exception as error:
        if problems := faults(found, PROVIDER):
            raise ProviderError.of(problems) from error
        _raise_in_words(found, error)
    if not fits(provider, PROVIDER) or not found.__module__.startswith(_OURS):
        _refuse(provider)
    return provider


def handlers_of(provider: Provider) -> Mapping[str, Handler[Any, Any]]:
    """A provider's handlers by kind. Raises ``ProviderError`` where one does not keep to the contract."""
    found = provider.handlers
    for handler in found.values():
        if type(handler) not in _SEEN and not fits(handler, HANDLER):
            _refuse(provider)
    return found


def operations_of(provider: Provider, kind: str) -> Operations | None:
    """What an operator can do with a kind, if anything. Raises ``ProviderError`` where that does not keep to the contract."""
    found = provider.operations(kind)
    if found is not None and not fits(found, OPERATIONS):
        _refuse(provider)
    return found


def all_faults(provider: Provider) -> tuple[Problem, ...]:
    """All that is wrong with a provider, its handlers and its operations. Asking for them touches no host."""
    found = [*faults(type(provider), PROVIDER, provider)]
    try:
        by_kind = dict(provider.handlers)
        runs = [each for kind in by_kind if (each := provider.operations(kind)) is not None]
    except Exception as error:  # noqa: BLE001  (told as an error for users, whatever it is)
        if found:
            return tuple(found)  # they are why
        _raise_in_words(type(provider), error)
    found += kind_faults(type(provider), by_kind)
    found += [problem for each in by_kind.values() for problem in faults(type(each), HANDLER, each)]
    found += [problem for each in runs for problem in faults(type(each), OPERATIONS, each)]
    return tuple(dict.fromkeys(found))


def _refuse(provider: Provider) -> None:
    if problems := all_faults(provider):
        raise ProviderError.of(problems)


def _raise_in_words(provider: type, error: Exception) -> NoReturn:
    """Raise what a provider raised, as an error for users if it is none."""
    if isinstance(error, VirtwrightError):
        raise error
    last = extract_tb(error.__traceback__)[-1]
    raise ProviderError(
        f"{provider.__module__}.{provider.__qualname__} failed: {type(error).__name__}: {error} ({last.filename}:{last.lineno})",
        hint="this is a bug in the provider; please report it to its author",
    ) from error
