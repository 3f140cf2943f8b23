"""One opened connection of libvirt, with what carries it."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from virtwright.errors import WaitTimeoutError
from virtwright.providers.libvirt.connection.address import Address
from virtwright.providers.libvirt.connection.deadline import within
from virtwright.providers.libvirt.connection.errors import UnreachableError, unreachable
from virtwright.schemas.host import Host

if TYPE_CHECKING:
    from virtwright.providers.libvirt.connection.forward import Forward
    from virtwright.providers.ssh.connection import SshConnection

_OPENING: Final = 30.0
_CLOSING: Final = 3.0
_INTERVAL: Final = 5
"""Seconds of silence after which the daemon is asked for a sign of life."""
_UNANSWERED: Final = 6
"""How many such questions may stay unanswered."""
_FIND: Final = """
for socket in "$@"; do
    case $socket in "~"*) socket=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}${socket#\\~} ;; esac
    if [ -S "$socket" ]; then echo "$socket"; exit; fi
done
exit 1
"""


class Line:
    """Use ``connect`` within the calls of ``LibvirtConnection`` only."""

    def __init__(self, connect: Any, socket: str, ssh: "SshConnection | None", forward: "Forward | None") -> None:
        self.connect = connect
        """A ``virConnect``."""
        self.socket = socket
        """The daemon's socket on its host; empty where libvirt chose it itself."""
        self.broken = False
        self.calls = 0
        """How many are under way. Whoever counts them has the lock."""
        self._ssh = ssh
        self._forward = forward

    @classmethod
    def open(cls, address: Address, host: Host, seconds: float) -> "Line":
        """``seconds`` are for the daemon; SSH has a limit of its own. Raises ``HostError`` and its kinds."""
        limit = min(seconds, _OPENING)
        if address.transport != "ssh":
            return cls(_opened(address, address.local_uri, limit), address.socket, None, None)
        from virtwright.providers.ssh.connection import SshConnection
        from virtwright.providers.ssh.resolve import resolve

        ssh = SshConnection.open(resolve(host))
        forward: Forward | None = None
        try:
            socket = address.socket or _found(ssh, address)
            forward = _forwarded(ssh, socket, address)
            return cls(_opened(address, address.uri_on(forward.path), limit), socket, ssh, forward)
        except BaseException:
            if forward is not None:
                forward.close()
            ssh.close()
            raise

    @property
    def alive(self) -> bool:
        if self.broken:
            return False
        from virtwright.providers.libvirt.connection.library import libvirt

        try:
            return bool(self.connect.isAlive())
        except libvirt.libvirtError:
            return False

    def close(self) -> None:
        """A daemon that does not answer is not waited for."""
        with suppress(Exception):
            within(_CLOSING, self.connect.close, "libvirt: close")
        if self._forward is not None:
            self._forward.close()
        if self._ssh is not None:
            self._ssh.close()


def _opened(address: Address, uri: str, seconds: float) -> Any:
    from virtwright.providers.libvirt.connection.library import libvirt, with_events

    with_events()
    try:
        connect = within(seconds, lambda: libvirt.open(uri), "libvirt: open")
        with suppress(libvirt.libvirtError):  # the test driver has no line that could break
            connect.setKeepAlive(_INTERVAL, _UNANSWERED)
    except libvirt.libvirtError as error:
        raise unreachable(address, error) from error
    except TimeoutError as error:
        raise WaitTimeoutError(
            f"libvirt at {address} can't be reached: it did not answer within {seconds:g}s",
            hint="the daemon hangs; on its host:\n    systemctl restart libvirtd",
        ) from error
    return connect


def _found(ssh: "SshConnection", address: Address) -> str:
    done = ssh.run(["sh", "-c", _FIND, "sh", *address.usual_sockets], check=False, repeatable=True)
    if done.status == 0:
        return done.stdout.strip()
    user = "" if address.path == "/system" else f" of {ssh.target.user}"
    raise UnreachableError(
        f"libvirt at {address} can't be reached: no daemon{user} listens on {' or '.join(address.usual_sockets)}",
        sent=False,
        hint=f"is it installed and running there? To see:\n    {ssh.target.command} virsh version\n"
        "where its socket lies elsewhere, add ?socket=/path to the URI",
    )


def _forwarded(ssh: "SshConnection", socket: str, address: Address) -> "Forward":
    from virtwright.providers.libvirt.connection.forward import Forward
    from virtwright.providers.ssh.errors import SshError

    try:
        return Forward(ssh, socket, ["virt-ssh-helper", f"{address.driver}://{address.path}?socket={socket}"])
    except SshError as error:
        if "can't open its socket" not in str(error):
            raise
        target = ssh.target
        if "Permission denied" in str(error):
            hint = (
                f"{target.user} may not talk to the daemon there; on most machines the group libvirt may. On the host:\n"
                f"    usermod -aG libvirt {target.user}"
            )
        else:
            hint = f"is the daemon running there? To see:\n    {target.command} virsh version"
        raise UnreachableError(f"libvirt at {address} can't be reached: {error}", sent=False, hint=hint) from error
