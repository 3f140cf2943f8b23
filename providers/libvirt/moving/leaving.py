"""What is left of a machine on the host where it is not, removed; and which of two hosts that is."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from virtwright.failpoints import reach
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.machines.definition import Definition
from virtwright.providers.libvirt.machines.lifecycle import Lifecycle
from virtwright.providers.libvirt.machines.power import Switch
from virtwright.providers.libvirt.moving.copying import STEP, flat_name
from virtwright.providers.libvirt.moving.sharing import is_shared

if TYPE_CHECKING:
    from libvirt import virConnect

_RUNNING: Final = 1
"""VIR_DOMAIN_RUNNING."""


def definition(host: LibvirtConnection, id: str) -> Definition | None:
    """Of the machine with this UUID, where it bears a stamp."""

    def look(libvirt: "virConnect") -> Definition | None:
        domain = or_none(lambda: libvirt.lookupByUUIDString(id))
        return Definition.read(domain.XMLDesc(1 | 2)) if domain is not None else None  # secure, inactive

    return host.call("look for the machine", look, repeatable=True)


def has_arrived(here: LibvirtConnection, there: LibvirtConnection, id: str) -> bool:
    """Whether it is on the host ``there``. While the other one still runs it, what is there was given up."""
    found = definition(there, id)
    if found is None or found.record.arriving:
        return False
    state = there.call("see what the machine does", lambda libvirt: _state(libvirt, id), repeatable=True)
    if state == _RUNNING:
        return True
    return here.call("see what the machine does", lambda libvirt: _state(libvirt, id), repeatable=True) is None


def _state(libvirt: "virConnect", id: str) -> int | None:
    """None where it does not run, or is not there."""
    domain = or_none(lambda: libvirt.lookupByUUIDString(id))
    return int(domain.state()[0]) if domain is not None and domain.isActive() else None


def goes_on(host: LibvirtConnection, id: str, context: Context) -> None:
    """What only waits for the end of a migration runs again."""
    host.call("let the machine go on", lambda libvirt: _resume(libvirt, id), context)


def _resume(libvirt: "virConnect", id: str) -> None:
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    domain = libvirt.lookupByUUIDString(id)
    if domain.isActive() and domain.state() == [lib.VIR_DOMAIN_PAUSED, lib.VIR_DOMAIN_PAUSED_MIGRATION]:
        domain.resume()


def remove_remains(
    host: LibvirtConnection, other: LibvirtConnection, life: Lifecycle, id: str, token: str, context: Context
) -> None:
    """Remove the machine from ``host`` with the files that are its own, but for those that ``other`` sees too."""
    found = definition(host, id)
    if found is None:
        return
    Switch(host).switch_off(id, found.name, context)
    reach(STEP)
    folders = {_folder(path) for path in found.record.own}
    shared = {folder for folder in folders if is_shared(other, host, folder, token)}
    going = own_remains(found.record.own, shared)
    life.remove(replace(found, record=replace(found.record, own=going)), context)


def own_remains(own: Sequence[str], shared: Collection[str]) -> tuple[str, ...]:
    """Which files go with a machine that has moved away and whose ``own`` they were: those that don't lie in a ``shared`` folder,
    where the other host has them, and what was flattened to be sent."""
    kept = {path for path in own if _folder(path) in shared}
    return tuple(each for path in own for each in (path, flat_name(path)) if each not in kept)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
