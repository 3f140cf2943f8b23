"""Storage pools of a host."""

from typing import TYPE_CHECKING, Final

from virtwright.errors import HostError, Where
from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.connection.library import libvirt as lib
from virtwright.providers.libvirt.storage.volume import FILES
from virtwright.providers.libvirt.xml import attribute, element, from_text, text, to_text

if TYPE_CHECKING:
    from libvirt import virConnect, virStoragePool

DEFAULT: Final = "default"
"""The pool of what names none. libvirt's own tools call it so, too."""
IMAGES: Final = "/var/lib/libvirt/images"
"""The folder of the default pool where virtwright makes it."""
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


def default_pool(libvirt: "virConnect") -> "virStoragePool | None":
    """Made where there is none."""
    return found_default(libvirt) or _made(libvirt)


def found_default(libvirt: "virConnect") -> "virStoragePool | None":
    return next((pool for name in _USUAL if (pool := _looked_up(libvirt, name)) is not None), None)


def active_pools(libvirt: "virConnect") -> "list[virStoragePool]":
    """All pools whose volumes can be seen. Raises ``HostError`` where one that starts with the host is not active: what it holds
    would seem to be gone."""
    pools: list[virStoragePool] = libvirt.listAllStoragePools()
    active = []
    for pool in pools:
        if pool.isActive():
            active.append(pool)
        elif pool.autostart() or pool.name() == DEFAULT:
            _see_to_it(pool)
    return active


def keeps_files(pool: "virStoragePool") -> bool:
    """Whether its volumes are files, which have formats and names of any kind."""
    return attribute(from_text(pool.XMLDesc()), ".", "type") in FILES


def folder_of(pool: "virStoragePool") -> str:
    return text(from_text(pool.XMLDesc()), "target/path")


def refresh(pool: "virStoragePool") -> None:
    """Let libvirt see what others did to the files. It won't while a volume is being filled: then it is as it was."""
    try:
        pool.refresh(0)
    except lib.libvirtError as error:
        if error.get_error_code() not in (lib.VIR_ERR_OPERATION_INVALID, lib.VIR_ERR_INTERNAL_ERROR):
            raise


def _looked_up(libvirt: "virConnect", name: str) -> "virStoragePool | None":
    return or_none(lambda: libvirt.storagePoolLookupByName(name))


def _made(libvirt: "virConnect") -> "virStoragePool | None":
    """Two may be at it at once; the pool is made once."""
    root = element("pool", element("name", DEFAULT), element("target", element("path", IMAGES)), type="dir")
    try:
        pool = libvirt.storagePoolDefineXML(to_text(root))
        pool.build(0)
        pool.create()
        pool.setAutostart(1)
    except lib.libvirtError:
        pool = _looked_up(libvirt, DEFAULT)
        if pool is None or not pool.isActive():
            raise
    return pool


def _see_to_it(pool: "virStoragePool") -> None:
    if not pool.isActive():
        name = pool.name()
        raise HostError(
            f"the storage pool {name} of the host is not active",
            hint=f"what it holds can't be seen; to start it:\n    virsh pool-start {name}",
        )
