"""Which lines of the modules each test runs, and what the test costs: a plugin of pytest.

VIRTWRIGHT_RECORDING=recording.json python -m pytest -p tests.mutation.recording FILES
"""

import json
import os
import pickle
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Self

import coverage
import pytest

from tests.mutation.examples import few_examples
from tests.mutation.mutants import Mutant

RECORDING: Final = "VIRTWRIGHT_RECORDING"
"""The variable that names the file with what to record."""
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
    waits: float = 0.0
    """Seconds that pass."""

    def sees(self, mutant: Mutant) -> bool:
        return mutant.at_import or not self.lines.isdisjoint(mutant.lines) or not self.imported.isdisjoint(mutant.lines)

    @property
    def file(self) -> str:
        return self.test.partition("::")[0]


@dataclass(slots=True)
class Recorded:
    """Of some files of tests."""

    costs: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Of each test that passed: seconds of processor time, and seconds that passed."""
    lines: dict[str, dict[str, frozenset[int]]] = field(default_factory=dict)
    """By the module's file, then the test."""
    failed: list[str] = field(default_factory=list)
    """Tests, and files, that fail without any mutant."""

    def traces(self, file: str, tests: Collection[str]) -> Iterator[Trace]:
        """What the tests of these files run of a module."""
        lines = self.lines.get(file, {})
        imported = lines.get(_IMPORT, frozenset())
        for test, (cost, waits) in self.costs.items():
            if test.partition("::")[0] in tests:
                yield Trace(test, cost, lines.get(test, frozenset()), imported, waits)


@dataclass(frozen=True, slots=True)
class Order:
    """What a recorder is asked for."""

    modules: list[str]
    """Their files."""
    answer: str
    """The file that gets what was recorded."""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls(**json.loads(text))


class Recorder:
    def __init__(self, order: Order) -> None:
        self._order = order
        self._recorded = Recorded()
        self._current: str | None = None
        self._begun = (0.0, 0.0)
        self._coverage = coverage.Coverage(data_file=None, config_file=False, include=order.modules)
        self._coverage.set_option(
            "run:disable_warnings", ["no-data-collected", "module-not-measured", "module-not-imported"]
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        few_examples()
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._end()
        self._current, self._begun = item.nodeid, (time.process_time(), time.monotonic())
        self._coverage.switch_context(item.nodeid)
        return (yield)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_sessionfinish(self) -> None:
        self._end()
        self._coverage.stop()
        self._recorded.lines = dict(self._lines())
        for test in self._recorded.failed:
            self._recorded.costs.pop(test, None)
        written = Path(self._order.answer).with_suffix(".new")
        written.write_bytes(pickle.dumps(self._recorded))
        written.rename(self._order.answer)

    def _note(self, report: pytest.CollectReport | pytest.TestReport) -> None:
        if report.failed:
            self._recorded.failed.append(report.nodeid)

    def _end(self) -> None:
        if self._current is not None:
            now = (time.process_time(), time.monotonic())
            self._recorded.costs[self._current] = (now[0] - self._begun[0], now[1] - self._begun[1])

    def _lines(self) -> Iterator[tuple[str, dict[str, frozenset[int]]]]:
        data = self._coverage.get_data()
        for file in data.measured_files():
            yield file, _by_test(data.contexts_by_lineno(file).items())


def _by_test(lines: Iterable[tuple[int, Iterable[str]]]) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for line, tests in lines:
        for test in tests:
            found.setdefault(test, set()).add(line)
    return {test: frozenset(each) for test, each in found.items()}


def pytest_configure(config: pytest.Config) -> None:
    """Only where it is asked for: a server imports this module as well."""
    if RECORDING in os.environ:
        config.pluginmanager.register(
            Recorder(Order.from_json(Path(os.environ[RECORDING]).read_text(encoding="utf-8")))
        )
