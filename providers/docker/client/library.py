"""docker-py, without the parts that are not used. Importing this module is slow: do it when a host is really asked."""

import sys
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from threading import local
from typing import Any, Final

_UNUSED: Final = "docker.transport.sshconn"
"""Its import of paramiko doubles the time; SSH has a transport of its own here."""


@contextmanager
def _left_out(module: str) -> Iterator[None]:
    """While this holds, importing ``module`` raises ``ImportError``, which docker-py is prepared for."""
    modules: MutableMapping[str, Any] = sys.modules
    if module in modules:
        yield
        return
    modules[module] = None
    try:
        yield
    finally:
        del modules[module]


with _left_out(_UNUSED):
    from docker.api.client import APIClient
    from docker.errors import APIError, DockerException, NotFound, TLSParameterError
    from docker.tls import TLSConfig

__all__ = [
    "APIClient",
    "APIError",
    "Client",
    "DockerException",
    "NotFound",
    "TLSConfig",
    "TLSParameterError",
    "patience",
]

_current: Final = local()


@contextmanager
def patience(seconds: float | None) -> Iterator[None]:
    """Calls that this thread makes meanwhile may stay silent for so many seconds; None: without end."""
    before = getattr(_current, "seconds", ...)
    _current.seconds = seconds
    try:
        yield
    finally:
        _current.seconds = before


class Client(APIClient):
    """A client whose calls obey the ``patience`` of the thread that makes them."""

    _version: str
    """The version of the API that is spoken."""
    _url: Callable[..., str]
    """For requests that docker-py has no method for: a path of the API, and what is to be filled into it."""
    _get: Callable[..., Any]
    _result: Callable[..., Any]
    _post_json: Callable[..., Any]
    _post: Callable[..., Any]
    _raise_for_status: Callable[..., None]

    def _set_request_timeout(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        seconds = getattr(_current, "seconds", ...)
        kwargs.setdefault("timeout", self.timeout if seconds is ... else seconds)
        return kwargs
