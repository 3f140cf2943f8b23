"""A command in a running container, with this process's standard streams."""

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, Final

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.docker.client.command_streams import begun
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.library import patience
from virtwright.providers.docker.operating.frames import frames, terminal
from virtwright.terminal import raw

_CHUNK: Final = 65536
_PATIENCE: Final = 5.0
"""Seconds until the daemon must know how a command ended that has closed its output."""


@dataclass(frozen=True, slots=True)
class Execution:
    """One command, not yet started."""

    docker: DockerConnection
    container: str
    command: Sequence[str]
    interactive: bool
    tty: bool

    def run(self) -> int:
        """Its exit status, when it has ended."""
        client = self.docker.client
        with self.docker.errors(f"run {self.command[0]}"):
            made = client.exec_create(self.container, list(self.command), stdin=self.interactive, tty=self.tty)
        id = str(made["Id"])
        typed = self.tty and self.interactive and sys.stdin.isatty()
        keys = raw(sys.stdin.fileno()) if typed else nullcontext()
        with (
            self.docker.errors(f"run {self.command[0]}"),
            patience(None),
            keys,
            begun(client, id, tty=self.tty) as (reader, line),
            self._sized(id) if self.tty else nullcontext(),
        ):
            if self.interactive:
                threading.Thread(target=_feed, args=(line,), daemon=True).start()
            _show((terminal if self.tty else frames)(reader))
        return self._status(id)

    def _status(self, id: str) -> int:
        end = time.monotonic() + _PATIENCE
        while True:
            found = self.docker.call("ask how it ended", lambda client: client.exec_inspect(id))
            if not found["Running"] or time.monotonic() > end:
                return int(found["ExitCode"] or 0)
            time.sleep(0.02)

    @contextmanager
    def _sized(self, id: str) -> Iterator[None]:
        """The terminal inside is as large as the one outside, now and whenever that changes."""

        def resize(*_: object) -> None:
            size = shutil.get_terminal_size()
            with suppress(HostError):
                self.docker.call("size its terminal", lambda client: client.exec_resize(id, size.lines, size.columns))

        resize()
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGWINCH, resize)
        try:
            yield
        finally:
            signal.signal(signal.SIGWINCH, before)


def _feed(line: Any) -> None:
    """Standard input into the command, until either ends."""
    with suppress(OSError):
        while data := os.read(sys.stdin.fileno(), _CHUNK):
            line.sendall(data)
        close = getattr(line, "shutdown_write", None) or (lambda: line.shutdown(1))
        close()


def _show(parts: Iterator[tuple[str, bytes]]) -> None:
    outputs = {"stdout": sys.stdout.buffer, "stderr": sys.stderr.buffer}
    for stream, data in parts:
        outputs[stream].write(data)
        outputs[stream].flush()
