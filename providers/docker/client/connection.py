"""The one client for each Docker host: made when it is first needed, shared by all threads."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar

from virtwright.errors import HostError
from virtwright.providers.base import HostFact
from virtwright.providers.context import Context
from virtwright.providers.docker.client.address import Address, address_of
from virtwright.providers.docker.client.answers import Answers
from virtwright.providers.docker.client.errors import docker_errors, stranger, stranger_errors
from virtwright.schemas.host import Host

if TYPE_CHECKING:
    from virtwright.providers.docker.client.library import Client

T = TypeVar("T")
QUIET: Final = 60.0
"""Seconds that a call may take where its operation has no nearer deadline."""
LINGER: Final = 0.7
"""Seconds that the daemon may go on with what a killed client had asked for: a network takes it a tenth of that."""
NEWEST_API: Final = "1.45"
"""The newest version of the API that was tried; newer engines still serve it."""
_VERSION: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})*")
OLDEST_API: Final = "1.41"
"""What Podman and Docker 20.10 serve."""


class DockerConnection:
    """One engine. Making one touches nothing."""

    def __init__(self, name: str, host: Host) -> None:
        self.name = name
        self.host = host
        self.address: Address = address_of(host)
        self.answers = Answers()
        self._lock = Lock()
        self._client: Client | None = None
        self._engine = ""

    @property
    def engine(self) -> str:
        """``Docker`` or ``Podman``. Raises ``HostError`` where the engine can't be reached."""
        _ = self.client
        return self._engine

    def speaks(self, version: tuple[int, int]) -> bool:
        """Whether this version of the API is spoken with the engine. Raises ``HostError`` where it can't be reached."""
        return _number(self.client._version) >= version

    @cached_property
    def told(self) -> Mapping[str, Any]:
        """What the engine says of itself (``/info``), when it was first asked for that. Raises ``HostError``."""
        found: dict[str, Any] = self.call("ask about itself", lambda client: client.info())
        return found

    @property
    def client(self) -> "Client":
        """docker-py's low-level client, with the newest version of the API that both sides know. Use ``call``, or
        ``errors``, around what is done with it. Raises ``HostError`` where the engine can't be reached."""
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def call(
        self, what: str, work: "Callable[[Client], T]", context: Context | None = None, *, extra: float = 0.0
    ) -> T:
        """What ``work`` returns. ``what`` says what is being done, for an error: ``start the container web``. The call
        may take until the context's deadline, at most a minute and ``extra`` seconds."""
        client = self.client
        with self.errors(what, context, extra=extra):
            return work(client)

    def post(self, what: str, path: str, body: Mapping[str, Any], context: Context | None = None, **params: Any) -> Any:
        """POST to the API in its own words, for what docker-py has no parameters for. Returns the decoded answer."""

        def work(client: "Client") -> Any:
            answer = client._post_json(client._url("{0}", path), data=dict(body), params=params)
            return client._result(answer, json=True)

        return self.call(what, work, context)

    @contextmanager
    def errors(self, what: str, context: Context | None = None, *, extra: float = 0.0) -> Iterator[None]:
        """As ``call``, for more than one call, or for reading a stream."""
        from virtwright.providers.docker.client.library import patience

        seconds = (context or Context()).remaining(QUIET + extra)
        with docker_errors(what, self.address), patience(max(seconds, 0.1)):
            yield

    def way(self) -> Sequence[HostFact]:
        """What can be said of the way to the engine, for ``host check``. Raises ``HostError`` where it leads nowhere."""
        if self.address.transport != "ssh":
            return ()
        from virtwright.providers.docker.client.over_ssh import open_socket
        from virtwright.providers.ssh.connection import SshConnection
        from virtwright.providers.ssh.facts import ssh_facts
        from virtwright.providers.ssh.resolve import resolve

        with SshConnection.open(resolve(self.host)) as ssh:
            facts = ssh_facts(ssh)
            with open_socket(ssh, self.address.socket):
                return [*facts, HostFact("socket", f"{self.address.socket}, open to {ssh.target.user}")]

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _connect(self) -> "Client":
        with stranger_errors(self.address):
            from virtwright.providers.docker.client.transports import open_client

            client = open_client(self.address, self.host, QUIET)
            try:
                told = client.version(api_version=False)
                client._version, self._engine = _agreed(told), _engine(told)
            except BaseException:
                client.close()
                raise
            return client


def _engine(told: Mapping[str, Any]) -> str:
    names = [str(each.get("Name", "")) for each in told.get("Components") or ()]
    return "Podman" if any("Podman" in name for name in names) else "Docker"


def _agreed(told: Mapping[str, Any]) -> str:
    """The version of the API to speak with an engine that answered this to ``/version``."""
    theirs, least = str(told.get("ApiVersion", "0")), str(told.get("MinAPIVersion", "0"))
    if not (_VERSION.fullmatch(theirs) and _VERSION.fullmatch(least)):
        raise stranger()
    if _number(theirs) < _number(OLDEST_API):
        raise HostError(
            f"the Docker engine is too old: it speaks version {theirs} of the API, and {OLDEST_API} is needed",
            hint="Docker 20.10, Podman 4 and newer serve it",
        )
    if _number(least) > _number(NEWEST_API):
        return least
    return min(theirs, NEWEST_API, key=_number)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
