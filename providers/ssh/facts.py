"""What ``host check`` says of the way to a host."""

from collections.abc import Sequence

from virtwright.providers.base import HostFact
from virtwright.providers.ssh.connection import SshConnection


def ssh_facts(connection: SshConnection) -> Sequence[HostFact]:
    """Raises ``SshError`` and its kin, which say what to mend, where the host can't be reached."""
    target = connection.target
    connection.connect()
    ways = " through ".join(str(each) for each in (target, *reversed(target.hops)))
    known = "pinned in the stack" if target.pin else f"known as {target.known_as}"
    return [
        HostFact("SSH", f"{ways}, {connection.server}"),
        HostFact("host key", f"{connection.host_key}, {known}"),
        HostFact("login", connection.run(["id", "-un"], repeatable=True).stdout.strip()),
    ]
