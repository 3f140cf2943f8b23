"""What a host can run, from its capabilities.

https://libvirt.org/formatcaps.html
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from virtwright.errors import UnsupportedError, Where
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.xml import attribute, from_text, text
from virtwright.schemas.machine import VirtualMachine

if TYPE_CHECKING:
    from virtwright.providers.libvirt.connection.address import Driver


@dataclass(frozen=True, slots=True)
class Hosting:
    """Which guests a host runs."""

    driver: "Driver"
    architecture: str
    """The host's own."""
    types: dict[str, frozenset[str]]
    """Domain types by architecture: ``{"x86_64": {"kvm", "qemu"}}``."""

    def settle(self, inputs: VirtualMachine) -> tuple[str, str]:
        """Architecture and domain type of a machine. Raises ``UnsupportedError`` for what the host can't run."""
        own = self.architecture if self.architecture in self.types else next(iter(self.types), "")
        arch = str(inputs.architecture or own)
        offered = self.types.get(arch, frozenset())
        if not offered:
            known = ", ".join(sorted(self.types)) or "none"
            raise UnsupportedError(
                f"architecture: this host runs no {arch} machines",
                where=Where(path="architecture"),
                hint=f"it runs: {known}",
            )
        wanted = inputs.libvirt.type if inputs.libvirt is not None else None
        if wanted is not None and wanted not in offered:
            raise UnsupportedError(
                f"libvirt.type: this host offers no {wanted} for {arch}",
                where=Where(path="libvirt.type"),
                hint=f"it offers {' and '.join(sorted(offered))}"
                + ("; is the module kvm loaded there?" if wanted == "kvm" else ""),
            )
        return arch, wanted or ("kvm" if "kvm" in offered else min(offered))


def ask_hosting(connection: LibvirtConnection) -> Hosting:
    capabilities = from_text(
        connection.call("ask what the host can run", lambda libvirt: libvirt.getCapabilities(), repeatable=True)
    )
    types: dict[str, set[str]] = {}
    for guest in capabilities.iterfind("guest"):
        if text(guest, "os_type") in ("hvm", "xen", "linux", "exe", "xenpvh"):
            found = {each.get("type", "") for each in guest.iterfind("arch/domain")}
            types.setdefault(attribute(guest, "arch", "name") or "", set()).update(found)
    own = text(capabilities, "host/cpu/arch")
    return Hosting(connection.address.driver, own, {arch: frozenset(each) for arch, each in types.items()})
