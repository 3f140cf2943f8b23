"""Where a libvirt daemon listens, as its URI says.

https://libvirt.org/uri.html
"""

from typing import Final, Literal
from urllib.parse import parse_qs, quote, unquote, urlsplit

from virtwright.errors import InputError
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.host import Host

Driver = Literal["qemu", "lxc", "xen", "test"]
Transport = Literal["", "unix", "ssh"]
DRIVERS: Final[tuple[Driver, ...]] = ("qemu", "lxc", "xen", "test")
TRANSPORTS: Final[tuple[Transport, ...]] = ("", "unix", "ssh")
_PATHS: Final[dict[Driver, tuple[str, ...]]] = {
    "qemu": ("/system", "/session"),
    "lxc": ("/system",),
    "xen": ("/system",),
}
_LEGACY: Final = "libvirt-sock"
"""Of libvirtd, which serves all drivers."""
_OWN: Final[dict[Driver, str]] = {"qemu": "virtqemud-sock", "lxc": "virtlxcd-sock", "xen": "virtxend-sock"}
"""Of the daemon that serves one driver."""


@dataclass(frozen=True, slots=True)
class Address:
    """One driver of one daemon."""

    driver: Driver
    transport: Transport
    path: str
    """``/system``, ``/session``, or what the test driver takes: ``/default`` or a file."""
    socket: str = ""
    """Path of the daemon's Unix socket, here or on the host that is reached over SSH; empty: where it usually is."""
    place: str = ""
    """User, host and port of the URI, as they were written."""

    def __str__(self) -> str:
        socket = f"?socket={self.socket}" if self.socket else ""
        return f"{self._scheme}://{self.place}{self.path}{socket}"

    @property
    def _scheme(self) -> str:
        return f"{self.driver}+{self.transport}" if self.transport else self.driver

    @property
    def local_uri(self) -> str:
        """What libvirt itself is given where the daemon is on this machine."""
        return self.uri_on(self.socket) if self.socket or self.transport else f"{self.driver}://{self.path}"

    def uri_on(self, socket: str) -> str:
        """The same driver, through a socket of this machine; where that is empty, the usual one."""
        query = f"?socket={quote(socket)}" if socket else ""
        return f"{self.driver}+unix://{self.path}{query}"

    @property
    def usual_sockets(self) -> tuple[str, ...]:
        """Where daemons listen, in libvirt's own order; ``~`` stands for the user's runtime folder."""
        folder = "~/libvirt" if self.path == "/session" else "/run/libvirt"
        own = _OWN.get(self.driver)
        return tuple(f"{folder}/{name}" for name in (own, _LEGACY) if name)


def address_of(host: Host) -> Address:
    """Raises ``InputError`` for a URI that can't be understood."""
    parts = urlsplit(host.uri)
    driver, _, transport = parts.scheme.partition("+")
    if driver not in DRIVERS or transport not in TRANSPORTS:
        raise InputError.one(f"the scheme {parts.scheme!r} is none of libvirt's", hint=_forms(host.uri))
    if transport == "ssh" and not parts.hostname:
        raise InputError.one(f"the URI {host.uri!r} names no host", hint=f"write it as {driver}+ssh://user@host/system")
    if transport != "ssh" and parts.netloc:
        raise InputError.one(f"the URI {host.uri!r} names a host but no way to it", hint=_forms(host.uri))
    socket = _socket(host.uri, parts.query, parts.fragment)
    path = _path(host.uri, driver, unquote(parts.path))
    return Address(driver, transport, path, socket, parts.netloc)


def _path(uri: str, driver: Driver, path: str) -> str:
    allowed = _PATHS.get(driver)
    if allowed is None:
        return path if path not in ("", "/") else "/default"
    if path in ("", "/"):
        return allowed[0]
    if path not in allowed:
        raise InputError.one(
            f"the URI {uri!r} has a path that {driver} has not", hint=f"it has {' and '.join(allowed)}"
        )
    return path


def _socket(uri: str, query: str, fragment: str) -> str:
    options = parse_qs(query, keep_blank_values=True)
    more = sorted(options.keys() - {"socket"})
    if more or fragment:
        raise InputError.one(
            f"the URI {uri!r} has what virtwright does not know: {', '.join(more) or fragment}",
            hint="only ?socket=/path is known; keys, known hosts and users of SSH belong in the host's field ssh",
        )
    socket = options.get("socket", [""])[-1]
    if "socket" in options and not socket.startswith("/"):
        raise InputError.one(
            f"the socket in the URI {uri!r} is no path", hint="write it as ?socket=/run/libvirt/libvirt-sock"
        )
    return socket


def _forms(uri: str) -> str:
    driver = uri.partition("://")[0].partition("+")[0]
    driver = driver if driver in DRIVERS else "qemu"
    path = _PATHS.get(driver, ("/default",))[0]
    return f"write {driver}://{path}, {driver}+unix://{path}?socket=/path or {driver}+ssh://user@host{path}"
