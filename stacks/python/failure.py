"""From how a program ended to an error for its user, with the user's own lines."""

import re
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from virtwright.errors import InputError, VirtwrightError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.text import named
from virtwright.stacks.python.child import Ended
from virtwright.stacks.python.host.__main__ import ENGINE_GONE

_INSTALL = "install it into the interpreter that the project names:\n    {python} -m pip install pulumi virtwright"
_MISSING = "the program runs with {python}, where it is not installed; to see what is:\n    {python} -m pip list"
_WORDS = (
    (re.compile(r"\bpulumi config set\b"), "virtwright config set"),
    (
        re.compile(r"\bThe Pulumi CLI does not support (.+)\. Please update the Pulumi CLI\."),
        r"virtwright does not support \1",
    ),
)
"""What the SDK says of the program that it thinks it talks to, and what is true here."""


class ProgramError(VirtwrightError):
    """The user's program failed."""


def error_of(ended: Ended, program: Path, interpreter: Path) -> VirtwrightError | None:
    """What is wrong; None where the program did all that it wanted."""
    report = ended.report
    if ended.status < 0:
        name = signal.Signals(-ended.status).name
        return ProgramError(f"the program was ended by the signal {name}", where=Where(str(program)))
    if report is None:
        why = "the engine was gone" if ended.status == ENGINE_GONE else f"exit status {ended.status}"
        message = f"the program ended before it had registered all that it has ({why})"
        hint = "something in it ends the process itself, as os._exit() does" if ended.ready else None
        return ProgramError(message, where=Where(str(program)), hint=hint)
    if report.get("kind") == "done":
        return None
    if report.get("kind") == "exit":
        text = report.get("message") or f"the program ended with exit status {report.get('code')}"
        return ProgramError(str(text), where=Where(str(program)))
    return _raised(report, program, interpreter, ready=ended.ready)


def _raised(report: Mapping[str, Any], program: Path, interpreter: Path, *, ready: bool) -> VirtwrightError:
    name, message = str(report.get("type", "Exception")), str(report.get("message", ""))
    if not ready and name == "ModuleNotFoundError":
        return InputError.one(f"{message} (for {interpreter})", hint=_INSTALL.format(python=interpreter))
    from virtwright.stacks.python.advice import advice  # the whole vocabulary, for what seldom happens

    frames = _frames(report.get("frames"))
    text = message if report.get("run_error") else f"{name}: {message}" if message else name
    where = Where(frames[-1].file, frames[-1].line) if frames else Where(str(program))
    told = _MISSING.format(python=interpreter) if name == "ModuleNotFoundError" else advice(name, message)
    trace = None if report.get("run_error") or len(frames) < 2 else _trace(frames)
    hint = "\n".join(filter(None, (told, trace)))
    for pattern, words in _WORDS:
        text = pattern.sub(words, text)
    return ProgramError(text, where=where, hint=hint or None)


@dataclass(frozen=True, slots=True)
class _Frame:
    """One of the user's lines. The report comes from the program's own process, which can say anything."""

    file: str
    line: int
    function: str
    times: int


def _frames(told: object) -> list[_Frame]:
    found = [each for each in told if isinstance(each, Mapping)] if isinstance(told, list) else []
    return [
        _Frame(each["file"], each["line"], str(each.get("function")), each["times"])
        for each in found
        if isinstance(each.get("file"), str) and _counts(each.get("line")) and _counts(each.get("times"))
    ]


def _counts(value: object) -> bool:
    return isinstance(value, int) and value > 0


def _function(name: str) -> str:
    return name if re.fullmatch(r"<\w+>", name) else named(name)


def _trace(frames: Sequence[_Frame]) -> str:
    lines = ["called from:"]
    for frame in reversed(frames[:-1]):
        times = f", {frame.times} times" if frame.times > 1 else ""
        lines.append(f"    {named(frame.file)}:{frame.line}, in {_function(frame.function)}{times}")
    return "\n".join(lines)
