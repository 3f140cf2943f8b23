"""A way to a port of this machine from the network that the calling thread is in: gRPC connects from threads of its own, which may be
in the network of another test."""

import shutil
import socket
import tempfile
import threading
from contextlib import suppress
from pathlib import Path


class SocketRelay:
    """A unix socket whose connections lead to ``127.0.0.1:port``."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._folder = Path(tempfile.mkdtemp(prefix="vw-relay-"))
        self.path = self._folder / "socket"
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(self.path))
        self._listening.listen()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        for each in (self._listening, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                self._open.append(near)
                try:
                    far = socket.create_connection(("127.0.0.1", self._port))
                except OSError:  # nobody is there any more
                    near.close()
                    continue
                self._open.append(far)
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=_pump, args=(source, target), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
