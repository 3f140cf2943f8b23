"""Sums over the checksums of all rows of a kind. Kept with the stack's entry, they show rows that were lost or are old."""

from collections.abc import Iterable, Mapping
from typing import Final

_LIMIT: Final = 1 << 62


def total(checksums: Iterable[int]) -> int:
    """Independent of the order. What is no number, in a damaged row, makes the sum differ."""
    return sum(checksum if isinstance(checksum, int) else -1 for checksum in checksums) % _LIMIT


class Digest:
    """The checksums of all rows of a table that belong to one stack, by id, with their sum."""

    def __init__(self, checksums: Mapping[str, int]) -> None:
        self._checksums = dict(checksums)
        self.total = total(self._checksums.values())

    def changed(self, put: Iterable[tuple[str, int]], removed: Iterable[str]) -> "Digest.Change":
        """What a commit would make of it; nothing is changed before ``apply``."""
        return Digest.Change(self, dict(put), tuple(removed))

    class Change:
        """A change that is not made yet."""

        def __init__(self, digest: "Digest", put: Mapping[str, int], removed: tuple[str, ...]) -> None:
            self._digest, self._removed = digest, removed
            self._put = {id: checksum for id, checksum in put.items() if id not in removed}
            old = digest._checksums
            gone = sum(old.get(id, 0) for id in {*self._put, *removed})
            self.total = (digest.total + sum(self._put.values()) - gone) % _LIMIT

        def apply(self) -> None:
            self._digest._checksums.update(self._put)
            for id in self._removed:
                self._digest._checksums.pop(id, None)
            self._digest.total = self.total
