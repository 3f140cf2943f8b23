"""Whether a host has the pool that a stack names, and whether that can hold what is to lie there."""

import time
from threading import Lock
from typing import TYPE_CHECKING, Final

from virtwright.errors import Problem, UnsupportedError, Where
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.storage.volume import FILES
from virtwright.providers.libvirt.xml import attribute, from_text
from virtwright.schemas.expectations import some
from virtwright.schemas.problems import near

if TYPE_CHECKING:
    from libvirt import virConnect

_FRESH: Final = 2.0
"""Seconds for which one look is good: a plan asks for each volume and image."""


class PoolCheck:
    """Of one host, for all kinds that are kept in its pools."""

    def __init__(self, connection: LibvirtConnection) -> None:
        self._libvirt = connection
        self._lock = Lock()
        self._types: dict[str, str | None] = {}
        self._until = 0.0

    def refuse(self, pool: str | None, format: str | None) -> None:
        """Raises ``UnsupportedError`` where there is no such pool, it is not active, or it can't hold the format; ``HostError`` where
        the host can't be asked. The default pool (None) is made where there is none."""
        if pool is None:
            return
        types = self._look()
        if pool not in types:
            meant = near(pool, sorted(types))
            has = some(tuple(sorted(types))) if types else "none"
            raise _refused(
                "pool", f"the host has no storage pool {pool}", f"did you mean {meant}?" if meant else f"it has {has}"
            )
        kind = types[pool]
        if kind is None:
            raise _refused("pool", f"the storage pool {pool} of the host is not active", f"    virsh pool-start {pool}")
        if kind not in FILES and format not in (None, "raw"):
            raise _refused("format", f"the pool {pool} has no files, so that its volumes are raw", "    format: raw")

    def _look(self) -> dict[str, str | None]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._types = self._libvirt.call("list its storage pools", _types, repeatable=True)
                self._until = time.monotonic() + _FRESH
            return self._types


def _types(libvirt: "virConnect") -> dict[str, str | None]:
    """By the pool's name; None for one that is not active."""
    from virtwright.providers.libvirt.listing import described

    active = {each.name() for each in libvirt.listAllStoragePools(2)}  # VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE
    return {
        pool.name(): attribute(from_text(xml), ".", "type") if pool.name() in active else None
        for pool, xml in described(libvirt.listAllStoragePools())
    }


def _refused(path: str, message: str, hint: str) -> UnsupportedError:
    return UnsupportedError.of([Problem(f"{path}: {message}", Where(path=path), hint)])
