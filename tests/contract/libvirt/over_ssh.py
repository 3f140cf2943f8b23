"""The same daemon reached over SSH, through a server that allows two sessions and two unfinished logins. What the daemon does was held
to the contract already: here is what the way there could break."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from tests.contract.docker.over_ssh import TIGHT, OpenKnowing
from tests.contract.libvirt.items import DATA, FILLED, LAYER
from tests.contract.libvirt.subject import QemuSubject
from tests.contract.subject import FieldChange, Harm, Sample
from tests.libvirt_lab import SHARED
from tests.programs import Item
from tests.ssh_lab import SshServer

from virtwright.engine.hosts import Opener


class QemuOverSshSubject(QemuSubject):
    """One daemon, emptied, and one SSH server before it."""

    name: ClassVar[str] = "qemu-ssh"
    changes: ClassVar[Sequence[FieldChange]] = tuple(
        change for change in QemuSubject.changes if change.name in ("Network.dns.records", "Volume.source")
    )
    harms: ClassVar[Sequence[Harm]] = QemuSubject.harms[:1]
    in_use: ClassVar[Sequence[tuple[tuple[Item, ...], str]]] = (((DATA, LAYER), "data"),)
    broken: ClassVar[Sequence[tuple[Item, ...]]] = QemuSubject.broken[:1]
    samples: ClassVar[Mapping[str, Sample]] = {"Image": QemuSubject.samples["Image"]}
    journey: ClassVar[tuple[tuple[Item, ...], tuple[Item, ...]]] = ((DATA,), (DATA, FILLED))
    failpoints: ClassVar[Sequence[str]] = ()
    stride: ClassVar[int] = 60

    def __enter__(self) -> Self:
        super().__enter__()
        self._server = SshServer(self.here / "sshd", TIGHT)
        self._server.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.__exit__(*error)
        super().__exit__(*error)

    @property
    def uri(self) -> str:
        return f"qemu+ssh://root@127.0.0.1:{self._server.port}/system?socket={SHARED.get().socket}"

    @property
    def opener(self) -> Opener:
        return OpenKnowing(str(self._server.known_hosts), str(self._server.identity))
