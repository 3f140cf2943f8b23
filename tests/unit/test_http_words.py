"""What a failed HTTP call says has no words of whoever answered: a plan would tell a stack's author what this machine reaches."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from virtwright.errors import HostError, InputError
from virtwright.http_words import http_words
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import without_bodies
from virtwright.schemas.host import Host
from virtwright.stacks.python.assets import _of_uri

TOKEN = "INTERNAL-METADATA-TOKEN-abc123"


def answer(status: str, body: str = "", header: str = "") -> str:
    return f"HTTP/1.1 {status}\r\n{header}Content-Length: {len(body)}\r\n\r\n{body}"


ANSWERS = {
    "an error with a body": answer(f"500 {TOKEN}", TOKEN),
    "an error in an engine's form": answer("403 Forbidden", f'{{"message": "{TOKEN}"}}'),
    "an error in another form": answer("500 x", f'{{"error": "{TOKEN}"}}'),
    "a page": answer("200 OK", TOKEN),
    "JSON": answer("200 OK", f'"{TOKEN}"'),
    "a version": answer("200 OK", f'{{"ApiVersion": "{TOKEN}"}}'),
    "another protocol": f"220 {TOKEN} ESMTP\r\n",
    "a redirect": answer("302 Found", header=f"Location: http://127.0.0.1:1/{TOKEN}\r\n"),
}


@contextmanager
def service(says: str) -> Iterator[int]:
    """Something that is none of what a stack may name. Yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    wire, _ = server.accept()
                except OSError:
                    return
                with wire:
                    wire.settimeout(10)
                    wire.recv(65536)
                    wire.sendall(says.encode())

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@pytest.mark.parametrize("name", ANSWERS)
def test_no_words_are_told_of_what_is_no_engine(name: str) -> None:
    with service(ANSWERS[name]) as port:
        connection = DockerConnection("one", Host(uri=f"docker+tcp://127.0.0.1:{port}"))
        with pytest.raises(HostError) as caught:
            _ = connection.client
    assert TOKEN not in f"{caught.value} {caught.value.hint}"
    assert "could not connect" in caught.value.message


@pytest.mark.parametrize("name", ["an error with a body", "another protocol"])
def test_nor_are_those_of_where_an_asset_is_said_to_be(name: str) -> None:
    with service(ANSWERS[name]) as port, pytest.raises(InputError) as caught:
        _of_uri(f"http://127.0.0.1:{port}/")
    assert TOKEN not in str(caught.value)


def test_an_engine_repeats_no_registry() -> None:
    said = f"error parsing HTTP 500 response body: invalid character 'I' looking for beginning of value: \"{TOKEN}\""
    assert without_bodies(f"pulling: {said}") == "pulling: error parsing HTTP 500 response body"
    assert without_bodies("manifest unknown") == "manifest unknown"


def test_this_machine_s_own_words_are_told() -> None:
    assert http_words(ConnectionRefusedError(111, "Connection refused")) == "Connection refused"
    assert http_words(ValueError("unknown url type")) == "unknown url type"
