"""A terminal of 80 columns with a command line running on it."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self


class Typist(Protocol):
    """Whoever can start a command line."""

    @property
    def environment(self) -> dict[str, str]: ...

    def start(self, *arguments: str, **options: Any) -> "subprocess.Popen[str]": ...


class Terminal:
    """Runs one command line on a terminal of its own. A context manager that ends what it started."""

    def __init__(
        self, typist: Typist, *arguments: str, columns: int = 80, environment: Mapping[str, str] | None = None
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        typist.environment.update({"TERM": "xterm-256color", **(environment or {})})
        self.process = typist.start(*arguments, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
        os.close(slave)
        self.text = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)

    def wait_for(self, text: str, seconds: float = 120) -> None:
        """Read until ``text`` has been seen."""
        end = time.monotonic() + seconds
        while text not in self.text:
            assert self._read(end - time.monotonic()), f"{text!r} did not come; seen: {self.text}"

    def send(self, text: str) -> None:
        """Type on the keyboard."""
        os.write(self._master, text.encode())

    def finish(self, seconds: float = 120) -> int:
        """Read to the end; returns the exit code."""
        end = time.monotonic() + seconds
        while self._read(end - time.monotonic()):
            pass
        try:
            return self.process.wait(timeout=max(1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise AssertionError(f"did not end; seen: {self.text}") from None

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(0.0, seconds))
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux's way to say that the other side is closed
            return False
        self.text += data.decode(errors="replace")
        return bool(data)
