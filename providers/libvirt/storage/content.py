"""What a volume holds, before libvirt or QEMU reads it by its format: guests write volumes, and strangers make images."""

from io import BytesIO
from typing import TYPE_CHECKING

from virtwright.providers.libvirt.images.disk_image import HEAD, check_stated
from virtwright.providers.libvirt.storage.pools import refresh
from virtwright.providers.libvirt.storage.receiving import beginning
from virtwright.providers.libvirt.storage.volume import StoredVolume

if TYPE_CHECKING:
    from libvirt import virConnect, virStorageVol


def checked(libvirt: "virConnect", stored: StoredVolume) -> "virStorageVol":
    """The volume, for a copy by libvirt or as what a layer lies over. Raises ``HostError`` where libvirt takes it for another format
    than was stated, and ``ImageError`` where what nobody has called qcow2 is so and reaches for other files of the host."""
    pool = libvirt.storagePoolLookupByName(stored.pool)
    refresh(pool)  # a guest may have written into it since libvirt last looked
    volume = pool.storageVolLookupByName(stored.name)
    found = StoredVolume.of(stored.pool, volume.XMLDesc()).as_stated()
    if found.format == "qcow2" and not found.stated and libvirt.getType() != "TEST":
        check_stated(BytesIO(beginning(volume, HEAD)), "qcow2", found.path)
    return volume
