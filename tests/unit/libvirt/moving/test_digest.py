"""The hash by which a disk that was sent is held against its origin."""

import random

import pytest

from virtwright.providers.libvirt.moving.digest import Digest

BLOCK = 64 * 1024


def digest(*parts: bytes | int) -> str:
    """Of data, and holes of so many bytes."""
    made = Digest()
    for part in parts:
        if isinstance(part, int):
            made.hole(part)
        else:
            made.data(part)
    return made.finish()


def test_it_does_not_matter_where_the_holes_are() -> None:
    data = b"a" * 10 + bytes(3 * BLOCK) + b"b"
    assert digest(data) == digest(b"a" * 10, 3 * BLOCK, b"b") == digest(b"a" * 10, BLOCK, bytes(2 * BLOCK), b"b")


def test_it_does_not_matter_how_it_is_cut() -> None:
    dice = random.Random(7)
    data = dice.randbytes(3 * BLOCK + 17)
    cuts = sorted(dice.randrange(len(data)) for _ in range(20))
    parts = [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    assert digest(*parts) == digest(data)


@pytest.mark.parametrize(
    "other",
    [(b"a", 2 * BLOCK), (b"b", BLOCK), (1, b"a", BLOCK - 1), (b"a", BLOCK, b"\1"), (b"a", BLOCK + 1), (BLOCK, b"a")],
)
def test_another_content_or_length_is_seen(other: tuple[bytes | int, ...]) -> None:
    assert digest(*other) != digest(b"a", BLOCK)
