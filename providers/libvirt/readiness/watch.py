"""libvirt's events about one machine, which end a pause early."""

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from virtwright.errors import HostError
from virtwright.providers.libvirt.connection.connection import LibvirtConnection

if TYPE_CHECKING:
    from libvirt import virConnect


class Watch:
    """A context manager. Where the driver has no events, or the connection breaks, pauses last as long as they may."""

    def __init__(self, connection: LibvirtConnection, uuid: str, name: str) -> None:
        self._libvirt = connection
        self._uuid = uuid
        self._name = name
        self._happened = threading.Event()
        self._registered: tuple[virConnect, list[int]] | None = None

    def __enter__(self) -> Self:
        with suppress(HostError):
            self._registered = self._libvirt.call(f"listen to {self._name}", self._register, repeatable=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._registered is None:
            return
        registered_on, ids = self._registered

        def forget(libvirt: "virConnect") -> None:
            if libvirt is registered_on:  # with another one they have gone
                for id in ids:
                    libvirt.domainEventDeregisterAny(id)

        with suppress(HostError):
            self._libvirt.call(f"listen to {self._name} no more", forget)

    def pause(self, seconds: float) -> None:
        """Returns after so many seconds, or earlier when something happened to the machine since the last pause."""
        if self._happened.wait(seconds):
            self._happened.clear()

    def _register(self, libvirt: "virConnect") -> "tuple[virConnect, list[int]]":
        from virtwright.providers.libvirt.connection.library import hear_now
        from virtwright.providers.libvirt.connection.library import libvirt as lib

        hear_now()
        domain = libvirt.lookupByUUIDString(self._uuid)
        ids = []
        for kind in (lib.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lib.VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE):
            with suppress(lib.libvirtError):  # the test driver knows the first one only
                ids.append(libvirt.domainEventRegisterAny(domain, kind, self._hear, None))
        return libvirt, ids

    def _hear(self, *_: Any) -> None:
        self._happened.set()
