"""The few words of Redis's protocol that the shop speaks: https://redis.io/docs/latest/develop/reference/protocol-spec/"""

import os
import socket
from pathlib import Path
from typing import IO

SECRET = Path("/run/secrets/database_password")


class DatabaseError(Exception):
    """The database refused, or does not answer."""


def ask(*words: str) -> object:
    """Send one command; its answer. Raises ``DatabaseError``."""
    host, _, port = os.environ["DATABASE"].partition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=5) as connection, connection.makefile("rwb") as stream:
            _send(stream, "AUTH", SECRET.read_text())
            _receive(stream)
            _send(stream, *words)
            return _receive(stream)
    except OSError as error:
        raise DatabaseError(str(error)) from error


def _send(stream: IO[bytes], *words: str) -> None:
    parts = [word.encode() for word in words]
    stream.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
    stream.flush()


def _receive(stream: IO[bytes]) -> object:
    line = stream.readline().rstrip()
    kind, rest = line[:1], line[1:]
    if kind == b"-" or not line:
        raise DatabaseError(rest.decode() or "the database hung up")
    if kind == b"*":
        return [_receive(stream) for _ in range(int(rest))]
    if kind == b"$":
        return None if rest == b"-1" else stream.read(int(rest) + 2)[:-2].decode()
    return int(rest) if kind == b":" else rest.decode()
