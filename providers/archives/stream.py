"""Streams that an archive is read from: counted, hashed, and read forward only."""

import hashlib
import io
from collections.abc import Callable
from typing import BinaryIO, TypeVar

from virtwright.providers.archives.compression import DAMAGED, unpacked
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.archives.limits import Meter

T = TypeVar("T")

_CHUNK = 256 * 1024


class Hashing(io.RawIOBase):
    """Passes reads on, counts them and hashes them. Knows only the seek back over the first bytes read."""

    def __init__(self, stream: BinaryIO, limit: int | None = None) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self._hashed = 0
        self._position = 0
        self._left = limit

    @property
    def count(self) -> int:
        return self._position

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        target = offset if whence == io.SEEK_SET else self._position + offset
        if whence == io.SEEK_END or target > self._position:
            raise io.UnsupportedOperation("this stream is read forward only")
        self._stream.seek(target - self._position, io.SEEK_CUR)
        self._position = target
        return target

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._take(self._stream.read(self._allowed(len(buffer))), buffer)

    def _allowed(self, wanted: int) -> int:
        return wanted if self._left is None else min(wanted, self._left - self._position)

    def _take(self, data: bytes, buffer: memoryview) -> int:
        buffer[: len(data)] = data
        fresh = data[max(0, self._hashed - self._position) :]
        self._hash.update(fresh)
        self._position += len(data)
        self._hashed = max(self._hashed, self._position)
        return len(data)

    def hexdigest(self) -> str:
        """Sha256 of all that was read."""
        return self._hash.hexdigest()


class LayerStream(io.RawIOBase):
    """The plain bytes of one packed tar. Raises ``ImageError`` for damaged data, for a bomb, and for a header that
    claims to be huge. Seeks forward by reading, never backward, so that a lying header can't make a loop."""

    def __init__(self, stream: BinaryIO, meter: Meter, label: str, *, size: int | None = None) -> None:
        self.packed = Hashing(stream, size)
        self._meter = meter
        self._label = label
        self._plain_hash = hashlib.sha256()
        self._position = 0
        self._plain = self._guarded(lambda: unpacked(io.BufferedReader(self.packed, _CHUNK)))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > self._meter.limits.header:
            raise self.error("a header claims to be larger than any real one")
        data = self._guarded(lambda: self._plain.read(size))
        self._position += len(data)
        self._plain_hash.update(data)
        self._check_ratio()
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or offset < self._position:
            raise self.error("a header points backward")
        while self._position < offset:
            if not self.read(min(_CHUNK, offset - self._position)):
                raise self.error("it is cut short")
        return self._position

    def drain(self) -> None:
        """Read what follows the end of the archive, so that the digests cover all of it."""
        while self.read(_CHUNK):
            pass
        while self._guarded(lambda: self.packed.read(_CHUNK)):
            pass

    def plain_digest(self) -> str:
        """Sha256 of the plain bytes, in hex: an image's ``diff_id``."""
        return self._plain_hash.hexdigest()

    def error(self, message: str) -> ImageError:
        return ImageError(f"{self._label}: {message}", source=self._meter.source)

    def _check_ratio(self) -> None:
        limits = self._meter.limits
        if self._position > limits.ratio_floor and self._position > limits.ratio * max(self.packed.count, 1):
            raise self.error(f"unpacks to more than {limits.ratio} times its size")

    def _guarded(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except ImageError:
            raise
        except DAMAGED as error:
            raise self.error(f"it is damaged or cut short ({error})") from error
