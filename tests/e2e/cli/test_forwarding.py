"""A port that a host reaches, at standard input and output."""

import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.cli.conftest import Shop

_RESET = struct.pack("ii", 1, 0)
"""Of ``SO_LINGER``: the other side learns at once that it is over, and not in order."""


def test_what_breaks_is_told_apart_from_what_can_not_be_reached(shop: Shop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        port = server.getsockname()[1]
        with _forwarded(shop, port) as process:
            guest, _ = server.accept()
            with guest:
                _typed(process, "hello")
                assert guest.recv(5) == b"hello"
                guest.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            assert process.wait(60) == 1
            assert f"the connection to 127.0.0.1 port {port} broke" in _told(process)
    with _forwarded(shop, port) as process:
        assert process.wait(60) == 1
        assert f"could not connect to 127.0.0.1 port {port}" in _told(process)


def test_the_end_of_what_is_typed_goes_along(shop: Shop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        port = server.getsockname()[1]
        with _forwarded(shop, port) as process:
            guest, _ = server.accept()
            with guest, guest.makefile("rb") as received:
                _typed(process, "all of it")
                assert process.stdin is not None
                process.stdin.close()
                assert received.read() == b"all of it"
                guest.sendall(b"and an answer")
            assert process.stdout is not None
            assert process.stdout.read() == "and an answer"
            assert process.wait(60) == 0


@contextmanager
def _forwarded(shop: Shop, port: int) -> "Iterator[subprocess.Popen[str]]":
    words = ("host", "forward", "fake://one", f"127.0.0.1:{port}")
    with shop.start(*words, stdin=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def _typed(process: "subprocess.Popen[str]", text: str) -> None:
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.flush()


def _told(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    return process.stderr.read()
