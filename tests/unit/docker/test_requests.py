"""What goes to an engine is what requests would have sent."""

from typing import Any

import pytest
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

from virtwright.providers.docker.client.library import Client


class FakeAdapter(BaseAdapter):
    """Keeps what is sent, and answers with nothing."""

    def send(self, request: PreparedRequest, **how: Any) -> Response:  # type: ignore[override]
        self.sent, self.how = request, how
        answer = Response()
        answer.status_code, answer._content, answer.url = 200, b"{}", request.url or ""
        return answer

    def close(self) -> None:
        """There is nothing to close."""


CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET", {}),
    ("GET", {"params": {"all": 1, "filters": '{"label":["a=b c"]}', "names": ["x", "y/z"], "none": None}}),
    ("POST", {"params": {"name": "ä"}}),
    ("POST", {"data": '{"Image": "ä"}', "headers": {"Content-Type": "application/json"}, "stream": True}),
    ("DELETE", {"params": {"force": True}, "timeout": 5}),
    ("PUT", {"data": b"tar"}),
    ("POST", {"json": {"a": 1}}),
)


@pytest.mark.parametrize(("method", "asked"), CALLS)
def test_a_call_says_what_requests_says(method: str, asked: dict[str, Any]) -> None:
    sent = []
    for request in (Client.request, super(Client, Client).request):
        client, adapter = Client("unix:///nowhere", "1.45"), FakeAdapter()
        client.trust_env = False
        client.mount("http+docker://", adapter)
        request(client, method, "http+docker://localhost/v1.45/x", **asked)
        said = adapter.sent
        body = said.body.encode() if isinstance(said.body, str) else said.body
        told = {name: said.headers.get(name) for name in ("Content-Type", "Content-Length")}
        how = {name: adapter.how[name] for name in ("stream", "timeout", "verify", "cert")}
        sent.append((said.method, said.url, body, told, how))
    assert sent[0] == sent[1]
