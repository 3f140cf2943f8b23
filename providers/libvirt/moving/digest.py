"""A hash of a file that comes in pieces, the same wherever its holes are. Pure."""

import hashlib
from typing import Final

_BLOCK: Final = 64 * 1024
_ZEROS: Final = bytes(_BLOCK)


class Digest:
    """Of each block that is not all zeros, with its place, and of the length. What is zero costs nothing, so that a sparse disk
    is read as quickly as it is sent."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._block = bytearray()
        self._index = 0

    def data(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            room = _BLOCK - len(self._block)
            self._block += view[:room]
            view = view[room:]
            self._turn()

    def hole(self, length: int) -> None:
        if self._block:
            part = min(length, _BLOCK - len(self._block))
            self._block += bytes(part)
            length -= part
            self._turn()
        self._index += length // _BLOCK
        self._block += bytes(length % _BLOCK)

    def finish(self) -> str:
        """In hex. Nothing may come after it."""
        length = self._index * _BLOCK + len(self._block)
        if any(self._block):
            self._add()
        self._hash.update(length.to_bytes(8, "big"))
        return self._hash.hexdigest()

    def _turn(self) -> None:
        if len(self._block) < _BLOCK:
            return
        if self._block != _ZEROS:
            self._add()
        self._index += 1
        self._block.clear()

    def _add(self) -> None:
        self._hash.update(self._index.to_bytes(8, "big"))
        self._hash.update(self._block)
