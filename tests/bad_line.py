"""A TCP proxy whose line goes bad when a test says so: it is cut, swallows what is sent, or is slow to speak."""

import socket
import threading
from contextlib import suppress
from typing import Self

_CHUNK = 65536


class BadLine:
    """A context manager between a client and a port of this machine."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self.swallows = threading.Event()
        """What is sent either way gets lost; nobody is told."""
        self.cut_after: int | None = None
        """Cut each connection once so many bytes have gone towards the server; then be good again."""
        self._wires: list[socket.socket] = []
        self._silent: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._spawn(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(120)

    def cut(self) -> None:
        for wire in tuple(self._wires):  # those that come meanwhile are good
            with suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)

    def go_silent(self) -> None:
        """What is sent on the connections that there are gets lost, and nobody is told; those that come are good."""
        self._silent.update(self._wires)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            far = socket.create_connection(("127.0.0.1", self._to))
            self._wires += [near, far]
            self._spawn(self._carry, near, far, True)
            self._spawn(self._carry, far, near, False)

    def _carry(self, source: socket.socket, target: socket.socket, towards: bool) -> None:
        carried = 0
        with suppress(OSError), source:
            while data := source.recv(_CHUNK):
                if self.swallows.is_set() or source in self._silent:
                    continue
                target.sendall(data)
                carried += len(data)
                if towards and self.cut_after is not None and carried > self.cut_after:
                    self.cut_after = None
                    self.cut()
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def _spawn(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()
