"""Steps: the decisions of a run."""

from enum import StrEnum
from typing import Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.diff import Change, Impact
from virtwright.schemas.urn import Urn

UNCOMPARED: Final = "uncompared"
"""What a step is counted as that would change nothing, as far as that can be told."""

FORGOTTEN: Final = "forget"
"""What a deletion is counted as that leaves the object on its host."""


class Op(StrEnum):
    """What a step does."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    READ = "read"
    IMPORT = "import"
    ADOPT = "adopt"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Step:
    """One decision about one resource."""

    op: Op
    urn: Urn
    kind: str
    host: str | None
    """The host's name."""
    changes: tuple[Change, ...] = ()
    """Secrets are masked."""
    impact: Impact = Impact.NONE
    delete_before_create: bool = False
    reason: str = ""
    """Why, in a few words: ``not on the host any more``, ``its network is replaced``."""
    drifted: bool = False
    """The host's object was changed by somebody else."""
    moved_from: Urn | None = None
    """The name that it had before."""
    from_host: str | None = None
    """The name of the host that it is on now, and leaves for ``host``."""
    cascade: bool = False
    """Replaced because something that it uses is, and deleted before that."""
    uncompared: tuple[Change, ...] = ()
    """What of it can't be told, as no secret is decrypted: it may change, and may not. ``impact`` leaves it out."""
    recorded: tuple[Change, ...] = ()
    """What changes in the state alone: ``protect`` and its like, what is no secret any more, what no host is told."""
    keeps: bool = False
    """Of a deletion: only the record goes, and nothing on the host."""
    copied: str = ""
    """A keyed hash of the folders that are copied to the host, and for which no checksum stands among the fields. Empty
    where there are none."""

    @property
    def result(self) -> str:
        """What it is counted as."""
        if self.keeps:
            return FORGOTTEN
        return UNCOMPARED if self.op is Op.SAME and self.uncompared else self.op.value

    def __post_init__(self) -> None:
        if self.op is Op.SAME and self.changes:
            raise AssertionError(f"a step that changes nothing has changes: {self}")
        if self.op is Op.UPDATE and self.impact >= Impact.RECREATE:
            raise AssertionError(f"an update can't have the impact {self.impact.label}: {self}")
