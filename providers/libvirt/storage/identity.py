"""Ids of volumes: where they are, and which operation made them. A new volume in the place of an old one is another. Pure."""

from typing import Final, Self

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.libvirt.storage.volume import reference_to

_JOINT: Final = "@"
_FOREIGN: Final = "-"
_SHORT: Final = 12


@dataclass(frozen=True, slots=True)
class VolumeId:
    """``default/shop_data.qcow2@3f2a9c1b7d10``; ``default/disk.img@-`` where somebody else made it."""

    pool: str
    name: str
    operation: str | None
    """The beginning of the operation's id."""

    @classmethod
    def of(cls, pool: str, name: str, operation: str | None) -> Self:
        return cls(pool, name, operation[:_SHORT] if operation else None)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None for what is no id."""
        reference, _, operation = text.rpartition(_JOINT)
        pool, _, name = reference.rpartition("/")
        if not (pool and name and operation):
            return None
        return cls(pool, name, None if operation == _FOREIGN else operation)

    def __str__(self) -> str:
        return f"{self.reference}{_JOINT}{self.operation or _FOREIGN}"

    @property
    def reference(self) -> str:
        return reference_to(self.pool, self.name)

    def is_of(self, operation: str) -> bool:
        """Whether the volume that this operation made is meant."""
        return self.operation == operation[:_SHORT]
