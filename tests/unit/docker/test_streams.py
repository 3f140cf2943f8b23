"""Streams that the daemon sends: told as they come, whatever their pieces, and within limits."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from virtwright.errors import HostError
from virtwright.providers.base import LogLine
from virtwright.providers.context import Context
from virtwright.providers.docker.containers.writing import _small
from virtwright.providers.docker.images.messages import messages
from virtwright.providers.docker.operating.frames import frames, lines
from virtwright.providers.docker.swarm.following import until_gone


class _Response:
    status_code = 200

    def __init__(self, data: bytes, step: int) -> None:
        self._data, self._step = data, step

    def iter_content(self, chunk_size: int | None) -> Iterator[bytes]:
        yield from (self._data[at : at + self._step] for at in range(0, len(self._data), self._step))

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("step", [1, 2, 3, 1000])
def test_a_letter_that_comes_in_pieces_stays_whole(step: int) -> None:
    said = [{"status": "Größe 鯨 🐳"}, {"stream": "é"}]
    data = "\n".join(json.dumps(each, ensure_ascii=False) for each in said).encode()
    response: Any = _Response(data, step)
    assert list(messages(response, "pull", Context())) == said


def test_whatever_ends_a_stream_that_is_followed_is_raised() -> None:
    def lines() -> Iterator[LogLine]:
        yield LogLine("", "stdout", "first")
        raise RuntimeError("a fault of ours")

    found = until_gone(lines(), lambda: False)
    assert next(found).text == "first"
    with pytest.raises(RuntimeError, match="a fault of ours"):
        next(found)


def test_a_huge_list_of_users_is_refused() -> None:
    endless = iter(lambda: bytes(1024**2), None)
    with pytest.raises(HostError, match="/etc/passwd of the image is larger than 16 MiB"):
        _small(endless, "/etc/passwd")


def test_a_large_frame_is_told_in_parts_as_it_comes() -> None:
    stream = io.BytesIO(b"\x02\0\0\0" + (200_000).to_bytes(4, "big") + b"x" * 200_000 + b"\x01\0\0\0\0\0\0\x05cut")
    found = list(frames(stream.read))
    assert {name for name, _ in found[:-1]} == {"stderr"}
    assert b"".join(data for _, data in found[:-1]) == b"x" * 200_000
    assert max(len(data) for _, data in found) <= 65_536
    assert found[-1] == ("stdout", b"cut")


def test_no_more_is_read_than_a_frame_has() -> None:
    """A socket that is asked for nothing may wait, or seem to be at its end."""
    stream = io.BytesIO(b"\0\0\0\0\0\0\0\x02in" + b"\x01\0\0\0\0\0\0\0" + b"\x02\0\0\0\0\0\0\x03err")

    def read(size: int) -> bytes:
        assert size > 0
        return stream.read(size)

    assert list(frames(read)) == [("stdout", b"in"), ("stderr", b"err")]


def test_a_line_loses_its_end_alone() -> None:
    parts = [("stdout", b"t LINUX\r\nt a\r"), ("stdout", b"b\n")]
    assert list(lines(iter(parts))) == [LogLine("t", "stdout", "LINUX"), LogLine("t", "stdout", "a\rb")]
