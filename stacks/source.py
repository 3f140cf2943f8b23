"""Where a stack's file comes from, by which it is told from another stack of the same name (docs/decisions/0476)."""

import json
import os.path
from collections.abc import Callable
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from virtwright.lazy_dataclasses import dataclass

_SHOWN: Final = 12
"""Digits of a commit that are shown."""


class Kinship(StrEnum):
    """What one source is to another."""

    SAME = "same"
    MOVED = "moved"
    """Its file has another path now, and the old path has this stack no longer."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Source:
    """The file of a stack: its place in its repository, else on its machine."""

    file: str
    """Absolute, with the links that lead to it."""
    machine: str
    """The name of the machine that it lies on."""
    first_commit: str = ""
    """The one that its repository begins with; empty where there is no repository, or only a shallow clone of it."""
    path: str = ""
    """In the repository; empty where there is none."""
    remote: str = ""
    """Where the repository was cloned from."""
    commit: str = ""
    """What was checked out."""

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises ``ValueError`` for what ``to_json`` has not made."""
        values = json.loads(text)
        if not isinstance(values, dict) or not all(isinstance(each, str) for each in values.values()):
            raise ValueError("not a source")
        try:
            return cls(**values)
        except TypeError as error:
            raise ValueError("not a source") from error

    def to_json(self) -> str:
        return json.dumps({name: value for name, value in asdict(self).items() if value})

    def __str__(self) -> str:
        """For people."""
        place = f"{self.file} on {self.machine}"
        if not self.path:
            return place
        if not self.first_commit:
            return f"{place} ({self.path} in a shallow clone{f' of {self.remote}' if self.remote else ''})"
        begun = f"begun with the commit {self.first_commit[:_SHOWN]}"
        return f"{place} ({self.path} in the repository {f'{self.remote}, ' if self.remote else ''}{begun})"

    def after(self, known: "Source | None") -> "Source":
        """What is to be kept of it, where ``known`` was kept before and is the same: a shallow clone knows less of itself."""
        if known is None:
            return self
        if not self.path:
            return known if self.file == known.file else self
        return replace(self, first_commit=self.first_commit or known.first_commit, remote=self.remote or known.remote)


def kinship(known: Source, now: Source, has: Callable[[str], bool], is_there: Callable[[str], bool]) -> Kinship:
    """What ``now`` is to the source that the state knows. ``has`` tells whether the repository of ``now`` has a commit, and
    ``is_there`` whether a file is still the stack's. Pure but for these two, which are asked where they decide."""
    if known.path and now.path and (one := _is_one_repository(known, now, has)) is not None:
        if not one:
            return Kinship.OTHER
        return Kinship.SAME if known.path == now.path else _moved(is_there(_beside(known, now)))
    if known.file == now.file:
        return Kinship.SAME
    return Kinship.OTHER if known.machine != now.machine else _moved(is_there(known.file))


def _moved(is_there: bool) -> Kinship:
    return Kinship.OTHER if is_there else Kinship.MOVED


def _is_one_repository(known: Source, now: Source, has: Callable[[str], bool]) -> bool | None:
    """None where that can't be told."""
    if known.first_commit and now.first_commit:
        return known.first_commit == now.first_commit
    if known.commit and has(known.commit):
        return True
    return known.remote == now.remote if known.remote and now.remote else None


def _beside(known: Source, now: Source) -> str:
    """Where the checkout of ``now`` has the file that was known."""
    top = Path(os.path.realpath(Path(now.file).parent))
    for _ in Path(now.path).parent.parts:
        top = top.parent
    return str(top / known.path)
