"""A plugin of pytest that tries the mutants of one module, each in a fork of a process that has imported what the mutant does not change.

Where a mutant changes a function that was not called while modules were imported, that process has collected the tests, too, and the fork
changes the function's code. Else the module itself is never imported before the fork, nor is anything that imports it: so whatever name
of it is bound anywhere is the mutant's, also by ``from x import y`` and in what the module's own text computes when it is imported.

VIRTWRIGHT_MUTANTS=job.json python -m pytest -p tests.mutation.server tests/mutation
"""

import gc
import importlib
import os
import pickle
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pytest

from tests.mutation.examples import few_examples
from tests.mutation.forking import Limits, Verdict, answer, in_a_fork
from tests.mutation.job import JOB, Job, Outcome, Result, digest
from tests.mutation.loading import install
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.recording import Trace
from tests.mutation.swapping import Functions, swap

ENOUGH: Final = 5.0
"""Seconds of processor time for the tests that run a mutant's lines, cheapest first: what none of these sees needs a test of its own."""
ENOUGH_BLIND: Final = 1.0
"""And for those that do not, of files that import the module."""
_ANY_TIME: Final = Limits(float(1 << 20), float(1 << 20))
"""For a fork that makes forks of its own, each of which has its limits."""


@dataclass
class _Part:
    """What one fork is to run, and what came of it."""

    files: Sequence[str]
    wanted: dict[str, int] | None = None
    """Functions of tests by their names and when each comes; None: all. A mutant may change the names of its parameters."""
    failed: str | None = None


