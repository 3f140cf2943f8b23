"""Dates in an ISO 9660 file system set to nothing: the library that writes it puts in the time at which it does.

ECMA-119: 8.4 (volume descriptors), 9.1 (directory records); IEEE P1282 (Rock Ridge): 4.1.6 (the entry TF).
"""

import struct
from collections.abc import Iterator
from typing import Final

SECTOR: Final = 2048
_DESCRIPTORS: Final = 16
"""The sector of the first volume descriptor."""
_PRIMARY, _SUPPLEMENTARY, _TERMINATOR = 1, 2, 255
_VOLUME_DATES: Final = 813
_NO_VOLUME_DATE: Final = b"0" * 16 + b"\0"
_ROOT: Final = 156
_RECORD_DATE: Final = 18
_NO_DATE: Final = struct.pack("BBBBBBb", 80, 1, 1, 0, 0, 0, 0)
"""The first of January 1980, the earliest that all readers take."""


def without_dates(image: bytes) -> bytes:
    """The same file system, of files in its root folder."""
    changed = bytearray(image)
    for at in _volumes(image):
        changed[at + _VOLUME_DATES : at + _VOLUME_DATES + 4 * 17] = _NO_VOLUME_DATE * 4
        _clear_record(changed, at + _ROOT)
        extent, length = _extent(image, at + _ROOT)
        for record in _records(image, extent * SECTOR, length):
            _clear_record(changed, record)
    return bytes(changed)


def _volumes(image: bytes) -> Iterator[int]:
    at = _DESCRIPTORS * SECTOR
    while image[at] != _TERMINATOR:
        if image[at] in (_PRIMARY, _SUPPLEMENTARY):
            yield at
        at += SECTOR


def _extent(image: bytes, record: int) -> tuple[int, int]:
    """The first sector, and the length in bytes."""
    extent, _, length = struct.unpack_from("<I4sI", image, record + 2)
    return extent, length


def _records(image: bytes, start: int, length: int) -> Iterator[int]:
    at = start
    while at < start + length:
        if image[at] == 0:  # none goes beyond the end of a sector
            at += SECTOR - at % SECTOR
            continue
        yield at
        at += image[at]


def _clear_record(image: bytearray, record: int) -> None:
    image[record + _RECORD_DATE : record + _RECORD_DATE + 7] = _NO_DATE
    name = image[record + 32]
    at, end = record + 33 + name + (1 - name % 2), record + image[record]
    while at + 4 <= end and image[at + 2]:
        if image[at : at + 2] == b"TF":
            stamps = image[at + 2] - 5
            image[at + 5 : at + 5 + stamps] = _NO_DATE * (stamps // 7)
        at += image[at + 2]
