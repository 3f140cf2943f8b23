"""The JSON messages that the daemon streams while it pulls, pushes, loads and builds."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from virtwright.errors import HostError, WaitTimeoutError
from virtwright.providers.context import Context
from virtwright.providers.docker.client.errors import without_bodies

if TYPE_CHECKING:
    from requests import Response

Message = dict[str, Any]
WHOLE: Final = 86_400.0
"""Seconds that a stream may be silent where the operation's deadline is no nearer: a build may compile for long."""
_HINT_LATE: Final = "give the resource a longer timeout, if it only is slow:\n    timeouts: {create: 30m}"
_CONTROL: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


class RefusedRequestError(HostError):
    """The daemon refused a request or ended it with an error. ``message`` is what it said."""

    def __init__(self, said: str, status: int) -> None:
        super().__init__(said)
        self.status = status


def messages(response: "Response", what: str, context: Context) -> Iterator[Message]:
    """What the daemon says, as it says it. Raises ``RefusedRequestError`` for an error among it, ``HostError`` where it is cut
    short, ``CancelledError`` and ``WaitTimeoutError``. The request's address is never quoted: it may hold a secret."""
    last = ""
    try:
        if response.status_code >= 400:
            raise RefusedRequestError(_explanation(response), response.status_code)
        for message in _decoded(response):
            context.check()
            if context.remaining() <= 0:
                seen = f"; last seen: {last}" if last else ""
                raise WaitTimeoutError(f"could not {what} in time{seen}", hint=_HINT_LATE)
            last = clean(str(message.get("status") or message.get("stream") or last)).strip()
            if (error := message.get("errorDetail") or message.get("error")) is not None:
                said = error.get("message", "") if isinstance(error, dict) else str(error)
                told = without_bodies(clean(str(said or message.get("error"))))
                raise RefusedRequestError(told, response.status_code)
            yield message
    finally:
        response.close()


def clean(text: str) -> str:
    """Without colours and other control characters."""
    return _CONTROL.sub("", text)


def _decoded(response: "Response") -> Iterator[Message]:
    decoder = json.JSONDecoder()
    letters = codecs.getincrementaldecoder("utf-8")("replace")  # a chunk may end within one
    left = ""
    for chunk in response.iter_content(chunk_size=None):
        left += letters.decode(chunk)
        while left := left.lstrip():
            try:
                message, end = decoder.raw_decode(left)
            except ValueError:
                break
            left = left[end:]
            if isinstance(message, dict):
                yield message
    if left.strip():
        raise HostError("the Docker daemon's answer was cut short")


def _explanation(response: "Response") -> str:
    try:
        said = response.json()["message"]
    except (ValueError, KeyError, TypeError):
        said = response.text[:500]
    return without_bodies(clean(str(said))).strip() or f"HTTP status {response.status_code}"
