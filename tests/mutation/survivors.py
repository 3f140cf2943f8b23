"""The mutants that are known to survive, each with the reason, and whether a run agrees with the list."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

from tests.mutation.job import Outcome, Result
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
class Known:
    reason: Reason
    why: str


@dataclass(frozen=True, slots=True)
class Survivors:
    known: Mapping[tuple[str, str], Known]
    """By the module and the mutant's name."""

    @classmethod
    def read(cls, file: Path = LIST) -> Self:
        read: dict[str, list[dict[str, Any]]] = tomllib.loads(file.read_text(encoding="utf-8"))
        return cls(
            {
                (module, each["mutant"]): Known(Reason(each["reason"]), each["why"])
                for module, entries in read.items()
                for each in entries
            }
        )

    def judge(self, runs: Mapping[str, tuple[Sequence[Mutant], Sequence[Result]]], *, part: bool) -> int:
        """Print the figures, and what is not as the list says; how the command ends. ``part``: only some tests were run."""
        wrong: list[str] = []
        print(f"\n{'module':60} {'mutants':>8} {'killed':>7} {'survived':>9} {'listed':>7} {'%':>6}")
        total = [0, 0, 0, 0]
        equivalent = 0
        for module, (made, results) in sorted(runs.items()):
            alive = {result.name for result in results if result.outcome is Outcome.SURVIVED}
            known = {name: entry for (owner, name), entry in self.known.items() if owner == module}
            equivalent += sum(known[name].reason is Reason.EQUIVALENT for name in alive & {*known})
            figures = [len(made), len(made) - len(alive), len(alive), len(alive & {*known})]
            total = [before + now for before, now in zip(total, figures, strict=True)]
            print(_row(module.removeprefix("virtwright."), figures))
            lines = {mutant.name: mutant.line for mutant in made}
            wrong += [
                f"{module}:{lines[name]} survived: {name}" for name in lines if name in alive and name not in known
            ]
            if not part:
                wrong += [f"{module} listed, but killed or gone: {name}" for name in known if name not in alive]
        print(_row("all", total))
        if wrong:
            print("\n" + "\n".join(wrong))
        if total[1] < LEAST_KILLED * total[0]:
            wrong.append(f"fewer than {LEAST_KILLED:.0%} were killed")
            print(wrong[-1])
        if equivalent > MOST_EQUIVALENT * total[0]:
            wrong.append(f"more than {MOST_EQUIVALENT:.0%} are listed as equivalent")
            print(wrong[-1])
        return int(bool(wrong))


def _row(name: str, figures: Sequence[int]) -> str:
    made, killed, survived, listed = figures
    return f"{name:60} {made:8} {killed:7} {survived:9} {listed:7} {100 * killed / max(made, 1):6.1f}"
