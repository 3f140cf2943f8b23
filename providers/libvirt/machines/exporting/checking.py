"""What could be in the way of a machine that comes to a host. Reads only."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.exports.contract import Destination
from virtwright.providers.exports.manifest import Manifest
from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.machines.exporting.definition import Arrival, note_of
from virtwright.providers.libvirt.machines.firmware import has_variables
from virtwright.providers.libvirt.storage.pools import pool_named, refresh
from virtwright.providers.libvirt.xml import from_text

if TYPE_CHECKING:
    from libvirt import virConnect

_COPY: Final = (
    "to have it twice, with a UUID and MAC addresses of its own:\n    virtwright import FILE --copy --name NAME"
)


@dataclass(frozen=True, slots=True)
class Claims:
    """What it takes on the host."""

    name: str
    uuid: str
    macs: frozenset[str]
    files: tuple[str, ...]
    """Names of volumes in the default pool."""
    bytes: int
    firmware: str | None = None
    """Path of the variables of its UEFI: libvirt removes that file with the machine."""

    @classmethod
    def of(cls, arrival: Arrival, root: Element, stored: int) -> "Claims":
        files = tuple(path.rpartition("/")[2] for path, _ in arrival.disks.values())
        return cls(arrival.name, arrival.uuid, _macs(root), files, stored, arrival.firmware)


def check_free(libvirt: "virConnect", claims: Claims) -> None:
    """Raises ``HostError`` where one of them is taken."""
    for domain in libvirt.listAllDomains():
        root = from_text(domain.XMLDesc(2 if domain.isPersistent() else 0))
        if domain.name() == claims.name:
            raise HostError(f"the host has a machine {claims.name} already", hint=_half_made(root) or _another_name())
        if domain.UUIDString() == claims.uuid:
            raise HostError(f"the UUID {claims.uuid} is that of the machine {domain.name()} of the host", hint=_COPY)
        for mac in sorted(_macs(root) & claims.macs):
            raise HostError(f"the MAC address {mac} is that of the machine {domain.name()} of the host", hint=_COPY)
    pool = pool_named(libvirt, None)
    refresh(pool)
    for name in claims.files:
        if or_none(lambda name=name: pool.storageVolLookupByName(name)) is not None:  # type: ignore[misc]
            raise HostError(f"the pool {pool.name()} of the host has a volume {name} already", hint=_another_name())
    if claims.firmware is not None and has_variables(libvirt, claims.firmware):
        raise HostError(
            f"there is a file {claims.firmware} already", hint="it is another machine's; choose another --name"
        )
    available = pool.info()[3]
    if available < claims.bytes:
        raise HostError(
            f"the pool {pool.name()} of the host has {_mib(available)} left, and the machine's disks take "
            f"{_mib(claims.bytes)}",
            hint="make room on the host; to see what takes the space:\n    virsh vol-list --details " + pool.name(),
        )


def _macs(domain: Element) -> frozenset[str]:
    return frozenset(each.get("address", "").lower() for each in domain.iterfind("devices/interface/mac"))


def _mib(count: int) -> str:
    return f"{count / 1024**2:.1f} MiB"


def _half_made(root: Element) -> str | None:
    note = note_of(root)
    if note is None:
        return None
    return "it is left of an import that was cut off: import its own file again, which finishes or removes it"


def _another_name() -> str:
    return "choose another one:\n    virtwright import FILE --name NAME"


def networks_here(libvirt: "virConnect", manifest: Manifest, destination: Destination) -> Mapping[str, str]:
    """By the names of the first host: as they are told, as the stack calls them, or of the same name. Raises ``HostError`` where
    one is missing."""
    there = {each.name() for each in libvirt.listAllNetworks()}
    found: dict[str, str] = {}
    for each in manifest.interfaces:
        choices = (destination.networks.get(each.network), destination.networks.get(each.resource or ""), each.network)
        chosen = next((name for name in choices if name), each.network)
        if chosen not in there:
            raise HostError(
                f"the host has no network {chosen}, which the machine's interface {each.mac} is on",
                hint=f"it has: {', '.join(sorted(there)) or 'none'}; say which one to use:\n"
                f"    virtwright import FILE --network {each.resource or each.network}=NAME",
            )
        found[each.network] = chosen
    return found
