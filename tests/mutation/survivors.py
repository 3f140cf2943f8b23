"""The mutants that are known to survive, each with the reason, and whether a run agrees with the list."""

import tomllib
from collections.abc import Mapping, Sequence
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
        """Print the figures, and return what is not as it should be. In a part of a run, listed mutants may not have survived."""
        print(f"\n{'module':60} {'mutants':>8} {'killed':>7} {'survived':>9} {'listed':>7} {'%':>6}")
        wrong: list[str] = []
        totals, equivalent = [0, 0, 0], 0
        for run in sorted(runs, key=lambda each: each.module):
            listed = {name: reason for (module, name), reason in self.known.items() if module == run.module}
            alive = {mutant.name: mutant.line for mutant in run.survivors}
            figures = [run.tried, len(alive), len(alive.keys() & listed)]
            print(_row(run.module.removeprefix("virtwright."), figures))
            totals = [before + now for before, now in zip(totals, figures, strict=True)]
            equivalent += sum(listed.get(name) is Reason.EQUIVALENT for name in alive)
            wrong += [f"{run.module}:{line} survived: {name}" for name, line in alive.items() if name not in listed]
            if is_whole:
                wrong += [f"{run.module}: listed, and killed or gone: {name}" for name in listed if name not in alive]
        print(_row("all", totals) + "\n")
        tried, survived, _ = totals
        if tried - survived < LEAST_KILLED * tried:
            wrong.append(f"Fewer than {LEAST_KILLED:.0%} were killed.")
        if equivalent > MOST_EQUIVALENT * tried:
            wrong.append(f"More than {MOST_EQUIVALENT:.0%} are listed as equivalent.")
        return wrong


def _row(name: str, figures: Sequence[int]) -> str:
    tried, survived, listed = figures
    killed = tried - survived
    return f"{name:60} {tried:8} {killed:7} {survived:9} {listed:7} {100 * killed / max(tried, 1):6.1f}"