@dataclass(eq=False)
class Server:
    job: Job
    traces: list[Trace]
    part: _Part | None = None
    seconds: float = 0.0
    """Processor time that the mutant took."""
    _ready: list[Mutant] = field(default_factory=list)
    """In the fork that has collected the tests: what it is to try by changing functions."""
    _functions: Functions | None = None
    _alone: dict[str, bool] = field(default_factory=dict)
    """Functions of tests that failed with a mutant, and whether each passes without one where no other test runs."""
    _killers: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By the scope of mutants: functions of tests that killed one there."""
    _pid: int = field(default_factory=os.getpid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        """The server is what collects no tests itself: each of its forks goes on from here."""
        self._prepare()
        if self._serve(session):
            return
        sys.stdout.flush()
        os._exit(0)

    # the server

    def _prepare(self) -> None:
        few_examples()
        _start_forks_late()
        for name in self.job.before:
            _import(name)
            if any(each in sys.modules for each in self.job.apart):
                self._begin_again_without(name)
        gc.collect()
        gc.freeze()

    def _begin_again_without(self, name: str) -> None:
        """Its text does not say so, but it imports the module when it is imported: by what it calls then."""
        job = replace(self.job, before=[each for each in self.job.before if each != name])
        Path(os.environ[JOB]).write_text(job.to_json(), encoding="utf-8")
        os.execv(sys.executable, sys.orig_argv)

    def _serve(self, session: pytest.Session) -> bool:
        """Whether this is a fork, which goes on with its tests."""
        source = Path(self.job.file).read_bytes()
        known = {mutant.name: mutant for mutant in mutants(source)}
        chosen = [known[name] for name in self.job.mutants]
        unseen = [mutant for mutant in chosen if not any(each.sees(mutant) for each in self.traces)]
        for mutant in unseen:
            self._write(Result(mutant.name, Outcome.SURVIVED, ""), mutant)
        chosen = [mutant for mutant in chosen if mutant not in unseen]
        settled = self._try_by_swapping(session, source, chosen)
        if settled is None:
            return True
        left = [mutant for mutant in chosen if mutant.name not in settled]
        return not all(self._try_and_write(session, source, mutant) for mutant in left)

    def _try_by_swapping(self, session: pytest.Session, source: bytes, chosen: Sequence[Mutant]) -> list[str] | None:
        """The names of those that were tried so; None in the fork that tries them, once it has collected the tests."""
        ready = [mutant for mutant in chosen if not any(_runs_at_import(mutant, trace) for trace in self.traces)]
        parts = [each for mutant in ready for each in self._chosen(mutant)]
        if not parts:
            return []
        verdict = self._fork(session, source, replace(_part(parts), wanted=None), _ANY_TIME)
        if verdict is None:
            self._ready = ready
            return None
        return verdict.settled

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Tests run in the forks of the fork that has collected them."""
        if not self._ready:
            return
        ready, self._ready, self._pid = self._ready, [], os.getpid()
        source = Path(self.job.file).read_bytes()
        settled: list[str] = []
        if not session.testsfailed:
            self._functions = Functions(importlib.import_module(self.job.module), source)
            gc.collect()
            gc.freeze()
            for mutant in ready:
                if self._functions.swaps(mutant.text) is not None:
                    if not self._try_and_write(session, source, mutant):
                        return
                    settled.append(mutant.name)
        answer(Verdict(settled=settled))

    def _try_and_write(self, session: pytest.Session, source: bytes, mutant: Mutant) -> bool:
        """Whether it was tried; else this is a fork."""
        self.seconds = 0.0
        result = self._try(session, source, mutant)
        if result is not None:
            self._write(result, mutant)
        return result is not None

    def _write(self, result: Result, mutant: Mutant) -> None:
        result.seconds, result.digest = round(self.seconds, 3), digest(mutant.text)
        with Path(self.job.results).open("a", encoding="utf-8") as file:
            file.write(result.to_json() + "\n")

    def _try(self, session: pytest.Session, source: bytes, mutant: Mutant) -> Result | None:
        """Takes out of the traces what fails without the mutant as well. None in a fork."""
        tried: set[str] = set()
        while part := self._next(mutant, tried):
            verdict = self._fork(session, mutant.text, _part(part), self._limits(part))
            if verdict is None:
                return None
            if not verdict.is_killed:
                tried |= {each.test for each in part}
                continue
            if (counts := self._counts(session, source, verdict)) is None:
                return None
            failed = _function(verdict.failed or "")
            if counts:
                self._killers[mutant.scope].add(failed)
                outcome = Outcome.TIMEOUT if verdict.timed_out else Outcome.KILLED
                return Result(mutant.name, outcome, verdict.failed or "")
            self.traces = [each for each in self.traces if _function(each.test) != failed]
        return Result(mutant.name, Outcome.SURVIVED, "")

    def _next(self, mutant: Mutant, tried: set[str]) -> list[Trace]:
        """Tests for one fork. Where it has to import their files, those of one file come first."""
        left = [each for each in self._chosen(mutant) if each.test not in tried]
        if self._functions is not None or tried or not left:
            return left
        files = defaultdict[str, int](int)
        for each in left:
            files[each.file] += bool(each.lines) + 1000 * (_function(each.test) in self._killers[mutant.scope])
        best = max(files, key=files.__getitem__)
        return [each for each in left if each.file == best]

    def _chosen(self, mutant: Mutant) -> list[Trace]:
        """What has killed one like it comes first, then what is cheap; in the end what does not run its lines."""
        killers = self._killers[mutant.scope]
        order = sorted(self.traces, key=lambda each: (_function(each.test) not in killers, each.cost))
        seeing = [each for each in order if each.sees(mutant)]
        blind = [each for each in order if self.job.blind and not each.sees(mutant)]
        return [*_cheapest(seeing, ENOUGH), *_cheapest(blind, ENOUGH_BLIND)]

    def _counts(self, session: pytest.Session, source: bytes, verdict: Verdict) -> bool | None:
        """Whether the failure is the mutant's: some tests fail wherever those that they build on are left out."""
        test = _function(verdict.failed or "")
        known = {_function(each.test): each for each in self.traces}
        if test not in known:
            return True  # a file that can't be imported, or a fork that was ended
        if test not in self._alone:
            alone = self._fork(session, source, _part([known[test]]), self._limits([known[test]]))
            if alone is None:
                return None
            self._alone[test] = not alone.is_killed
        return self._alone[test]

    def _limits(self, traces: Sequence[Trace]) -> Limits:
        """Of the processor time, whatever else the machine does; of the time that passes only where nothing goes on."""
        cost, waits = sum(each.cost for each in traces), sum(each.waits for each in traces)
        imports = 15.0 if self._functions is None else 2.0
        return Limits(imports + 5 * cost, 60 + 5 * waits + 20 * cost)

    def _fork(self, session: pytest.Session, text: bytes, part: _Part, limits: Limits) -> Verdict | None:
        """None in the fork, which has the module with ``text`` and the tests of ``part`` before it."""
        folder = Path(tempfile.mkdtemp(prefix="vwm-"))
        try:
            verdict = in_a_fork(limits, folder / "output")
            if verdict is not None:
                self.seconds += verdict.seconds
                return replace(verdict, output=_text(folder / "output")) if verdict.status else verdict
        finally:
            if os.getpid() == self._pid:
                shutil.rmtree(folder, ignore_errors=True)
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
        self.part = part
        if self._functions is not None:
            swap(self._functions.swaps(text) or ())
            self.pytest_collection_modifyitems(session.items)
        else:
            install(self.job.module, Path(self.job.file), text)
            session.config.args = list(part.files)
        return None

    # a fork

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.part is not None and self.part.wanted is not None:
            wanted = self.part.wanted
            chosen = [item for item in items if _function(item.nodeid) in wanted]
            items[:] = sorted(chosen, key=lambda item: wanted[_function(item.nodeid)])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report.failed, report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report.failed, report.nodeid)

    def _note(self, failed: bool, nodeid: str) -> None:
        if self.part is not None and failed and self.part.failed is None:
            self.part.failed = nodeid

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        if self.part is not None:
            answer(Verdict(failed=self.part.failed, status=int(exitstatus)))


def pytest_configure(config: pytest.Config) -> None:
    config.option.tbstyle = "no"
    job = Job.from_json(Path(os.environ[JOB]).read_text(encoding="utf-8"))
    config.pluginmanager.register(Server(job, pickle.loads(Path(job.traces).read_bytes())))


def _part(traces: Sequence[Trace]) -> _Part:
    files = list(dict.fromkeys(each.file for each in traces))
    functions = dict.fromkeys(_function(each.test) for each in traces)
    return _Part(files, {name: at for at, name in enumerate(functions)})


def _function(test: str) -> str:
    return test.partition("[")[0]


def _runs_at_import(mutant: Mutant, trace: Trace) -> bool:
    return mutant.at_import or not trace.imported.isdisjoint(mutant.lines)


def _cheapest(traces: Sequence[Trace], seconds: float) -> Iterator[Trace]:
    left = seconds
    for each in traces:
        left -= each.cost
        if left < 0:
            return
        yield each


def _start_forks_late() -> None:
    """The process that tests fork commands from begins when the first test asks for it: few do."""
    from tests import forks

    forks.begin = lambda keys: None


def _import(name: str) -> None:
    """The name may be of something inside of a module, or of a library that is not installed."""
    with suppress(Exception):
        importlib.import_module(name)
        return
    with suppress(Exception):
        importlib.import_module(name.rpartition(".")[0])


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
