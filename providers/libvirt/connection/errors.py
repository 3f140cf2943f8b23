"""What libvirt says, as errors that a user can act on.

https://libvirt.org/html/libvirt-virterror.html#virErrorNumber
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from virtwright.errors import HostError, WaitTimeoutError, Where

T = TypeVar("T")
_LOST: Final = (
    "client socket is closed",
    "end of file while reading",
    "closed due to keepalive",
    "broken pipe",
    "connection reset",
)
"""How libvirt's own transport says that its connection ended."""


class LibvirtError(HostError):
    """libvirt refused or failed."""

    def __init__(self, message: str, *, code: int = 0, where: Where | None = None, hint: str | None = None) -> None:
        super().__init__(message, where=where, hint=hint)
        self.code = code
        """One of libvirt's ``VIR_ERR_...``."""


class GoneError(LibvirtError):
    """There is no such object."""


class ConflictError(LibvirtError):
    """What is there now is in the way: a name, UUID or address that is taken, an object in use."""


class RefusedByDriverError(LibvirtError):
    """The driver or hypervisor has no such function, or not for this object."""


class UnreachableError(LibvirtError):
    """The daemon did not answer, or its connection broke."""

    def __init__(self, message: str, *, sent: bool, code: int = 0, hint: str | None = None) -> None:
        super().__init__(message, code=code, hint=hint)
        self.sent = sent
        """The daemon may have got the call, and may have done it."""


def translated(what: str, address: object, error: Any) -> HostError:
    """For a ``libvirtError`` that came up when ``what`` was done: ``start the machine db``."""
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    code = error.get_error_code() or 0
    said = (error.get_error_message() or str(error)).strip()
    if is_broken(error):
        return UnreachableError(
            f"could not {what}: the connection to libvirt at {address} broke: {said}",
            sent=True,
            code=code,
            hint="it may have been done; apply again, which looks first. To test the host:\n    virtwright host check",
        )
    message = f"could not {what}: {said}"
    if code == lib.VIR_ERR_XML_INVALID_SCHEMA:
        return _refused_by_schema(said, code)
    if code in (lib.VIR_ERR_OPERATION_TIMEOUT, lib.VIR_ERR_AGENT_COMMAND_TIMEOUT):
        return WaitTimeoutError(message)
    taken = {lib.VIR_ERR_DOM_EXIST, lib.VIR_ERR_NETWORK_EXIST, lib.VIR_ERR_STORAGE_VOL_EXIST}
    failed = {lib.VIR_ERR_OPERATION_FAILED, lib.VIR_ERR_OPERATION_INVALID}
    unable = {lib.VIR_ERR_NO_SUPPORT, lib.VIR_ERR_CONFIG_UNSUPPORTED, lib.VIR_ERR_OPERATION_UNSUPPORTED,
              lib.VIR_ERR_ARGUMENT_UNSUPPORTED}  # fmt: skip
    kind: type[LibvirtError] = LibvirtError
    if code in _gone(lib):
        kind = GoneError
    elif code in taken or (code in failed and "already exists" in said):
        kind = ConflictError
    elif code in unable:
        kind = RefusedByDriverError
    return kind(message, code=code, hint=_advice(said))


def _refused_by_schema(said: str, code: int) -> LibvirtError:
    """Only what a user lays over a definition is held against it."""
    known, _, why = said.partition("\n")
    kind = known.rpartition("/")[2].partition(".")[0]
    return LibvirtError(
        f"libvirt.xml: libvirt's schema has no such thing: {why.replace(chr(10), '; ')}",
        code=code,
        where=Where(path="libvirt.xml"),
        hint=f"what there is: https://libvirt.org/format{kind}.html",
    )


def or_none(lookup: Callable[[], T]) -> T | None:
    """What is looked up by an id or name, such as ``lambda: libvirt.networkLookupByUUIDString(id)``; None where there is no such
    thing, or the text can't be an id."""
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    try:
        return lookup()
    except lib.libvirtError as error:
        if error.get_error_code() in (*_gone(lib), lib.VIR_ERR_INVALID_ARG):
            return None
        raise


def _gone(lib: Any) -> tuple[int, ...]:
    return (lib.VIR_ERR_NO_DOMAIN, lib.VIR_ERR_NO_NETWORK, lib.VIR_ERR_NO_STORAGE_POOL, lib.VIR_ERR_NO_STORAGE_VOL,
            lib.VIR_ERR_NO_DOMAIN_SNAPSHOT, lib.VIR_ERR_NO_DOMAIN_METADATA, lib.VIR_ERR_NO_SECRET)  # fmt: skip


def unreachable(address: object, error: Any) -> UnreachableError:
    """For a ``libvirtError`` that came up when the connection was opened."""
    said = (error.get_error_message() or str(error)).strip()
    if "Permission denied" in said or "authentication" in said.lower():
        hint = "this user may not talk to the daemon; on most machines the group libvirt may:\n    usermod -aG libvirt USER"
    elif "No such file" in said or "refused" in said:
        hint = f"is the daemon running there? To see:\n    virsh --connect {address} version"
    elif "no connection driver" in said.lower() or "could not find driver" in said.lower():
        hint = "the driver is a package of its own on some systems, as libvirt-daemon-driver-lxc"
    else:
        hint = "to test the host:\n    virtwright host check"
    message = f"libvirt at {address} can't be reached: {said}"
    return UnreachableError(message, sent=False, code=error.get_error_code() or 0, hint=hint)


def is_broken(error: Any) -> bool:
    """Whether the connection itself is gone, so that the next call needs another one."""
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    if error.get_error_code() == lib.VIR_ERR_INVALID_CONN:
        return True
    said = str(error).lower()
    return error.get_error_domain() in (lib.VIR_FROM_RPC, lib.VIR_FROM_REMOTE) and any(each in said for each in _LOST)


def _advice(said: str) -> str | None:
    if "unable to stat: " in said or "Could not open '" in said:
        return "paths of a machine are the host's own: does the file lie there, and may QEMU's user read it?"
    if "cannot set up guest memory" in said:
        return "the host has not that much to give: take less, or see what it has:\n    virsh nodememstats"
    if "max allowable vcpus" in said:
        return "libvirt gives a running machine no more CPUs than this: set power: stopped, apply, then running"
    if "Cannot get interface MTU" in said:
        return "the host has no such bridge: make it there, or see which there are:\n    ip link show type bridge"
    if "unable to detect filesystem" in said:
        return (
            "a machine on LXC mounts images and volumes whole: this one is empty or has partitions; to fill it:\n"
            "    source: {content: FOLDER}"
        )
    if "cannot find init path" in said:
        return "say which program of its root file system is process 1:\n    libvirt: {init: [/bin/app]}"
    if "no space left" in said.lower() and "/cgroup/" not in said:
        return "the disk of the host is full; to see what takes the space:\n    df -h"
    if "already in use by interface" in said:
        return "choose another cidr, or see which networks there are:\n    virsh net-list --all"
    if "dnsmasq" in said and "Address already in use" in said:
        return "another DNS or DHCP server has the network's addresses on the host; to see which:\n    ss -lntup"
    if "dnsmasq" in said and "find" in said.lower():
        return "networks need dnsmasq on the host:\n    apt-get install dnsmasq-base"
    return None
