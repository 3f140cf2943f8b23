"""What a libvirt host says of itself, for ``host check``."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from virtwright.providers.base import HostFact
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.xml import attribute, from_text, text

if TYPE_CHECKING:
    from libvirt import virConnect

OLDEST: Final = (9, 7, 0)
"""The first libvirt whose networks have metadata."""


def host_facts(connection: LibvirtConnection) -> Sequence[HostFact]:
    """Raises ``HostError`` where the daemon can't be reached."""
    return connection.call("ask the host about itself", _ask, repeatable=True)


def host_uuid(connection: LibvirtConnection) -> str | None:
    """What the daemon calls its machine by. Raises ``HostError`` where it can't be reached."""

    def ask(libvirt: "virConnect") -> str | None:
        return text(from_text(libvirt.getCapabilities()), "host/uuid")

    return connection.call("ask for the host's UUID", ask, repeatable=True)


def _ask(libvirt: "virConnect") -> list[HostFact]:
    capabilities = from_text(libvirt.getCapabilities())
    cpus, memory = libvirt.getInfo()[2], libvirt.getInfo()[1]
    return [
        _version(libvirt.getLibVersion()),
        HostFact("driver", f"{libvirt.getType()} {dotted(libvirt.getVersion())}"),
        HostFact("host name", libvirt.getHostname()),
        HostFact("host UUID", text(capabilities, "host/uuid") or "not told"),
        HostFact("CPUs", f"{cpus}, {text(capabilities, 'host/cpu/arch') or libvirt.getInfo()[0]}"),
        HostFact("memory", f"{memory} MiB"),
        *_guests(capabilities.iterfind("guest")),
    ]


def _version(number: int) -> HostFact:
    known = _parts(number)
    hint = None if known >= OLDEST else f"virtwright needs {'.'.join(map(str, OLDEST))} or newer"
    return HostFact("libvirt", dotted(number), ok=hint is None, hint=hint)


def _guests(guests: Iterable[object]) -> list[HostFact]:
    from xml.etree.ElementTree import Element

    found: dict[str, set[str]] = {}
    for guest in guests:
        assert isinstance(guest, Element)
        arch = attribute(guest, "arch", "name") or "?"
        found.setdefault(arch, set()).update(each.get("type", "?") for each in guest.iterfind("arch/domain"))
    facts = [HostFact(f"guests {arch}", ", ".join(sorted(types))) for arch, types in sorted(found.items())]
    return facts or [HostFact("guests", "none", ok=False, hint="is the hypervisor installed there?")]


def dotted(number: int) -> str:
    """libvirt's numbers of versions: 11003000 is 11.3.0."""
    return ".".join(map(str, _parts(number)))


def _parts(number: int) -> tuple[int, int, int]:
    return number // 1_000_000, number // 1_000 % 1_000, number % 1_000
