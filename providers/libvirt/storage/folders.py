"""Files of a host that lie in none of its pools, reached through libvirt: as volumes of a pool over their folder, for a moment."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.xml import element, to_text

if TYPE_CHECKING:
    from libvirt import virConnect, virStoragePool

_one_at_a_time: Final = threading.Lock()


@contextmanager
def folder_pool(libvirt: "virConnect", folder: str, name: str) -> "Iterator[virStoragePool]":
    """A pool ``name`` over the folder, for as long as it is used; one that somebody keeps there is as good. Another run may end
    it meanwhile: who uses it tries again."""
    with _one_at_a_time:
        pool = or_none(lambda: libvirt.storagePoolLookupByTargetPath(folder))
        if pool is not None and pool.name() != name:
            pool.refresh()
            yield pool
            return
        if pool is not None:
            pool.destroy()  # left by a run that was killed
        made = element("pool", element("name", name), element("target", element("path", folder)), type="dir")
        pool = libvirt.storagePoolCreateXML(to_text(made))
        try:
            yield pool
        finally:
            _end(pool)


def _end(pool: "virStoragePool") -> None:
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    with suppress(lib.libvirtError):  # another run has ended it
        pool.destroy()
