"""A plugin of pytest that tells, at the end of a run, the processor time of each part of the tests beside its budget, the dearest tests,
how busy the processors were, and what each process of tests did last.

python -m pytest -p tests.part_times -n 3
"""

import os
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.processor_time import Meter, busy

BUDGETS: Final = Path(__file__).with_name("budgets.toml")
START: Final = "start and collection"
_SHORT: Final = 0.1
"""Seconds. What is over sooner is measured together with what comes after it: to look at all processes takes a hundredth of a second."""
_KEY: Final = "part_times"
_DEAREST: Final = 40


@dataclass(frozen=True)
class Cost:
    """What one test, or one fixture, took."""

    name: str
    part: str
    seconds: float
    """Of processors."""
    wall: float
    tests: int = 1
    """None for a fixture."""
    ended: float = 0.0
    """By the machine's own clock, which all processes share."""
    worker: str = "main"


def part_of(nodeid: str) -> str:
    """The folder of a test: ``tests/unit``, ``tests/integration/docker``."""
    folders = nodeid.partition("::")[0].split("/")[:-1]
    return "/".join(folders[: 3 if folders[1:2] == ["integration"] else 2])


class Recorder:
    """In each process that runs tests."""

    def __init__(self) -> None:
        self.costs: list[Cost] = []
        self._meter = Meter()
        self._last = 0.0
        self._part = START
        self._worker = os.environ.get("PYTEST_XDIST_WORKER", "main")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Iterator[None]:
        self._take(START, 0.0, 0)
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._part = part_of(item.nodeid)
        with self._measured(item.nodeid, 1):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        name = f"{fixturedef.baseid}::{fixturedef.argname} ({fixturedef.scope} fixture)"
        with self._measured(name, 0):
            return (yield)

    @contextmanager
    def _measured(self, name: str, tests: int) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            wall = time.monotonic() - began
            if wall >= _SHORT:
                self._take(name, wall, tests)
            elif tests:
                self.costs.append(Cost(name, self._part, 0.0, wall, tests, time.monotonic(), self._worker))

    def _take(self, name: str, wall: float, tests: int) -> None:
        now = self._meter.seconds()
        seconds = max(0.0, now - self._last)
        self.costs.append(Cost(name, self._part, seconds, wall, tests, time.monotonic(), self._worker))
        self._last = now


class Reporter:
    """In the process that prints the summary."""

    def __init__(self, recorder: Recorder, dearest: int) -> None:
        self._recorder = recorder
        self._dearest = dearest
        self._told: list[Cost] = []
        self._began = time.monotonic()
        self._busy = busy()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self._told += [Cost(**each) for each in getattr(node, "workeroutput", {}).get(_KEY, ())]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        costs = [*self._recorder.costs, *self._told]
        budgets = tomllib.loads(BUDGETS.read_text(encoding="utf-8"))
        terminalreporter.write_sep("=", "processor time of each part, in seconds")
        for line in table(costs, budgets):
            terminalreporter.write_line(line)
        worked, room = busy() - self._busy, (time.monotonic() - self._began) * (os.cpu_count() or 1)
        terminalreporter.write_line(f"the machine's processors worked {worked:.0f} of {room:.0f} seconds")
        terminalreporter.write_sep(
            "=", f"dearest {self._dearest} tests and fixtures, in seconds of a processor and of wall"
        )
        for each in sorted(costs, key=lambda cost: -cost.seconds)[: self._dearest]:
            terminalreporter.write_line(f"{each.seconds:8.2f}{each.wall:8.1f}  {each.name}")
        terminalreporter.write_sep("=", "last test of each process, and how long the process was idle then")
        for line in endings(costs):
            terminalreporter.write_line(line)


def table(costs: Sequence[Cost], budgets: Mapping[str, float]) -> list[str]:
    """Each part with what it took and may take, and the sum. What is over its budget says so."""
    parts = sorted({cost.part for cost in costs} | budgets.keys())
    rows = [_row(part, [cost for cost in costs if cost.part == part], budgets.get(part)) for part in parts]
    rows.append(_row("all", costs, sum(budgets.values())))
    return [f"{'part':32}{'tests':>7}{'wall':>9}{'processor':>11}{'budget':>9}", *rows]


def endings(costs: Sequence[Cost]) -> list[str]:
    """For each process its last test, with its seconds, after the seconds that it left the process idle while others went on."""
    last = {each.worker: each for each in sorted(costs, key=lambda cost: cost.ended) if each.tests}
    end = max((each.ended for each in last.values()), default=0.0)
    return [f"{end - each.ended:8.1f}{each.wall:8.1f}  {each.name}" for each in last.values()]


def _row(part: str, costs: Sequence[Cost], budget: float | None) -> str:
    seconds = sum(cost.seconds for cost in costs)
    told = f"{budget:9.0f}" if budget is not None else f"{'none':>9}"
    over = "  OVER" if budget is not None and seconds > budget else ""
    tests = sum(cost.tests for cost in costs)
    return f"{part:32}{tests:7}{sum(cost.wall for cost in costs if cost.tests):9.0f}{seconds:11.0f}{told}{over}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--dearest", type=int, default=_DEAREST, help="how many of the dearest tests and fixtures are listed"
    )


def pytest_configure(config: pytest.Config) -> None:
    recorder = Recorder()
    if config.getoption("dist", "no") == "no" or hasattr(config, "workerinput"):
        config.pluginmanager.register(recorder, "part_times_recorder")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Reporter(recorder, config.getoption("dearest")), "part_times_reporter")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    recorder = session.config.pluginmanager.get_plugin("part_times_recorder")
    if output is not None and recorder is not None:
        output[_KEY] = [asdict(cost) for cost in recorder.costs]
