"""What a program says, line by line; of a stranger's program only so much."""

from collections import deque
from typing import Final, Literal

from virtwright.schemas.urn import Urn
from virtwright.stacks.base import Services
from virtwright.trust import Trust

MOST: Final = 1024**2
"""Characters that a stranger's program may say in all."""
_LINE: Final = 64
"""Characters that a line counts for besides its text."""
_LONGEST: Final = 4096
_LAST: Final = 10
Severity = Literal["debug", "info", "warning", "error"]


class Told:
    """Whatever comes from one program, over any pipe."""

    def __init__(self, services: Services, trust: Trust) -> None:
        self._services = services
        self._left = MOST if trust.limited else None
        self._held = 0
        self._last: deque[tuple[Severity, str]] = deque(maxlen=_LAST)

    def say(self, severity: Severity, line: str, urn: Urn | None = None) -> None:
        if self._left is None:
            self._services.log(severity, line, urn)
            return
        line = line[:_LONGEST]
        self._left = max(0, self._left - len(line) - _LINE)
        if self._left:
            self._services.log(severity, line, urn)
        else:
            self._held += 1
            self._last.append((severity, line))

    def say_all(self, severity: Severity, text: str, urn: Urn | None = None) -> None:
        """Each line of a text. Of a stranger's, which may be empty lines without number, the beginning and the end count."""
        if self._left is not None and len(text) > MOST:
            text = f"{text[:MOST]}\n{text[-_LONGEST:]}"
        for line in text.rstrip("\n").split("\n"):
            self.say(severity, line, urn)

    def end(self) -> None:
        """Tell the last lines of what was held back, which may say why it ended."""
        if self._held:
            text = f"the program is not trusted, and says more than {MOST // 1024**2} MiB: {self._held} lines are left out, but for the last"
            self._services.log("warning", text)
            for severity, line in self._last:
                self._services.log(severity, line)
        self._held = 0
        self._last.clear()
