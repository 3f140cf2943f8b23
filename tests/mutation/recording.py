"""Which lines of the module each test runs, and what the test costs."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import coverage

from tests.mutation.mutants import Mutant

_IMPORT: Final = ""
"""The context of what runs while tests are imported."""


@dataclass(frozen=True, slots=True)
class Trace:
    test: str
    cost: float
    """Seconds of processor time."""
    lines: frozenset[int]
    imported: frozenset[int]
    """Lines that run when the module or a test is imported: each test may see what they made."""

    def sees(self, mutant: Mutant) -> bool:
        return mutant.at_import or not self.lines.isdisjoint(mutant.lines) or not self.imported.isdisjoint(mutant.lines)

    @property
    def file(self) -> str:
        return self.test.partition("::")[0]


class Recorder:
    def __init__(self, file: str) -> None:
        self._file = str(Path(file).resolve())
        self._costs: dict[str, float] = {}
        self._failed: set[str] = set()
        self._current: str | None = None
        self._begun = 0.0

    def start(self) -> None:
        self._coverage = coverage.Coverage(data_file=None, config_file=False, include=[self._file])
        self._coverage.set_option(
            "run:disable_warnings", ["no-data-collected", "module-not-measured", "module-not-imported"]
        )
        self._coverage.start()

    def begin(self, test: str) -> None:
        self._end()
        self._current, self._begun = test, time.process_time()
        self._coverage.switch_context(test)

    def failed(self, test: str) -> None:
        self._failed.add(test)

    def stop(self) -> list[Trace]:
        self._end()
        self._coverage.stop()
        data = self._coverage.get_data()
        by_line = {
            line: tests for file in data.measured_files() for line, tests in data.contexts_by_lineno(file).items()
        }
        lines: dict[str, set[int]] = {}
        for line, tests in by_line.items():
            for test in tests:
                lines.setdefault(test, set()).add(line)
        imported = frozenset(lines.get(_IMPORT, ()))
        return [
            Trace(test, cost, frozenset(lines.get(test, ())), imported)
            for test, cost in self._costs.items()
            if test not in self._failed
        ]

    def _end(self) -> None:
        if self._current is not None:
            self._costs[self._current] = time.process_time() - self._begun
