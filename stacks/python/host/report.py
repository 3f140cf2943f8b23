"""What the engine is told about the end of a program: that it is done, or what went wrong and on which of the user's lines.

Runs in the project's own interpreter: standard library only.
"""

import itertools
import json
import os
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

_HERE = Path(__file__).resolve().parent
_LIBRARY = Path(os.__file__).resolve().parent
_MOST_FRAMES = 50
_LONGEST = 50_000
"""Characters of a message: the engine reads no report of more than 1 MiB."""


def send(report: TextIO, **what: Any) -> None:
    """Write one line to the engine."""
    if isinstance(what.get("message"), str):
        what["message"] = what["message"][:_LONGEST]
    report.write(json.dumps(what) + "\n")
    report.flush()


def describe(error: BaseException) -> dict[str, Any]:
    """The exception in plain data: its type, its message, and the frames that are the user's, outermost first."""
    return {
        "type": type(error).__name__,
        "message": "\n".join(_lines(error)),
        "frames": _told_once(_frames(error))[-_MOST_FRAMES:],
    }


def _lines(error: BaseException, margin: str = "") -> list[str]:
    """What it says, and below that what each one says of which it is a group."""
    lines = [f"{margin}{line}" for line in str(error).split("\n")]
    for inner in getattr(error, "exceptions", ()) if type(error).__name__.endswith("ExceptionGroup") else ():
        first, *rest = _lines(inner, f"{margin}    ") or [f"{margin}    "]
        lines += [f"{margin}    {type(inner).__name__}: {first.strip()}", *rest]
    return lines


def _told_once(frames: list[traceback.FrameSummary]) -> list[dict[str, Any]]:
    """A recursion's frames are one, with how many times it is there."""
    groups = itertools.groupby(frames, lambda frame: (frame.filename, frame.lineno, frame.name))
    return [
        {"file": file, "line": line, "function": function, "times": len(list(same))}
        for (file, line, function), same in groups
    ]


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    """Of the exception, and of what caused it where the former has none of the user's lines."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return [traceback.FrameSummary(error.filename, error.lineno, "<module>", lookup_line=False, line=error.text)]
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        if found := _users(current.__traceback__):
            return found
        current = current.__cause__ or current.__context__
    return []


def _users(trace: TracebackType | None) -> list[traceback.FrameSummary]:
    return [frame for frame in traceback.extract_tb(trace) if not _is_machinery(frame.filename)]


def _is_machinery(file: str) -> bool:
    """Whether a frame belongs to this host, to the interpreter or to an installed library."""
    if file.startswith("<"):
        return True
    path = Path(file).resolve()
    installed = {"site-packages", "dist-packages"} & set(path.parts)
    return bool(installed) or any(folder in path.parents for folder in (_HERE, _LIBRARY, *_package()))


def _package() -> list[Path]:
    """Where the classes of ``import virtwright`` are, which need not be among the installed libraries."""
    package = sys.modules.get("virtwright")
    return [Path(folder).resolve() for folder in getattr(package, "__path__", ())]
