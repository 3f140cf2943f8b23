"""The only gate to other programs: no shell, a time limit, and errors that show a command to run again."""

import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass

_OUTPUT_SHOWN: Final = 2000
_SBIN: Final = ("/usr/local/sbin", "/usr/sbin", "/sbin")


_inherited: ContextVar[tuple[int, ...]] = ContextVar("inherited", default=())


@contextmanager
def inherited(descriptor: int) -> Iterator[None]:
    """Programs run meanwhile (by this thread) keep this file descriptor open. With a lock's descriptor the lock is held
    until the last of them ends, even if this process is killed: nobody else starts while one is still at work."""
    token = _inherited.set((*_inherited.get(), descriptor))
    try:
        yield
    finally:
        _inherited.reset(token)


@dataclass(frozen=True, slots=True)
class Completed:
    """A program that ended."""

    argv: tuple[str, ...]
    status: int
    """Exit status; negative for the signal that ended it."""
    stdout: str
    stderr: str


def run(
    argv: Sequence[str],
    *,
    input: str | None = None,
    timeout: float = 60.0,
    env: Mapping[str, str] | None = None,
    check: bool = True,
    package: str | None = None,
) -> Completed:
    """Run ``argv`` and return what it wrote. ``timeout`` is in seconds; ``env`` is added to a small, fixed environment
    (so that messages are in English); ``package`` is the Debian package to name where the program is missing.

    Never pass outside text as an argument that could be taken for an option: put it behind ``--`` or see ``operand``.
    Raises ``HostError`` where the program is missing, takes too long or (with ``check``) fails.
    """
    command = tuple(argv)
    try:
        done = subprocess.run(
            command,
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            env=_environment(env),
            pass_fds=_inherited.get(),
            check=False,
        )
    except FileNotFoundError as error:
        hint = f"    apt-get install {package}" if package else None
        raise HostError(f"the program {command[0]!r} is not installed", hint=hint) from error
    except subprocess.TimeoutExpired as error:
        raise HostError(f"gave up after {timeout:g}s: {shlex.join(command)}") from error
    except (OSError, ValueError) as error:
        raise HostError(f"could not run {shlex.join(command)}: {error}") from error
    completed = Completed(command, done.returncode, done.stdout, done.stderr)
    if check and completed.status != 0:
        raise failure(completed, input)
    return completed


def failure(completed: Completed, input: str | None = None) -> HostError:
    """The error for a program that failed, with the command to run again."""
    said = (completed.stderr.strip() or completed.stdout.strip() or "it said nothing")[:_OUTPUT_SHOWN]
    ended = f"exit status {completed.status}" if completed.status >= 0 else f"signal {-completed.status}"
    fed = f"<<'END'\n{input.rstrip()}\nEND" if input else ""
    again = f"    {shlex.join(completed.argv)} {fed}".rstrip()
    return HostError(f"{completed.argv[0]} failed ({ended}): {said}", hint=f"to see it again:\n{again}")


def operand(text: str) -> str:
    """A file name that no program takes for an option."""
    return f"./{text}" if text.startswith("-") else text


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    known = os.environ.get("PATH", os.defpath).split(os.pathsep)
    path = [*known, *(folder for folder in _SBIN if folder not in known)]
    return {"PATH": os.pathsep.join(path), "LC_ALL": "C.UTF-8", **(more or {})}
