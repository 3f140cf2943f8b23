"""Named places where tests make a process die, fail or dawdle. They cost nothing unless VIRTWRIGHT_FAILPOINT is set.

``VIRTWRIGHT_FAILPOINT="state.commit:3=kill"`` ends the process by SIGKILL the third time it gets there. Instead of
``kill``: ``raise`` (a ``FailpointError``) or ``sleep:SECONDS``. Several points are separated by commas.
"""

import os
import re
import signal
import threading
import time
from typing import Final

from virtwright.lazy_dataclasses import dataclass

VARIABLE: Final = "VIRTWRIGHT_FAILPOINT"
_POINT: Final = re.compile(r"(?P<name>[\w.-]+):(?P<count>\d+)=(?P<action>kill|raise|sleep:(?P<seconds>[\d.]+))")


class FailpointError(Exception):
    """What ``raise`` raises: an error that nobody expects."""


@dataclass(slots=True)
class _Point:
    name: str
    left: int
    action: str
    seconds: float


_lock = threading.Lock()
_points: list[_Point] = []


def configure(text: str) -> None:
    """Set the points from ``text``; an empty one clears them. Raises ``ValueError`` where it can't be understood."""
    points = []
    for part in filter(None, text.split(",")):
        found = _POINT.fullmatch(part.strip())
        if not found:
            raise ValueError(f"not a failpoint: {part!r} (write NAME:COUNT=kill, =raise or =sleep:SECONDS)")
        action = found["action"].partition(":")[0]
        points.append(_Point(found["name"], int(found["count"]), action, float(found["seconds"] or 0)))
    with _lock:
        _points[:] = points


def reach(name: str) -> None:
    """The program is at ``name``: act if that is what was asked for."""
    if _points:
        _act(name)


def _act(name: str) -> None:
    due = []
    with _lock:
        for point in _points:
            if point.name == name:
                point.left -= 1
                if point.left == 0:
                    due.append(point)
    for point in due:
        if point.action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif point.action == "sleep":
            time.sleep(point.seconds)
        else:
            raise FailpointError(f"failpoint {name}")


configure(os.environ.get(VARIABLE, ""))
