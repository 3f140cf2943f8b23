"""Fetch an archive over HTTPS and hold it against its checksum."""

import hashlib
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Final, cast
from urllib.parse import urlsplit

from virtwright.errors import HostError, Where
from virtwright.http_words import http_words
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.context import Context
from virtwright.schemas.quantities import format_size

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

_CHUNK: Final = 256 * 1024
_SILENCE: Final = 30.0
"""Seconds without a byte after which the server counts as gone."""


@contextmanager
def downloaded(
    url: str, sha256: str, folder: Path, limit: int, context: Context, trust: ssl.SSLContext | None = None
) -> Iterator[BinaryIO]:
    """The file at ``url`` in a file without a name in ``folder``, removed at the end. ``limit`` in bytes.

    Raises ``ImageError`` for a wrong checksum or a file that is too large, ``HostError`` where it can't be fetched.
    """
    with tempfile.TemporaryFile(dir=folder) as copy:
        digest = _fetch(url, cast(IO[bytes], copy), limit, context, trust)
        if digest != sha256:
            message = f"its sha256 is {digest} and should be {sha256}"
            raise ImageError(message, source=url, hint="check the address, and the checksum against its publisher's")
        copy.seek(0)
        yield cast(BinaryIO, copy)


def name_of(url: str) -> Path:
    """What the file at ``url`` is called, to speak of it."""
    return Path(PurePosixPath(urlsplit(url).path).name or "the download")


def _fetch(url: str, copy: IO[bytes], limit: int, context: Context, trust: ssl.SSLContext | None) -> str:
    from http.client import HTTPException

    total = hashlib.sha256()
    size = 0
    try:
        with _opener(trust).open(url, timeout=context.remaining(_SILENCE)) as answer:
            expected = _length(answer.headers)
            while data := answer.read(_CHUNK):
                context.check()
                size += len(data)
                if size > limit:
                    raise ImageError(f"is larger than the {format_size(limit)} that fit here", source=url)
                if context.remaining() <= 0:
                    raise HostError(f"the download took too long ({size} bytes came)", where=Where(file=url))
                total.update(data)
                copy.write(data)
                context.progress(f"downloading {url}", size / expected if expected else None)
    except (OSError, HTTPException, ValueError) as error:
        raise HostError(f"could not download it: {http_words(error)}", where=Where(file=url)) from error
    if expected is not None and size != expected:
        raise HostError(
            f"the download ended after {size} of {expected} bytes", where=Where(file=url), hint="apply again"
        )
    return total.hexdigest()


def _length(headers: Any) -> int | None:
    text = headers.get("Content-Length", "")
    return int(text) if text.isdigit() else None


def _opener(trust: ssl.SSLContext | None) -> "OpenerDirector":
    """HTTPS only, also after a redirect: no other protocol has a handler."""
    from urllib.request import (
        HTTPDefaultErrorHandler,
        HTTPErrorProcessor,
        HTTPRedirectHandler,
        HTTPSHandler,
        OpenerDirector,
        ProxyHandler,
        UnknownHandler,
    )

    opener = OpenerDirector()
    opener.add_handler(HTTPSHandler(context=trust or ssl.create_default_context()))
    for handler in (ProxyHandler, HTTPDefaultErrorHandler, HTTPErrorProcessor, HTTPRedirectHandler, UnknownHandler):
        opener.add_handler(handler())
    return opener
