"""A volume of a pool, as the host tells it, and the XML that makes one. Pure.

https://libvirt.org/formatstorage.html
"""

from typing import Final, Literal, Self
from xml.etree.ElementTree import Element

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.libvirt.storage.marks import Owner
from virtwright.providers.libvirt.xml import attribute, element, from_text, size, text

Format = Literal["raw", "qcow2"]
FORMATS: Final[tuple[Format, ...]] = ("raw", "qcow2")
_READ_AS_RAW: Final = frozenset({"raw", "iso", "none"})
"""What libvirt may call a file that it reads as it is."""
SECTOR: Final = 512
"""Bytes: the size of a disk is a multiple of it."""
FILES: Final = frozenset({"dir", "fs", "netfs"})
"""Types of pools whose volumes are files."""
_MEMORY: Final = ("/dev/shm/", "/dev/hugepages/")
"""Folders of files among those of devices."""


@dataclass(frozen=True, slots=True)
class StoredVolume:
    """A volume that is there."""

    pool: str
    name: str
    path: str
    """On its host."""
    format: str
    """As it was stated when the volume was made. libvirt tells what it finds at the beginning of the file, which a guest can
    write."""
    capacity: int
    """Bytes that a guest sees."""
    allocation: int = 0
    """Bytes that it takes."""
    backing: str | None = None
    """Path of what it is a copy-on-write layer over."""
    block: bool = False
    """A block device, not a file."""
    stated: bool = True
    """Somebody has said what its format is. Else it is what libvirt found."""
    disguised: bool = False
    """libvirt takes it for another format than was stated, and would read it as that one."""

    @classmethod
    def of(cls, pool: str, xml: str, format: str | None = None) -> "StoredVolume":
        """``format``: as the definition of its machine states it, which counts more than its name."""
        root = from_text(xml)
        name = text(root, "name")
        stated, found = format or stated_format(name), attribute(root, "target/format", "type") or "raw"
        disguised = stated is not None and found not in {stated, *_READ_AS_RAW}
        guest_wrote = disguised and stated == "raw"
        return cls(
            pool,
            name,
            text(root, "target/path"),
            stated or found,
            # a raw file is as large as its disk; the number and the path in a header that its guest wrote mean nothing
            (size(root, "physical") if guest_wrote else None) or size(root, "capacity") or 0,
            size(root, "allocation") or 0,
            None if guest_wrote else text(root, "backingStore/path") or None,
            is_device(text(root, "target/path"), block=root.get("type") == "block"),
            stated is not None,
            disguised,
        )

    def as_stated(self) -> Self:
        """Itself. Raises ``HostError`` where libvirt would read it as something else, and so open files that its content names."""
        if self.disguised:
            raise HostError(
                f"{self.reference} is {self.format}, but its content begins as that of another format, by which libvirt would"
                " read it: a guest may have written that to reach other files of the host",
                hint="copy it from inside of its machine, or on the host byte by byte:\n"
                f"    dd if={self.path} of=COPY conv=sparse",
            )
        return self

    @property
    def owner(self) -> Owner:
        return Owner(self.pool, self.name, self.path)

    @property
    def is_layer(self) -> bool:
        return self.format == "qcow2" and self.backing is not None

    @property
    def reference(self) -> str:
        return reference_to(self.pool, self.name)


def reference_to(pool: str, name: str) -> str:
    """How a volume is named to machines and other volumes: ``default/shop_data.qcow2``."""
    return f"{pool}/{name}"


def stated_format(name: str) -> str | None:
    """What the name of a volume that virtwright made says of its format."""
    return next((each for each in FORMATS if name.endswith(f".{each}")), None)


def is_device(path: str, *, block: bool) -> bool:
    """Whether it is a block device of its host, which has no holes, and not a file. ``block``: libvirt calls it so. What lies in a
    folder of devices that is a pool it calls a file."""
    return block or (path.startswith("/dev/") and not path.startswith(_MEMORY))


def rounded(count: int) -> int:
    """Up to whole sectors, as disks are."""
    return -(-count // SECTOR) * SECTOR


def volume_xml(
    name: str,
    capacity: int,
    format: str | None,
    *,
    full: bool = False,
    backing: StoredVolume | None = None,
    mode: str = "0600",
) -> Element:
    """``format`` is None in pools that know none. ``full``: take all of its space now."""
    return element(
        "volume",
        element("name", name),
        element("capacity", str(capacity), unit="bytes"),
        element("allocation", str(capacity if full else 0), unit="bytes"),
        element(
            "target",
            element("format", type=format) if format is not None else None,
            element("permissions", element("mode", mode)),
        ),
        _backing(backing) if backing is not None else None,
    )


def _backing(backing: StoredVolume) -> Element:
    return element("backingStore", element("path", backing.path), element("format", type=backing.format))
