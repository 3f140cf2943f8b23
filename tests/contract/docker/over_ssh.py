"""The same engine reached over SSH, through a server that allows two sessions and two unfinished logins. What the engine does
was held to the contract already: here is what the way there could break."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from tests.contract.docker.items import APP, DATA, SHOP
from tests.contract.docker.subject import DockerSubject
from tests.contract.namespace.items import altered
from tests.contract.subject import FieldChange, Harm
from tests.programs import Item
from tests.ssh_lab import SshServer

from virtwright.engine.hosts import Opener, open_provider
from virtwright.providers.base import Provider
from virtwright.schemas.host import Host, SshSettings

TIGHT = {"MaxSessions": "2", "MaxStartups": "2"}


@dataclass(frozen=True)
class OpenKnowing:
    """Opens a host as a stack would that says how it is reached."""

    known_hosts: str
    identity_file: str

    def __call__(self, name: str, host: Host) -> Provider:
        ssh = SshSettings(known_hosts=self.known_hosts, identity_file=self.identity_file)
        return open_provider(name, host.model_copy(update={"ssh": ssh}))


class DockerOverSshSubject(DockerSubject):
    """One engine, emptied, and one SSH server before it."""

    name: ClassVar[str] = "docker-ssh"
    changes: ClassVar[Sequence[FieldChange]] = tuple(
        change for change in DockerSubject.changes if change.name in ("Container.files", "Volume.source")
    )
    harms: ClassVar[Sequence[Harm]] = DockerSubject.harms[:1]
    in_use: ClassVar[Sequence[tuple[tuple[Item, ...], str]]] = ((SHOP, "data"),)
    broken: ClassVar[Sequence[tuple[Item, ...]]] = ((DATA, altered(APP, command=["/no/such/program"])),)
    failpoints: ClassVar[Sequence[str]] = ()
    stride: ClassVar[int] = 60

    def __enter__(self) -> Self:
        super().__enter__()
        self._server = SshServer(self._here / "sshd", TIGHT)
        self._server.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.__exit__(*error)
        super().__exit__(*error)

    @property
    def uri(self) -> str:
        return f"docker+ssh://root@127.0.0.1:{self._server.port}{self.lab.socket}"

    @property
    def opener(self) -> Opener:
        return OpenKnowing(str(self._server.known_hosts), str(self._server.identity))
