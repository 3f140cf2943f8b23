"""Tell how a stream is packed from its first bytes, and unpack it."""

import bz2
import gzip
import lzma
import sys
import zlib
from typing import TYPE_CHECKING, BinaryIO, Final, cast

if TYPE_CHECKING or sys.version_info < (3, 14):
    from backports import zstd
else:
    from compression import zstd

DAMAGED: Final = (EOFError, OSError, ValueError, zlib.error, lzma.LZMAError, zstd.ZstdError)
"""What the unpackers raise on damaged data."""
_LONGEST_MAGIC: Final = 6


def is_packed(start: bytes) -> bool:
    """Whether a file that begins with ``start`` is compressed."""
    return start.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\x00", b"BZh"))


def unpacked(stream: BinaryIO) -> BinaryIO:
    """``stream`` (seekable) as plain bytes, whether it is gzip, zstd, xz, bzip2 or not packed at all."""
    start = stream.read(_LONGEST_MAGIC)
    stream.seek(-len(start), 1)
    if start.startswith(b"\x1f\x8b"):
        return cast(BinaryIO, gzip.GzipFile(fileobj=stream, mode="rb"))
    if start.startswith(b"\x28\xb5\x2f\xfd"):
        return cast(BinaryIO, zstd.ZstdFile(stream, mode="rb"))
    if start.startswith(b"\xfd7zXZ\x00"):
        return cast(BinaryIO, lzma.LZMAFile(stream))
    if start.startswith(b"BZh"):
        return cast(BinaryIO, bz2.BZ2File(stream))
    return stream


def pack(data: bytes) -> bytes:
    """As one frame of zstd."""
    return zstd.compress(data)


def unpack(data: bytes, length: int) -> bytes:
    """What ``pack`` was given, at most one byte more than ``length``. Raises one of ``DAMAGED``."""
    return zstd.ZstdDecompressor().decompress(data, max_length=length + 1)
