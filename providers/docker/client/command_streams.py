"""The connection that an engine hands over when a command in a container begins: its standard streams."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from virtwright.providers.docker.client.library import Client

_UPGRADE: Final = {"Connection": "Upgrade", "Upgrade": "tcp"}


@contextmanager
def begun(client: "Client", id: str, *, tty: bool) -> Iterator[tuple[Callable[[int], bytes], Any]]:
    """Start the command ``id``; what reads its outputs, and what writes to it. A read takes no longer than the thread's
    ``patience``, which docker-py's own ``exec_start`` does not know."""
    answer = client._post_json(
        client._url("/exec/{0}/start", id), data={"Tty": tty, "Detach": False}, headers=dict(_UPGRADE), stream=True
    )
    client._raise_for_status(answer)
    reader, line = _ends(answer)
    try:
        yield reader, line
    finally:
        answer.close()
        line.close()


def _ends(answer: Any) -> tuple[Callable[[int], bytes], Any]:
    """What reads the connection that was handed over, with what came along with the headers, and what writes to it."""
    stream = answer.raw._fp.fp
    below = getattr(stream, "raw", stream)
    return stream.read1, getattr(below, "_sock", below)
