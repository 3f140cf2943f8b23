"""docker-py, without the parts that are not used. Importing this module is slow: do it when a host is really asked."""

import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from threading import local
from typing import Any, Final
from urllib.parse import urlencode

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
    from requests import PreparedRequest, Response
    from requests.structures import CaseInsensitiveDict

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


_PLAIN: Final = frozenset({"params", "data", "headers", "timeout", "stream", "allow_redirects"})


def _prepared(method: str, url: str, asked: Mapping[str, Any]) -> PreparedRequest | None:
    """None where it is more than a path, parameters and a text."""
    body, params = asked.get("data"), asked.get("params") or {}
    if not asked.keys() <= _PLAIN or not isinstance(body, str | None) or not isinstance(params, Mapping):
        return None
    data = body.encode() if body is not None else None
    length = {} if data is None and method == "GET" else {"Content-Length": str(len(data or b""))}
    query = urlencode({name: value for name, value in params.items() if value is not None}, doseq=True)
    prepared = PreparedRequest()
    prepared.method, prepared.body = method, data
    prepared.url = f"{url}?{query}" if query else url
    prepared.headers = CaseInsensitiveDict({**length, **(asked.get("headers") or {})})
    return prepared


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

    def request(self, method: str, url: str, **asked: Any) -> Response:  # type: ignore[override]
        """As requests does it, but for what no engine knows: redirects, cookies, logins of a .netrc. They take a third of the
        time of a short call."""
        prepared = _prepared(method, url, asked)
        if prepared is None:
            return super().request(method, url, **asked)
        stream = bool(asked.get("stream"))
        adapter = self.get_adapter(url)
        verify = self.verify if self.verify is not None else True
        answer = adapter.send(prepared, stream=stream, timeout=asked.get("timeout"), verify=verify, cert=self.cert)
        if not stream:
            _ = answer.content  # read, so that the connection is free for the next call
        return answer

    def _set_request_timeout(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        seconds = getattr(_current, "seconds", ...)
        kwargs.setdefault("timeout", self.timeout if seconds is ... else seconds)
        return kwargs
