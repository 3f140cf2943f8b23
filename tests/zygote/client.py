"""Has the programs of this process forked from a zygote, where the interpreter, its modules and the environment are those that it began with."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import pytest

from tests.zygote.server import LONGEST
from virtwright.providers.dynamic import runner
from virtwright.stacks.python.child import HOST

_ROOT: Final = Path(__file__).parents[2]
PROGRAMS: Final = (HOST, Path(runner.__file__))
"""What the engine starts for a stack in Python."""
_AT_IMPORT: Final = ("LD_", "PULUMI_", "PYTHON", "VIRTWRIGHT_")
"""Variables that modules may look at when they are imported."""


class Zygote:
    """One for a process of tests, which is the parent of all that it forks."""

    def __init__(self, programs: Iterable[Path]) -> None:
        self._programs = {os.fsencode(each) for each in programs}
        self._lock = threading.Lock()
        self._variables = _seen_at_import(os.environ)
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.zygote.server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd=_ROOT,
            )

    @classmethod
    @contextmanager
    def begun(cls, programs: Iterable[Path] = PROGRAMS) -> Iterator[Self]:
        """It forks these files. It has ended afterwards; what it forked goes on."""
        made = cls(programs)
        try:
            yield made
        finally:
            made._channel.close()
            made._process.wait()

    def can(self, words: Sequence[bytes], environment: Mapping[str, str]) -> bool:
        """Whether a process that is started so would import what the zygote has."""
        return (
            list(words[:2]) == [os.fsencode(sys.executable), b"-u"]
            and not self._programs.isdisjoint(words[2:3])
            and _seen_at_import(environment) == self._variables
        )

    def fork(
        self,
        words: Sequence[bytes],
        folder: str | None,
        environment: Mapping[str, str],
        descriptors: Mapping[int, int],
        session: bool,
    ) -> int:
        """The number of the new process. ``descriptors``: those of this process by the numbers that they are to have."""
        order = {
            "words": [os.fsdecode(each) for each in words[2:]],
            "folder": os.fsdecode(folder or Path.cwd()),
            "environment": dict(environment),
            "session": session,
            "numbers": list(descriptors),
        }
        message = json.dumps(order).encode()
        assert len(message) <= LONGEST
        with self._lock:
            socket.send_fds(self._channel, [message], list(descriptors.values()))
            return int(self._channel.recv(LONGEST))


def _seen_at_import(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_AT_IMPORT)}


@contextmanager
def forked_programs(zygote: Zygote) -> Iterator[None]:
    """While this lasts, ``subprocess`` and ``asyncio`` have the zygote fork what it can."""
    exec_in_fork = subprocess._fork_exec  # type: ignore[attr-defined]

    def fork_exec(args: Sequence[Any], executables: Any, close_fds: bool, kept: Sequence[int], folder: Any, variables: Any, *rest: Any) -> int:  # fmt: skip
        words = [os.fsencode(each) for each in args]
        environment = os.environ if variables is None else dict(_split(each) for each in variables)
        if not zygote.can(words, environment):
            return int(exec_in_fork(args, executables, close_fds, kept, folder, variables, *rest))
        stdin, _, _, stdout, _, stderr, _, failure = rest[:8]
        streams = {number: ours for number, ours in enumerate((stdin, stdout, stderr)) if ours >= 0}
        passed = {number: number for number in kept if number != failure}
        return zygote.fork(words, folder, environment, streams | passed, session=rest[9])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "_fork_exec", fork_exec)
        yield


def _split(variable: bytes) -> tuple[str, str]:
    name, _, value = os.fsdecode(variable).partition("=")
    return name, value
