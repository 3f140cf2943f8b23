"""Which provider serves a URI scheme: virtwright's own from a table, those of other packages by their entry points."""

import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from virtwright.errors import ProviderError, VirtwrightError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

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
    """None where no provider serves it. Raises ``ProviderError`` where it can't be loaded."""
    if scheme in OWN:
        module, _, name = OWN[scheme].partition(":")
        return _loaded(scheme, OWN[scheme], lambda: getattr(import_module(module), name))
    entries = _installed(tuple(sys.path))
    return _loaded(scheme, entries[scheme].value, entries[scheme].load) if scheme in entries.names else None


def _loaded(scheme: str, place: str, load: Callable[[], Any]) -> Any:
    try:
        return load()
    except VirtwrightError:
        raise
    except Exception as error:
        raise ProviderError(
            f"the provider of {scheme}, {place}, can't be loaded: {type(error).__name__}: {error}",
            hint="install it again, with all that it needs, or report this to its author",
        ) from error


@cache
def _installed(places: tuple[str, ...]) -> "EntryPoints":
    """The providers of all packages in these folders: to look for them takes long, and a run opens many hosts."""
    from importlib.metadata import entry_points

    return entry_points(group=_GROUP)
