"""What an exported machine's file says of itself: ``manifest.json``, the last of its members and the first that is read."""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

MANIFEST: Final = "manifest.json"
DEFINITION: Final = "domain.xml"
FIRMWARE: Final = "firmware-variables.zst"
WORDS: Final = "machine.yaml"
CHUNK: Final = 16 * 1024**2
"""Bytes: the most that one member of a disk holds. Each is compressed and hashed alone."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Chunk(_Part):
    """Bytes of a file; where there is no chunk it is a hole."""

    offset: int
    length: int
    sha256: str


class SavedFile(_Part):
    """The content of one file."""

    length: int
    """Bytes, holes too."""
    chunks: tuple[Chunk, ...]

    @property
    def stored(self) -> int:
        """Bytes without the holes."""
        return sum(chunk.length for chunk in self.chunks)


class SavedDisk(_Part):
    """One disk of the machine, whole: not a layer over anything."""

    target: str
    """``vda``: what the definition calls it."""
    format: Literal["raw", "qcow2"]
    capacity: int
    """Bytes that the guest sees."""
    file: SavedFile
    seed: bool = False
    """What cloud-init reads: its content is kept as a secret."""


class SavedInterface(_Part):
    """A network interface."""

    mac: str
    network: str
    """Of the host."""
    resource: str | None = None
    """The network's name in the stack."""
    address: str | None = None
    """The one that was reserved for it."""


class SavedSecret(_Part):
    """A value that must not stand in clear, unless its owner said so."""

    sealed: bool
    sha256: str
    """Of the member as it is."""


class Manifest(_Part):
    """All of it. What is in the file and not in here is not looked at."""

    kind: Literal["virtwright machine"] = "virtwright machine"
    version: Literal[1] = 1
    made: str
    """RFC 3339, UTC."""
    stack: str
    resource: str
    """``vms.db``."""
    name: str
    """On its host."""
    uuid: str
    definition: str
    """Sha256 of the definition."""
    disks: tuple[SavedDisk, ...] = ()
    firmware: SavedFile | None = None
    """The variables of its UEFI firmware."""
    interfaces: tuple[SavedInterface, ...] = ()
    autostart: bool = False
    inputs: dict[str, Any] = {}
    """Those of its fields that no definition tells, as ``labels`` and ``wait_for``."""
    secrets: dict[str, SavedSecret] = {}
    salt: str | None = None
    """Of the key that they are sealed with."""
    left_out: tuple[str, ...] = ()
    """What the machine has and the file has not, in words."""

    @property
    def stored(self) -> int:
        """Bytes of all disks, without holes."""
        return sum(disk.file.stored for disk in self.disks)


def chunk_name(target: str, chunk: Chunk) -> str:
    return f"disks/{target}/{chunk.offset:016d}.zst"


def secret_name(name: str) -> str:
    return f"secrets/{name}"
