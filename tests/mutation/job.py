"""What a server is asked to do, and what it answers: lines of JSON."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
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
    direct: list[str]
    """Files of tests that import the module."""
    others: list[str]
    """And those that come to it by way of others."""
    before: list[str]
    """Modules that are imported before the forks."""
    apart: list[str]
    """Modules that must not be: this one, and those that can't be imported without it."""
    traces: str
    """The file for what the latter run of the module, which servers share."""
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
    seconds: float = 0.0

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        values = json.loads(text)
        return cls(**{**values, "outcome": Outcome(values["outcome"])})
