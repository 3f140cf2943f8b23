"""A layer and all that is below it as one file, for as long as somebody reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.storage.volume import StoredVolume, volume_xml
from virtwright.providers.libvirt.xml import to_text

if TYPE_CHECKING:
    from libvirt import virConnect, virStorageVol


@contextmanager
def whole(libvirt: "virConnect", stored: StoredVolume, copy: str | None) -> "Iterator[virStorageVol]":
    """The volume; or a copy beside it, called ``copy``, of all that the layer shows. One that was left where this was killed is
    made anew."""
    pool = libvirt.storagePoolLookupByName(stored.pool)
    volume = pool.storageVolLookupByName(stored.name)
    if copy is None:
        yield volume
        return
    if (old := or_none(lambda: pool.storageVolLookupByName(copy))) is not None:
        old.delete(0)
    stored.as_stated()
    made = pool.createXMLFrom(to_text(volume_xml(copy, stored.capacity, "qcow2")), volume, 0)
    try:
        yield made
    finally:
        made.delete(0)
