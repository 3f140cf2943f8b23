"""Where an SSH connection goes and by what it is allowed to: settled before anything is touched."""

from dataclasses import field
from typing import Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.ssh.host_key_pin import HostKeyPin

PORT: Final = 22


@dataclass(frozen=True, slots=True)
class SshTarget:
    """One host and how it is reached. Equal targets can share a connection."""

    host: str
    """Name or address to connect to."""
    user: str
    port: int = PORT
    key_name: str = ""
    """The name under which its key is known; that of ``host`` where it is empty."""
    known_hosts: tuple[str, ...] = ()
    """Files of known keys, in the order in which they are read. The first is where a new key belongs."""
    pin: HostKeyPin | None = None
    """The one key to accept, whatever the files say."""
    identity_files: tuple[str, ...] = ()
    """Private keys that were named for this host."""
    default_identity_files: tuple[str, ...] = ()
    """Private keys to try where none was named."""
    certificate_files: tuple[str, ...] = ()
    agent: str | None = None
    """The socket of the agent; None where none is to be asked."""
    identities_only: bool = False
    """Of the agent's keys, only those that were named."""
    password: str | None = field(default=None, repr=False)
    connect_timeout: float = 15.0
    """Seconds for connecting, checking the key and logging in."""
    keepalive: float = 15.0
    """Seconds of silence after which the other side is asked for a sign of life; 0 means never."""
    keepalive_count: int = 3
    """How many such questions in a row may stay unanswered."""
    jump: "SshTarget | None" = None
    """The host to go through, which may have one of its own."""
    proxy_command: str | None = None
    """A local command whose standard streams are the way to the host, as ``ssh_config`` gives it."""

    @property
    def known_as(self) -> str:
        """How the host is written in a file of known keys."""
        if self.key_name:
            return self.key_name
        return self.host if self.port == PORT else f"[{self.host}]:{self.port}"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.user}@{host}" + ("" if self.port == PORT else f":{self.port}")

    @property
    def command(self) -> str:
        """The ``ssh`` command that reaches the same host, to show in hints."""
        port = "" if self.port == PORT else f" -p {self.port}"
        through = f" -J {','.join(str(hop) for hop in self.hops)}" if self.jump else ""
        return f"ssh{port}{through} {self.user}@{self.host}"

    @property
    def hops(self) -> "tuple[SshTarget, ...]":
        """The hosts to go through, the nearest first."""
        return () if self.jump is None else (*self.jump.hops, self.jump)
