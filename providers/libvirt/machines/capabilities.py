"""What a host says of itself and its hypervisor: each thing asked once, when it is first needed."""

from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from virtwright.errors import HostError
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.machines.drivers import ABILITIES
from virtwright.providers.libvirt.machines.hosting import Hosting, read_hosting
from virtwright.providers.libvirt.machines.offers import Offer
from virtwright.providers.libvirt.xml import from_text

if TYPE_CHECKING:
    from libvirt import virConnect

_UNIFIED: Final = "/sys/fs/cgroup/cgroup.controllers"
"""There where all controllers are those of version 2."""


class Capabilities:
    """Of one host. For all threads."""

    def __init__(self, connection: LibvirtConnection) -> None:
        self._libvirt = connection
        self._abilities = ABILITIES[connection.address.driver]
        self._lock = Lock()
        self._hosting: Hosting | None = None
        self._unified: bool | None = None
        self._offers: dict[tuple[str, str, str | None], Offer | None] = {}

    def hosting(self) -> Hosting:
        """Raises ``HostError`` where it can't be asked."""
        with self._lock:
            if self._hosting is None:
                xml = self._libvirt.call(
                    "ask what the host can run", lambda libvirt: libvirt.getCapabilities(), repeatable=True
                )
                self._hosting = read_hosting(self._libvirt.address.driver, from_text(xml))
            return self._hosting

    def unified(self) -> bool:
        """Whether it has control groups of version 2. libvirt does not tell: it is asked over SSH, or lies here."""
        with self._lock:
            if self._unified is None:
                self._unified = self._abilities.has_groups and self._has_unified_groups()
            return self._unified

    def _has_unified_groups(self) -> bool:
        if not self._libvirt.is_remote:
            return Path(_UNIFIED).exists()
        with self._libvirt.ssh() as ssh, suppress(HostError):
            return ssh.run(["test", "-e", _UNIFIED], check=False, repeatable=True).status == 0
        return True  # where no command can be run: version 1 is on its way out

    def offer(self, architecture: str, kind: str, machine: str | None) -> Offer | None:
        """To machines of that type, or of the one that the host chooses. None where the driver does not tell. Raises
        ``HostError``."""
        if not self._abilities.tells_offers:
            return None
        key = (architecture, kind, machine)
        with self._lock:
            if key not in self._offers:
                xml = self._libvirt.call(
                    "ask what its hypervisor offers", lambda libvirt: _ask(libvirt, *key), repeatable=True
                )
                self._offers[key] = Offer.of(from_text(xml)) if xml is not None else None
            return self._offers[key]


def _ask(libvirt: "virConnect", architecture: str, kind: str, machine: str | None) -> str | None:
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    try:
        told: str = libvirt.getDomainCapabilities(None, architecture, machine, kind)
    except lib.libvirtError as error:
        if error.get_error_code() == lib.VIR_ERR_NO_SUPPORT:
            return None
        raise
    return told
