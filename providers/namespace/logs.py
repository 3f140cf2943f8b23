"""Reading the log that a shim keeps (``shim/log.py``)."""

import json
import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, TextIO

from virtwright.providers.base import LogLine
from virtwright.providers.namespace.shim.log import LOG
from virtwright.providers.namespace.supervisor import status

_INTERVAL: Final = 0.1
"""Seconds between two looks at a log that is followed."""


def read_logs(folder: Path, *, follow: bool = False, tail: int | None = None) -> Iterator[LogLine]:
    """Lines already written (the last ``tail`` of them), then, with ``follow``, new ones until the container is removed.
    What was rotated away is not seen."""
    file = _open(folder / LOG)
    try:
        yield from _written(folder, file, tail)
        while follow:
            if file is not None:
                yield from _lines(file)
                if _replaced(folder, file):
                    yield from _lines(file)
                    file.close()
                    file = None
            if file is None:
                file = _open(folder / LOG)
            if file is None and status(folder).state == "absent":
                return
            time.sleep(_INTERVAL)
    finally:
        if file is not None:
            file.close()


def _written(folder: Path, current: TextIO | None, tail: int | None) -> Iterator[LogLine]:
    with ExitStack() as stack:
        files = _files(folder, current, stack)
        lines = (line for file in files for line in _lines(file))
        yield from lines if tail is None else deque(lines, maxlen=tail)


def _files(folder: Path, current: TextIO | None, stack: ExitStack) -> list[TextIO]:
    """The oldest first. They are opened from the newest on: what is rotated meanwhile is met twice then, and never missed."""
    files = [] if current is None else [current]
    for path in sorted(folder.glob(f"{LOG}.[0-9]*"), key=lambda path: int(path.suffix[1:])):
        file = _open(path)
        if file is not None and not any(os.path.sameopenfile(file.fileno(), other.fileno()) for other in files):
            files.append(stack.enter_context(file))
        elif file is not None:
            file.close()
    return files[::-1]


def _lines(file: TextIO) -> Iterator[LogLine]:
    """Whole lines from where ``file`` stands; half a line is left for later."""
    while True:
        start = file.tell()
        text = file.readline()
        if not text.endswith("\n"):
            file.seek(start)
            return
        try:
            entry = json.loads(text)
            yield LogLine(entry["time"], entry["stream"], entry["text"])
        except (ValueError, KeyError, TypeError):
            continue  # cut by a full disk or a power failure


def _open(path: Path) -> TextIO | None:
    try:
        return path.open(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None


def _replaced(folder: Path, file: TextIO) -> bool:
    try:
        return not os.path.samestat(os.fstat(file.fileno()), (folder / LOG).stat())
    except FileNotFoundError:
        return True
