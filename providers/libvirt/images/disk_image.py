"""What a disk image says at its beginning, held against what is said of it.

https://www.qemu.org/docs/master/interop/qcow2.html
"""

import struct
from pathlib import Path
from typing import BinaryIO, Final

from virtwright.providers.archives.errors import ImageError

_MAGIC: Final = b"QFI\xfb"
_HEADER: Final = struct.Struct(">4sIQIIQIIQQIIQQQQ")
"""To the end of the features of version 3."""
_EXTERNAL_DATA: Final = 1 << 2
HEAD: Final = _HEADER.size
"""Bytes at the beginning of an image that ``check_stated`` looks at."""


def check_stated(file: BinaryIO, format: str, source: Path | str) -> None:
    """Raises ``ImageError`` where the image is of another format than was stated, or reaches for other files of the host: a layer
    or an external data file, through which a guest would read what is not its own."""
    file.seek(0)
    head = file.read(_HEADER.size)
    is_qcow2 = head.startswith(_MAGIC)
    if format == "raw" and is_qcow2:
        raise ImageError("is a qcow2 image, and raw was stated", source=source, hint="    format: qcow2")
    if format != "qcow2":
        return
    if not is_qcow2 or len(head) < _HEADER.size:
        raise ImageError("is no qcow2 image, as was stated", source=source, hint="    format: raw")
    fields = _HEADER.unpack(head)
    version, backing, features = fields[1], fields[2], fields[13] if fields[1] >= 3 else 0
    if backing:
        raise ImageError(
            "is a layer over another file, which it names itself",
            source=source,
            hint="make it whole:\n    qemu-img convert -O qcow2 IMAGE WHOLE",
        )
    if features & _EXTERNAL_DATA:
        raise ImageError(
            "keeps its data in another file", source=source, hint="    qemu-img convert -O qcow2 IMAGE WHOLE"
        )
    if version not in (2, 3):
        raise ImageError(f"is of version {version} of qcow2, which is not known", source=source)
