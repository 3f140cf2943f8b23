"""A terminal that somebody sits at: a pseudo-terminal that controls the session of what is run on it."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self

from tests.waiting import PATIENCE

_TAKE: Final = (
    "import os, sys, fcntl, termios; from signal import *; [signal(each, SIG_DFL) for each in (SIGHUP, SIGINT, SIGQUIT)]; "
    "fcntl.ioctl({fd}, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
)
"""With the signals of a terminal as a login has them: tests that run under nohup, or behind a shell's ``&``, ignore them."""


class Desk:
    """A context manager that ends what was begun at it."""

    def __init__(self, rows: int = 24, columns: int = 80) -> None:
        self.master, self.slave = pty.openpty()
        self.resize(rows, columns)
        self.text = ""
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._started:
            process.kill()
            process.wait()
        self.hang_up()

    def start(
        self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None, **streams: Any
    ) -> "subprocess.Popen[bytes]":
        """The terminal is its controlling one, and each of its standard streams that ``streams`` does not name."""
        given = {name: streams.get(name, self.slave) for name in ("stdin", "stdout", "stderr")}
        process = subprocess.Popen(
            [sys.executable, "-c", _TAKE.format(fd=self.slave), *argv],
            env={**os.environ, **(environment or {})},
            pass_fds=[self.slave],
            start_new_session=True,
            **given,
        )
        self._started.append(process)
        return process

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def wait_for(self, *answers: str) -> str:
        """Read until all have been seen since the last call; what was read."""
        seen, end = "", time.monotonic() + PATIENCE
        while not all(answer in seen for answer in answers):
            assert time.monotonic() < end, f"{answers} did not come; seen: {seen}"
            if select.select([self.master], [], [], 0.1)[0]:
                seen += os.read(self.master, 65536).decode(errors="replace")
        return seen

    def taken(self) -> str:
        """What is there to be read by now."""
        seen = b""
        while select.select([self.master], [], [], 0)[0]:
            seen += os.read(self.master, 65536)
        return seen.decode(errors="replace")

    def hang_up(self) -> None:
        """The window is closed."""
        for fd in (self.master, self.slave):
            if fd >= 0:
                os.close(fd)
        self.master = self.slave = -1
