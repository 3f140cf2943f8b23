"""How much an image may unpack to. Holds off archives that are small to send and huge to unpack."""

from pathlib import Path

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.archives.errors import ImageError
from virtwright.schemas.quantities import format_size


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest image that is unpacked. Sizes in bytes."""

    total: int = 64 * 1024**3
    """All files of all layers together."""
    entries: int = 2_000_000
    layers: int = 512
    """Docker writes at most 127; a layer may be listed more than once."""
    ratio: int = 200
    """Unpacked to packed, looked at beyond ``ratio_floor`` unpacked bytes. Text packs about 10 to 1."""
    ratio_floor: int = 256 * 1024**2
    document: int = 16 * 1024**2
    """A manifest, an index or a configuration."""
    header: int = 1024**2
    """One extended header of a tar."""
    depth: int = 256
    """Folders inside one another."""


DEFAULT_LIMITS = Limits()


@dataclass(slots=True)
class Meter:
    """Counts what one image has unpacked to so far."""

    source: Path
    """Named in errors."""
    scratch: Path
    """Where temporary copies go."""
    limits: Limits = DEFAULT_LIMITS
    size: int = 0
    entries: int = 0

    def add_entry(self, name: str, size: int) -> None:
        """Count an entry that says it is ``size`` bytes large, before any of it is written."""
        self.entries += 1
        self.size += size
        if self.entries > self.limits.entries:
            raise ImageError(f"holds more than {self.limits.entries} entries", source=self.source)
        if self.size > self.limits.total:
            allowed = format_size(self.limits.total)
            raise ImageError(f"unpacks to more than {allowed} (at {name!r})", source=self.source)
