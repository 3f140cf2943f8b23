"""QEMU on a host of the lab, over SSH: libvirtd, sshd, accounts and file systems as Debian sets them up. What the daemon itself does was
held to the contract already: here are the cells in which such a host could differ."""

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

from tests.contract.docker.over_ssh import OpenKnowing
from tests.contract.libvirt import census, machines
from tests.contract.libvirt.items import DATA, FILLED
from tests.contract.libvirt.subject import QemuSubject, write_sources
from tests.contract.namespace.items import altered
from tests.contract.subject import FieldChange, Harm, Sample
from tests.host_lab import HostLab, LabHost
from tests.libvirt_lab import sweep_daemon
from tests.programs import Item

from virtwright.engine.hosts import Opener
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.schemas.host import Host

_SEEDED = altered(machines.EMULATED, cloud_init={"runcmd": ["true"]})


class LabDaemon:
    """The libvirtd of a host, asked through its socket and not through SSH."""

    def __init__(self, host: LabHost) -> None:
        self._host = host

    @cached_property
    def connection(self) -> LibvirtConnection:
        return LibvirtConnection("lab", Host(uri=f"qemu+unix:///system?socket={self._host.libvirt_socket}"))

    @property
    def api(self) -> Any:
        return self.connection.call("ask", lambda libvirt: libvirt)

    @property
    def lib(self) -> Path:
        return self._host.root / "var/lib/libvirt"

    def run(self, *argv: str, check: bool = True) -> str:
        return self._host.run(argv, check=check, timeout=120).stdout

    def sweep(self) -> None:
        sweep_daemon(self.api)
        for path in (self.lib / "images").glob("*"):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()


class QemuInLabSubject(QemuSubject):
    """The first host of a lab, emptied. ``lab`` is given before it is entered."""

    name: ClassVar[str] = "qemu-lab"
    samples: ClassVar[Mapping[str, Sample]] = {
        "Image": QemuSubject.samples["Image"],
        "VirtualMachine": Sample(_SEEDED, machines.NEEDS, machines.true_outputs),
    }
    changes: ClassVar[Sequence[FieldChange]] = tuple(
        change
        for change in QemuSubject.changes
        if change.name in ("Network.mode", "Volume.source", "VirtualMachine.memory")
    )
    harms: ClassVar[Sequence[Harm]] = (machines.harms(machines.EMULATED)[0],)
    in_use: ClassVar[Sequence[tuple[tuple[Item, ...], str]]] = QemuSubject.in_use[-1:]
    broken: ClassVar[Sequence[tuple[Item, ...]]] = QemuSubject.broken[1:2]
    journey: ClassVar[tuple[tuple[Item, ...], tuple[Item, ...]]] = ((DATA,), (DATA, FILLED))
    failpoints: ClassVar[Sequence[str]] = ()
    stride: ClassVar[int] = 60
    host_lab: HostLab

    def __enter__(self) -> Self:
        self._host = self.host_lab.hosts[0]
        self.lab = self._daemon = LabDaemon(self._host)
        self.lab.sweep()
        write_sources(self.here)
        self._before = census.census(self.lab, self.api)
        return self

    def __exit__(self, *_: object) -> None:
        self.lab.sweep()
        self._daemon.connection.close()

    @property
    def uri(self) -> str:
        return self._host.libvirt_uri

    @property
    def opener(self) -> Opener:
        return OpenKnowing(str(self._host.known_hosts), str(self._host.ssh_key))

    def census(self) -> Counter[str]:
        """Without what was there before, as Docker's bridge."""
        return super().census() - self._before
