"""Storage pools of a host."""

import time
from typing import TYPE_CHECKING, Final

from virtwright.errors import HostError, Where
from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.connection.library import libvirt as lib
from virtwright.providers.libvirt.storage.volume import FILES
from virtwright.providers.libvirt.xml import attribute, element, from_text, text, to_text

if TYPE_CHECKING:
    from libvirt import virConnect, virStoragePool, virStorageVol

DEFAULT: Final = "default"
"""The pool of what names none. libvirt's own tools call it so, too."""
IMAGES: Final = "/var/lib/libvirt/images"
"""The folder of the default pool where virtwright makes it."""
_UUID: Final = "8f6d2b64-1f0e-5a7c-9d6e-3f1a52c0b7d1"
"""Of that pool, on every host."""
_PATIENCE: Final = 10.0
"""Seconds for somebody else who makes it."""
_USUAL: Final = ("default", "default-pool", "images")
"""What the default pool is called on hosts that others have set up, the first before the others."""


def pool_named(libvirt: "virConnect", name: str | None) -> "virStoragePool":
    """The pool, or the default one, which is made where there is none. Raises ``HostError`` where it is missing or not
    active."""
    pool = _looked_up(libvirt, name) if name is not None else default_pool(libvirt)
    if pool is None:
        raise HostError(
            f"the host has no storage pool {name}",
            where=Where(path="pool"),
            hint="see which it has:\n    virsh pool-list --all",
        )
    _see_to_it(pool)
    return pool


def default_pool(libvirt: "virConnect") -> "virStoragePool":
    """Made where there is none, and made lasting where that was cut off."""
    pool = found_default(libvirt)
    half_made = pool is not None and pool.UUIDString() == _UUID and not (pool.isPersistent() and pool.autostart())
    return _made(libvirt) if pool is None or half_made else pool


def found_default(libvirt: "virConnect") -> "virStoragePool | None":
    return next((pool for name in _USUAL if (pool := _looked_up(libvirt, name)) is not None), None)


def active_pools(libvirt: "virConnect") -> "list[virStoragePool]":
    """All pools whose volumes can be seen. Raises ``HostError`` where one that starts with the host is not active: what it holds
    would seem to be gone."""
    for pool in libvirt.listAllStoragePools(lib.VIR_CONNECT_LIST_STORAGE_POOLS_INACTIVE):
        if or_none(pool.autostart) or pool.name() == DEFAULT:
            _see_to_it(pool)
    active: list[virStoragePool] = libvirt.listAllStoragePools(lib.VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE)
    return active


def refreshed_pools(libvirt: "virConnect") -> "list[virStoragePool]":
    """As ``active_pools``, each with what others did to its files: one call, and one for each pool."""
    return [pool for pool in libvirt.listAllStoragePools() if refresh(pool) or _is_active(pool)]


def _is_active(pool: "virStoragePool") -> bool:
    """False for one that is gone by now."""
    active = or_none(pool.isActive)
    if active == 0 and (or_none(pool.autostart) or pool.name() == DEFAULT):
        _see_to_it(pool)
    return bool(active)


def volumes_of(pool: "virStoragePool") -> "list[virStorageVol]":
    """All volumes; none of a pool that was there for a moment only and is gone by now."""
    try:
        found: list[virStorageVol] = pool.listAllVolumes()
    except lib.libvirtError:
        if or_none(pool.isActive) and or_none(pool.isPersistent):
            raise
        return []
    return found


def keeps_files(pool: "virStoragePool") -> bool:
    """Whether its volumes are files, which have formats and names of any kind."""
    return attribute(from_text(pool.XMLDesc()), ".", "type") in FILES


def folder_of(pool: "virStoragePool") -> str:
    return text(from_text(pool.XMLDesc()), "target/path")


def refresh(pool: "virStoragePool") -> bool:
    """Let libvirt see what others did to the files. It won't while a volume is being filled: then it is as it was. Returns whether it
    did."""
    try:
        pool.refresh(0)
        return True
    except lib.libvirtError as error:
        busy_or_gone = (lib.VIR_ERR_OPERATION_INVALID, lib.VIR_ERR_INTERNAL_ERROR, lib.VIR_ERR_NO_STORAGE_POOL)
        if error.get_error_code() not in busy_or_gone:
            raise
        return False


def _looked_up(libvirt: "virConnect", name: str) -> "virStoragePool | None":
    return or_none(lambda: libvirt.storagePoolLookupByName(name))


def _made(libvirt: "virConnect") -> "virStoragePool":
    """Built and active from the first moment, then kept. Several may be at it at once: it is made once."""
    name, target = element("name", DEFAULT), element("target", element("path", IMAGES))
    xml = to_text(element("pool", name, element("uuid", _UUID), target, type="dir"))
    try:
        libvirt.storagePoolCreateXML(xml, lib.VIR_STORAGE_POOL_CREATE_WITH_BUILD)
    except lib.libvirtError:
        if not _becomes_active(libvirt):
            raise
    pool = libvirt.storagePoolDefineXML(xml)
    pool.setAutostart(1)
    return pool


def _becomes_active(libvirt: "virConnect") -> bool:
    end = time.monotonic() + _PATIENCE
    while (pool := _looked_up(libvirt, DEFAULT)) is not None and not pool.isActive() and time.monotonic() < end:
        time.sleep(0.05)
    return pool is not None and bool(pool.isActive())


def _see_to_it(pool: "virStoragePool") -> None:
    if not pool.isActive():
        name = pool.name()
        raise HostError(
            f"the storage pool {name} of the host is not active",
            hint=f"what it holds can't be seen; to start it:\n    virsh pool-start {name}",
        )
