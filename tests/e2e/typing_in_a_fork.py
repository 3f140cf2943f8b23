"""A command line typed in a process that is forked from one with all imported: its start costs next to nothing.

That the installed program starts by itself is seen wherever a test looks on while it runs (``Operator.start``).
"""

import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests import accounts
from tests.forks import FORKS

from virtwright import failpoints


@dataclass(frozen=True)
class CommandLine:
    """What is typed, and where. Standard input, output and error are files."""

    words: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    streams: tuple[Path, Path, Path]

    def run(self) -> None:
        """In the forked process; never returns."""
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update(self.environment)
        tempfile.tempdir = None
        if file := os.environ.pop(accounts.VARIABLE, None):
            accounts.see(Path(file))
        failpoints.configure(self.environment.get(failpoints.VARIABLE, ""))
        for number, path in enumerate(self.streams):
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            os.dup2(descriptor, number)
            os.close(descriptor)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
        sys.argv = ["virtwright", *self.words]
        from virtwright.cli.main import main

        main()


def typed(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], stdin: str | None, patience: float
) -> tuple[int | None, str, str]:
    """The exit code, and what was printed to standard output and to standard error. None where it took longer than
    ``patience`` seconds; then it was killed."""
    return in_a_fork(CommandLine, words, folder, environment, stdin, patience)


def in_a_fork(
    kind: Callable[..., CommandLine],
    words: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    stdin: str | None,
    patience: float,
) -> tuple[int | None, str, str]:
    """As ``typed``, by another kind of command line."""
    with tempfile.TemporaryDirectory() as name:
        streams = (Path(name, "in"), Path(name, "out"), Path(name, "err"))
        for path in streams:
            path.touch()
        streams[0].write_text(stdin or "", encoding="utf-8")
        process = FORKS.Process(target=kind(tuple(words), folder, dict(environment), streams).run)
        process.start()
        try:
            process.join(patience)
            code = process.exitcode
        finally:
            process.kill()
            process.join()
        out, err = (path.read_text(encoding="utf-8", errors="replace") for path in streams[1:])
        return code, out, err
