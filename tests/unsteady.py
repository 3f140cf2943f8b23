"""Which tests were unsteady in the last runs: failed in company and passed alone. See ``docs/decisions/0455``.

Runs are known from two files of one form: ``tests/unsteady.toml``, to which whoever lands a change adds what its run printed, and one in the
user's cache, which each run adds itself to. Pure, but for the reading and writing of these.
"""

import json
import subprocess
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

import platformdirs

LIST: Final = Path(__file__).with_suffix(".toml")
WINDOW: Final = 10
"""A test that is unsteady twice in so many runs fails the second one."""
_UNKNOWN: Final = "unknown"


@dataclass(frozen=True, order=True)
class Run:
    """One run of all tests, or of some in which a test was unsteady."""

    when: datetime
    commit: str
    unsteady: Mapping[str, str] = field(default_factory=dict, compare=False)
    """By test: why it may be."""

    @classmethod
    def now(cls, unsteady: Mapping[str, str]) -> Self:
        words = ["git", "-C", str(LIST.parent), "rev-parse", "--short", "HEAD"]
        try:
            commit = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout.strip()
        except (OSError, subprocess.SubprocessError):  # a copy without its history
            commit = _UNKNOWN
        return cls(datetime.now(UTC), commit, unsteady)

    def __str__(self) -> str:
        """As it stands in a file."""
        lines = ["[[run]]", f"when = {self.when:%Y-%m-%dT%H:%M:%S.%fZ}", f"commit = {json.dumps(self.commit)}"]
        lines += [f"unsteady.{json.dumps(test)} = {json.dumps(why)}" for test, why in self.unsteady.items()]
        return "\n".join(lines) + "\n"


def parse(text: str) -> list[Run]:
    """The runs of a file."""
    return [Run(each["when"], each["commit"], each.get("unsteady", {})) for each in tomllib.loads(text).get("run", ())]


def last(runs: Iterable[Run], most: int = WINDOW) -> list[Run]:
    """The newest, each once, oldest first: where one is in both files, as it was told first."""
    known: dict[Run, Run] = {}
    for run in runs:
        known.setdefault(run, run)
    return sorted(known)[-most:]


def twice(runs: Sequence[Run]) -> dict[str, int]:
    """The tests that were unsteady in more than one of the runs, and in how many."""
    counts: dict[str, int] = {}
    for run in runs:
        for test in run.unsteady:
            counts[test] = counts.get(test, 0) + 1
    return {test: count for test, count in counts.items() if count > 1}


def report(runs: Sequence[Run]) -> list[str]:
    """The runs for people."""
    lines = [f"of {len(runs)} runs that are known here, at most {WINDOW}:"]
    for run in runs:
        lines += [f"{run.when:%Y-%m-%d %H:%M} {run.commit:10} {test}: {why}" for test, why in run.unsteady.items()]
    return lines if len(lines) > 1 else [f"no test in the last {len(runs)} runs that are known here"]


def read() -> list[Run]:
    """From both files."""
    return [run for path in (LIST, _cache()) if path.exists() for run in parse(path.read_text(encoding="utf-8"))]


def keep(run: Run) -> None:
    """In the cache."""
    path = _cache()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{run}\n")  # by one call: runs may end together


def _cache() -> Path:
    return platformdirs.user_cache_path("virtwright-tests") / "runs.toml"
