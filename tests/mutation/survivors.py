"""The mutants that are known to survive, each with the reason, and whether a run agrees with the list."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

from tests.mutation.mutants import Mutant

LIST: Final = Path(__file__).with_name("survivors.toml")
LEAST_KILLED: Final = 0.95
MOST_EQUIVALENT: Final = 0.03


class Reason(StrEnum):
    EQUIVALENT = "equivalent"
    """Nobody can see it: the module does the same."""
    ELSEWHERE = "elsewhere"
    """Tests against real hosts see it."""
    OPEN = "open"
    """A test is missing still."""


@dataclass(frozen=True, slots=True)
class Run:
    """What became of the mutants of a module."""

    module: str
    survivors: list[Mutant]
    tried: int
    seconds: float = 0.0
    """Of processor time."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A line of the table."""

    module: str
    tried: int
    survived: int
    listed: int
    equivalent: int
    seconds: float

    @property
    def killed(self) -> int:
        return self.tried - self.survived


@dataclass(frozen=True, slots=True)
class Survivors:
    known: Mapping[tuple[str, str], Reason]
    """By the module and the mutant's name."""

    @classmethod
    def read(cls, file: Path = LIST) -> Self:
        """Raises ``ValueError`` and ``KeyError`` where an entry has no reason, or no words for it."""
        modules: dict[str, list[dict[str, Any]]] = tomllib.loads(file.read_text(encoding="utf-8"))
        known = {}
        for module, entries in modules.items():
            for entry in entries:
                if not entry["why"]:
                    raise ValueError(f"{module}: no reason for {entry['mutant']}")
                known[module, entry["mutant"]] = Reason(entry["reason"])
        return cls(known)

    def judge(self, runs: Sequence[Run], *, is_whole: bool) -> list[str]:
        """What is not as it should be. In a part of a run, listed mutants may not have survived."""
        wrong: list[str] = []
        for run in sorted(runs, key=lambda each: each.module):
            listed = self._listed(run)
            alive = {mutant.name: mutant.line for mutant in run.survivors}
            wrong += [f"{run.module}:{line} survived: {name}" for name, line in alive.items() if name not in listed]
            if is_whole:
                wrong += [f"{run.module}: listed, and killed or gone: {name}" for name in listed if name not in alive]
        whole = self.figures(runs)[-1]
        if whole.killed < LEAST_KILLED * whole.tried:
            wrong.append(f"Fewer than {LEAST_KILLED:.0%} were killed.")
        if whole.equivalent > MOST_EQUIVALENT * whole.tried:
            wrong.append(f"More than {MOST_EQUIVALENT:.0%} are listed as equivalent.")
        return wrong

    def figures(self, runs: Sequence[Run]) -> list[Figures]:
        """Of each module, in order of their names, and of all together at the end."""
        each = [self._figures(run) for run in sorted(runs, key=lambda each: each.module)]
        whole = Figures(
            "all",
            sum(one.tried for one in each),
            sum(one.survived for one in each),
            sum(one.listed for one in each),
            sum(one.equivalent for one in each),
            sum(one.seconds for one in each),
        )
        return [*each, whole]

    def _figures(self, run: Run) -> Figures:
        listed = self._listed(run)
        names = {mutant.name for mutant in run.survivors}
        equivalent = sum(listed.get(name) is Reason.EQUIVALENT for name in names)
        name = run.module.removeprefix("virtwright.")
        return Figures(name, run.tried, len(names), len(names & listed.keys()), equivalent, run.seconds)

    def _listed(self, run: Run) -> dict[str, Reason]:
        return {name: reason for (module, name), reason in self.known.items() if module == run.module}


def table(figures: Sequence[Figures]) -> Iterator[str]:
    """For a terminal."""
    yield f"{'module':60} {'mutants':>8} {'killed':>7} {'survived':>9} {'listed':>7} {'%':>6}"
    for each in figures:
        counts = f"{each.tried:8} {each.killed:7} {each.survived:9} {each.listed:7}"
        yield f"{each.module:60} {counts} {100 * each.killed / max(each.tried, 1):6.1f}"


def markdown(figures: Sequence[Figures]) -> Iterator[str]:
    """For the document."""
    yield "| module | mutants | killed | survived | listed as equivalent | seconds |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for each in figures:
        counts = (each.tried, each.killed, each.survived, each.equivalent, round(each.seconds))
        yield f"| `{each.module}` | {' | '.join(map(str, counts))} |"
