"""A connection that ends while something is opened on it."""

from types import SimpleNamespace
from typing import Any

import pytest

from virtwright.providers.ssh.errors import LineBrokenError
from virtwright.providers.ssh.line import ChannelRefusedError, Line


class FakeTransport:
    """One that opens nothing. Who opens may learn of the line's end before the thread that reads has said that it is over."""

    def __init__(self, error: Exception, looks: int) -> None:
        self.saved_exception = error
        self._looks = looks

    def is_active(self) -> bool:
        self._looks -= 1
        return self._looks >= 0

    def open_session(self, timeout: float) -> Any:
        raise self.saved_exception


@pytest.mark.parametrize(
    ("error", "looks", "raised"),
    [
        (EOFError(), 3, LineBrokenError),
        (EOFError(), 0, LineBrokenError),
        (OSError("reset"), 0, LineBrokenError),
        (OSError("reset"), 3, ChannelRefusedError),
    ],
)
def test_the_end_of_a_line_is_no_refusal(error: Exception, looks: int, raised: type[Exception]) -> None:
    target: Any = SimpleNamespace(keepalive=0.0)
    transport: Any = FakeTransport(error, looks)
    with pytest.raises(raised):
        Line(target, transport).session(60.0)
