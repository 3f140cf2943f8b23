"""The log of a container: lines of JSON (time, stream, text), rotated by size."""

import json
import os
import time
from pathlib import Path
from typing import Final

LOG: Final = "log"
LONGEST_LINE: Final = 16 * 1024
"""Bytes; longer lines are split."""


def now() -> str:
    """RFC 3339, UTC, with microseconds."""
    seconds, rest = divmod(time.time_ns(), 1_000_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest // 1000:06}Z"


class Log:
    """The newest file is ``log``, older ones are ``log.1``, ``log.2``, ..."""

    def __init__(self, folder: Path, size: int, files: int) -> None:
        self._path = folder / LOG
        self._size = size
        self._files = files
        self._fd = self._open()
        self._written = os.fstat(self._fd).st_size

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def close(self) -> None:
        os.close(self._fd)

    def write(self, stream: str, lines: list[bytes]) -> None:
        """Add ``lines``. When the disk is full they are lost; the container goes on."""
        time = now()
        for line in lines:
            entry = {"time": time, "stream": stream, "text": line.decode(errors="replace")}
            data = json.dumps(entry, ensure_ascii=False).encode() + b"\n"
            if self._written + len(data) > self._size and self._written:
                self._rotate()
            try:
                self._written += os.write(self._fd, data)
            except OSError:
                return

    def _rotate(self) -> None:
        try:
            for index in range(self._files - 1, 0, -1):
                older = self._path.with_name(f"{LOG}.{index}")
                newer = self._path.with_name(f"{LOG}.{index - 1}") if index > 1 else self._path
                if newer.exists():
                    newer.rename(older)
            if self._files == 1:
                self._path.unlink(missing_ok=True)
            fd = self._open()
        except OSError:
            return  # no space for another file: go on with this one
        os.close(self._fd)
        self._fd, self._written = fd, 0


class Stream:
    """Cuts what comes from one file descriptor into lines for the log."""

    def __init__(self, name: str, fd: int, log: Log) -> None:
        self.name = name
        self.fd = fd
        self._log = log
        self._rest = b""
        os.set_blocking(fd, False)

    def read(self) -> bool:
        """Take what is there; False at the end."""
        try:
            data = os.read(self.fd, 65536)
        except BlockingIOError:
            return True
        except OSError:
            data = b""  # a terminal whose other side is closed
        if not data:
            self.flush()
            return False
        self._feed(data)
        return True

    def _feed(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        while len(self._rest) > LONGEST_LINE:
            lines.append(self._rest[:LONGEST_LINE])
            self._rest = self._rest[LONGEST_LINE:]
        self._log.write(self.name, [part for line in lines for part in _parts(line)])

    def flush(self) -> None:
        """Log an unfinished last line."""
        if self._rest:
            self._log.write(self.name, [self._rest])
            self._rest = b""


def _parts(line: bytes) -> list[bytes]:
    line = line.removesuffix(b"\r")
    return [line[at : at + LONGEST_LINE] for at in range(0, len(line), LONGEST_LINE)] or [b""]
