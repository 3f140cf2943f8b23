"""Which provider serves a URI scheme: virtwright's own from a table, those of other packages by their entry points."""

import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from virtwright.errors import ProviderError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

_DOCKER: Final = "virtwright.providers.docker.provider:DockerProvider"
_SWARM: Final = "virtwright.providers.docker.swarm.provider:SwarmProvider"
_LIBVIRT: Final = "virtwright.providers.libvirt.provider:LibvirtProvider"
OWN: Final = {
    "dynamic": "virtwright.providers.dynamic.provider:DynamicProvider",
    "namespace": "virtwright.providers.namespace.provider:NamespaceProvider",
    **dict.fromkeys(("docker", "docker+unix", "docker+tcp", "docker+ssh"), _DOCKER),
    **dict.fromkeys(("swarm", "swarm+unix", "swarm+tcp", "swarm+ssh"), _SWARM),
    **{f"{driver}{way}": _LIBVIRT for driver in ("lxc", "qemu", "test", "xen") for way in ("", "+ssh", "+unix")},
}
"""As in pyproject.toml, whose entries tell other programs. To look for entry points takes twice as long as Python's own start."""
_GROUP: Final = "virtwright.providers"


def schemes() -> list[str]:
    """All that are served, in alphabetical order."""
    return sorted({*OWN, *_installed(tuple(sys.path)).names})


def provider_class(scheme: str) -> Any:
    """None where no provider serves it. Raises ``ProviderError`` where it can't be loaded, or where several packages serve it."""
    if scheme in OWN:
        module, _, name = OWN[scheme].partition(":")
        return _loaded(scheme, OWN[scheme], module, lambda: getattr(import_module(module), name))
    entries = [each for each in _installed(tuple(sys.path)) if each.name == scheme]
    check_claims(scheme)
    return (
        _loaded(scheme, f"{entries[0].value} of {_package(entries[0])}", entries[0].module, entries[0].load)
        if entries
        else None
    )


def check_claims(scheme: str) -> None:
    """Raise ``ProviderError`` where several packages say that they serve a scheme. One of virtwright's own is looked at only where
    a host is checked: to look for entry points takes too long for each command."""
    places = {each.value: _package(each) for each in _installed(tuple(sys.path)) if each.name == scheme}
    if scheme in OWN:
        places = {OWN[scheme]: "virtwright", **places}
    if len(places) > 1:
        told = " and ".join(f"{package} ({value})" for value, package in places.items())
        raise ProviderError(f"the scheme {scheme} is served by {told}", hint="remove all of these packages but one")


def _package(entry: "EntryPoint") -> str:
    return entry.dist.name if entry.dist is not None else "a package"


def _loaded(scheme: str, told: str, module: str, load: Callable[[], Any]) -> Any:
    from virtwright.providers.blame import is_fault, package_of, place

    try:
        found = load()
    except BaseException as error:
        if not is_fault(error):
            raise
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        where = place(error, {package_of(module)})
        raise ProviderError(
            f"the provider of {scheme}, {told}, can't be loaded: {text}{f' ({where})' if where else ''}",
            hint="install it again, with all that it needs, or report this to its author",
        ) from error
    if not isinstance(found, type):
        raise ProviderError(
            f"the provider of {scheme}, {told}, is no class but {found!r}",
            hint="the entry point of a provider names its class",
        )
    return found


@cache
def _installed(places: tuple[str, ...]) -> "EntryPoints":
    """The providers of all packages in these folders: to look for them takes long, and a run opens many hosts."""
    from importlib.metadata import entry_points

    return entry_points(group=_GROUP)
