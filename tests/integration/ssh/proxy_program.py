"""Joins its standard streams to a TCP port, as ``nc`` does: for a ``ProxyCommand``."""

import os
import socket
import sys
import threading


def main(host: str, port: str) -> None:
    wire = socket.create_connection((host, int(port)))

    def send() -> None:
        while data := os.read(0, 65536):
            wire.sendall(data)
        wire.shutdown(socket.SHUT_WR)

    threading.Thread(target=send, daemon=True).start()
    while data := wire.recv(65536):
        os.write(1, data)


main(*sys.argv[1:])
