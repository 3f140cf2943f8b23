"""Calls to a libvirt daemon, counted."""

from collections import Counter
from typing import Any, Final

_LOCAL: Final = frozenset({"ID", "UUIDString", "name", "getType", "connect", "isAlive"})
"""Answered by the library itself."""


class CountedConnection:
    """A ``virConnect``, or an object that it gave, whose calls are counted in ``calls`` by name."""

    def __init__(self, real: Any, calls: Counter[str]) -> None:
        self._real = real
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)

        def call(*arguments: Any) -> Any:
            if name not in _LOCAL:
                self._calls[name] += 1
            return self._counted(found(*arguments))

        return call if callable(found) else found

    def _counted(self, answer: Any) -> Any:
        if isinstance(answer, list | tuple):
            return type(answer)(self._counted(each) for each in answer)
        return CountedConnection(answer, self._calls) if hasattr(answer, "XMLDesc") else answer
