"""What an engine has told in this run, so that it is asked no question twice."""

from collections.abc import Callable, Hashable
from dataclasses import field
from threading import Lock
from typing import Any, TypeVar, cast

from virtwright.lazy_dataclasses import dataclass

T = TypeVar("T")


@dataclass(slots=True)
class _Answer:
    lock: Lock = field(default_factory=Lock)
    told: list[Any] = field(default_factory=list)
    """One item, when it is there."""


class Answers:
    """Kept for one run. Before the first one begins nothing is kept: who asks then wants to know what is there now."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._answers: dict[Hashable, _Answer] | None = None

    def begin(self) -> None:
        """A run begins: what the one before was told is forgotten."""
        with self._lock:
            self._answers = {}

    def once(self, question: Hashable, ask: Callable[[], T]) -> T:
        """What ``ask`` gives to the first who has this question; others wait for it. Where it raises, the next one asks."""
        with self._lock:
            answer = self._answers.setdefault(question, _Answer()) if self._answers is not None else _Answer()
        with answer.lock:
            if not answer.told:
                answer.told.append(ask())
            return cast(T, answer.told[0])

    def forget(self, question: Hashable) -> None:
        """What this run changes itself is asked again."""
        with self._lock:
            if self._answers is not None:
                self._answers.pop(question, None)
