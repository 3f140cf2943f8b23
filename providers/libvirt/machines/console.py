"""The serial console of a machine, as a stream."""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from virtwright.errors import HostError
from virtwright.providers.libvirt.connection.connection import FOREVER, LibvirtConnection
from virtwright.providers.libvirt.connection.errors import LibvirtError
from virtwright.providers.libvirt.machines.drivers import ABILITIES
from virtwright.providers.reaching import Duplex

if TYPE_CHECKING:
    from libvirt import virConnect

_CHUNK: Final = 4096


def use_console(
    connection: LibvirtConnection, id: str, name: str, use: Callable[[Duplex], None], *, force: bool
) -> None:
    """See ``HasConsole.console``."""
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    def work(libvirt: "virConnect") -> None:
        stream = libvirt.newStream()
        guards = ABILITIES[connection.address.driver].guards_console
        flags = (lib.VIR_DOMAIN_CONSOLE_FORCE if force else lib.VIR_DOMAIN_CONSOLE_SAFE) if guards else 0
        libvirt.lookupByUUIDString(id).openConsole(None, stream, flags)
        console = _Console(stream)
        try:
            use(console)
        finally:
            console.close()

    try:
        connection.call(f"open the console of {name}", work, timeout=FOREVER)
    except LibvirtError as error:
        if error.code == lib.VIR_ERR_OPERATION_FAILED and "Active console session" in error.message:
            raise HostError(
                f"somebody is at the console of {name}",
                hint="to take it over:\n    virtwright console --force RESOURCE",
            ) from error
        raise


class _Console:
    """Ends where the machine does."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self) -> bytes:
        from virtwright.providers.libvirt.connection.library import libvirt as lib

        try:
            data = self._stream.recv(_CHUNK)
        except lib.libvirtError:
            return b""  # it was ended, here or there
        return bytes(data) if isinstance(data, bytes) else b""

    def write(self, data: bytes) -> None:
        from virtwright.providers.libvirt.connection.library import libvirt as lib

        with suppress(lib.libvirtError):  # that it ended is seen by reading
            while data:
                data = data[self._stream.send(data) :]

    def close(self) -> None:
        from virtwright.providers.libvirt.connection.library import libvirt as lib

        with suppress(lib.libvirtError):
            self._stream.abort()
