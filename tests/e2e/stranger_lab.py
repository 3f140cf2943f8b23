"""What a stack does on this machine when it is planned: every file that is opened, socket that is connected, name that is looked
up and program that is started, written down by the interpreter's audit hooks."""

import json
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from tests.e2e.operator_lab import LIMIT, Answer, Operator
from tests.e2e.typing_in_a_fork import CommandLine, in_a_fork

_FILES: Final = ("open", "os.listdir", "os.scandir")
_NAMES: Final = ("socket.getaddrinfo", "socket.gethostbyname")
_PROGRAMS: Final = ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system")
_OWN: Final = (
    "/proc/",
    "/sys/",
    "/dev/null",
    "/dev/urandom",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/usr/lib",
    "/lib",
)
"""Where the interpreter and its libraries read of themselves."""


@dataclass(frozen=True)
class WatchedCommandLine(CommandLine):
    """Writes down what it does."""

    log: Path = Path()

    def run(self) -> None:
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

        def heard(event: str, arguments: tuple[object, ...]) -> None:
            if arguments and Path(str(arguments[0])) in self.streams:
                return
            if event in (*_FILES, *_NAMES, *_PROGRAMS, "socket.connect", "socket.sendto"):
                os.write(log, json.dumps([event, [str(each) for each in arguments]]).encode(errors="replace") + b"\n")

        sys.addaudithook(heard)
        super().run()


@dataclass(frozen=True)
class Seen:
    """What one command line did and said."""

    answer: Answer
    events: tuple[tuple[str, tuple[str, ...]], ...]
    folder: Path
    """Where it was typed."""

    @property
    def said(self) -> str:
        return self.answer.all

    @property
    def files(self) -> set[str]:
        """The files and folders that were opened, where links lead."""
        named = {each[0] for event, each in self.events if event in _FILES and not each[0].isdigit()}
        return {os.path.realpath(self.folder / name) for name in named if name != "None"}

    @property
    def connections(self) -> list[str]:
        return [each[1] for event, each in self.events if event.startswith("socket.connect")]

    @property
    def names(self) -> list[str]:
        return [each[0] for event, each in self.events if event in _NAMES]

    @property
    def programs(self) -> list[str]:
        return [each[0] for event, each in self.events if event in _PROGRAMS]

    def opened_below(self, *places: Path) -> set[str]:
        return {name for name in self.files if any(Path(name).is_relative_to(each.resolve()) for each in places)}

    def strange_files(self, *known: Path) -> set[str]:
        """What was opened that is neither ``known``, nor the interpreter's, nor virtwright's own."""
        code = {Path(__file__).parents[2], Path(sys.prefix), Path(sys.base_prefix)}
        places = [str(each.resolve()) for each in (*known, *code)]
        return {name for name in self.files if not name.startswith((*_OWN, *places))}


def watched(operator: Operator, *words: str, **environment: str) -> Seen:
    """Type a command, whatever becomes of it, and see what it does."""
    log = operator.temporary / "audit"
    log.unlink(missing_ok=True)
    kind = partial(WatchedCommandLine, log=log)
    code, out, err = in_a_fork(kind, words, operator.folder, {**operator.environment, **environment}, None, LIMIT)
    assert code is not None, "it did not end"
    lines = [json.loads(line) for line in log.read_text().split("\n") if line]
    return Seen(Answer(code, out, err), tuple((event, tuple(each)) for event, each in lines), operator.folder)


@dataclass
class Listener:
    """Counts who connects, says something and hangs up."""

    server: socket.socket
    count: int = 0
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        number: int = self.server.getsockname()[1]
        return number

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.server.accept()
                self.count += 1
                with connection, suppress(OSError):
                    connection.sendall(b"HTTP/1.1 500 Oops\r\nContent-Length: 20\r\n\r\nINTERNAL-TOKEN-abc123")


@contextmanager
def listening(family: socket.AddressFamily, address: tuple[str, int] | str) -> Iterator[Listener]:
    with socket.socket(family) as server:
        server.bind(address)
        server.listen()
        made = Listener(server)
        try:
            yield made
        finally:
            server.shutdown(socket.SHUT_RDWR)
