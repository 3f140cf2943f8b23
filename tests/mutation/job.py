"""What a server is asked to do, and what it answers: lines of JSON."""

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

JOB: Final = "VIRTWRIGHT_MUTANTS"
"""The variable that names the file with the job."""


class Outcome(StrEnum):
    KILLED = "killed"
    TIMEOUT = "timeout"
    SURVIVED = "survived"


@dataclass(frozen=True, slots=True)
class Job:
    module: str
    file: str
    mutants: list[str]
    """Their names."""
    before: list[str]
    """Modules that are imported before the forks."""
    apart: list[str]
    """Modules that must not be: this one, and those that can't be imported without it."""
    traces: str
    """The file with what the tests run of the module."""
    blind: bool
    """Try tests that run none of a mutant's lines as well: those of files that import the module."""
    results: str
    """The file that gets a line for each mutant."""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls(**json.loads(text))


@dataclass(slots=True)
class Result:
    name: str
    outcome: Outcome
    by: str
    """The test that failed first."""
    digest: str = ""
    """Of the module's text with the mutant in it."""
    seconds: float = 0.0

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        values = json.loads(text)
        return cls(**{**values, "outcome": Outcome(values["outcome"])})


def results(file: Path) -> dict[str, Result]:
    """By the mutant's name; the last one counts. A line that was not written whole is none."""
    lines = file.read_text(encoding="utf-8").split("\n")[:-1] if file.exists() else []
    found = map(Result.from_json, lines)
    return {each.name: each for each in found}


def digest(text: bytes) -> str:
    """What a result is true of: the module's whole text with the mutant in it."""
    return hashlib.sha256(text).hexdigest()[:16]
