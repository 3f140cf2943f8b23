"""A plugin of pytest that tries the mutants of one module, each in a fork of a process that has imported all else.

The module itself is never imported before the fork, nor is anything that imports it: so whatever name of it is bound anywhere is
the mutant's, also by ``from x import y`` and in what the module's own text computes when it is imported.

VIRTWRIGHT_MUTANTS=job.json python -m pytest -p tests.mutation.server tests/mutation
"""

import gc
import importlib
import os
import pickle
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import Phase, settings

from tests.mutation.forking import Limits, Verdict, in_a_fork
from tests.mutation.job import JOB, Job, Outcome, Result
from tests.mutation.loading import install
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.recording import Recorder, Trace

ENOUGH: Final = 5.0
"""Seconds of processor time for the tests of one part, cheapest first: what none of these sees needs a test of its own."""


@dataclass
class _Part:
    """What one fork is to run, and what came of it."""

    files: Sequence[str]
    wanted: dict[str, int] | None = None
    """Functions of tests by their names and when each comes; None: all. A mutant may change the names of its parameters."""
    recorder: Recorder | None = None
    failed: str | None = None
    count: int = 0


@dataclass(eq=False)
class Server:
    job: Job
    part: _Part | None = None
    traces: list[Trace] = field(default_factory=list)
    _others: list[Trace] | None = None
    _alone: dict[str, bool] = field(default_factory=dict)
    """Functions of tests that failed with a mutant, and whether each passes without one where no other test runs."""
    seconds: float = 0.0
    """Processor time that the mutant took."""
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
        settings.register_profile(
            "mutants",
            settings.get_profile("busy"),
            derandomize=True,
            database=None,
            max_examples=20,
            phases=(Phase.explicit, Phase.generate),
        )
        settings.load_profile("mutants")
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
        chosen = {mutant.name: mutant for mutant in mutants(source)}
        with Path(self.job.results).open("a", encoding="utf-8") as results:
            if (verdict := self._record(session, source, self.job.direct)) is None:
                return True
            if verdict.status:
                raise AssertionError(f"without a mutant, {verdict.failed} fails:\n{verdict.output}")
            self.traces = verdict.traces
            for name in self.job.mutants:
                self.seconds = 0.0
                result = self._try(session, source, chosen[name])
                if result is None:
                    return True
                result.seconds = round(self.seconds, 3)
                results.write(result.to_json() + "\n")
                results.flush()
        return False

    def _record(self, session: pytest.Session, source: bytes, files: Sequence[str]) -> Verdict | None:
        """The module as it is: which tests there are, what each costs and which lines it runs."""
        if not files:
            return Verdict()
        part = _Part(files, recorder=Recorder(self.job.file))
        return self._fork(session, source, part, Limits(900, 3600))

    def _record_others(self, session: pytest.Session, source: bytes) -> list[Trace] | None:
        """Once for all servers of the module. What fails without a mutant is left out; it fails elsewhere."""
        known = Path(self.job.traces)
        if known.exists():
            return list(pickle.loads(known.read_bytes()))
        verdict = self._record(session, source, self.job.others)
        if verdict is None:
            return None
        written = known.with_suffix(f".{os.getpid()}")
        written.write_bytes(pickle.dumps(verdict.traces))
        written.rename(known)
        return verdict.traces

    def _try(self, session: pytest.Session, source: bytes, mutant: Mutant) -> Result | None:
        result = self._try_with(session, source, mutant, self.traces)
        if result is None or result.outcome is not Outcome.SURVIVED:
            return result
        if self._others is None:
            recorded = self._record_others(session, source)
            if recorded is None:
                return None
            self._others = recorded
        return self._try_with(session, source, mutant, self._others, blind=False)

    def _try_with(
        self, session: pytest.Session, source: bytes, mutant: Mutant, traces: list[Trace], *, blind: bool = True
    ) -> Result | None:
        """With some of the tests, those that run its lines first; the others only where the ``blind`` are to run, too. Takes out of
        ``traces`` what fails without the mutant as well."""
        while any(each.sees(mutant) for each in traces):
            wanted = [each for each in traces if blind or each.sees(mutant)]
            part = list(_cheapest(sorted(wanted, key=lambda trace: (not trace.sees(mutant), trace.cost))))
            if not part:
                break
            verdict = self._fork(session, mutant.text, _part(part), _limits(part))
            if verdict is None:
                return None
            if not verdict.is_killed:
                break
            if (counts := self._counts(session, source, verdict)) is None:
                return None
            if counts:
                outcome = Outcome.TIMEOUT if verdict.timed_out else Outcome.KILLED
                return Result(mutant.name, outcome, verdict.failed or "")
            failed = _function(verdict.failed or "")
            traces[:] = [each for each in traces if _function(each.test) != failed]
        return Result(mutant.name, Outcome.SURVIVED, "")

    def _counts(self, session: pytest.Session, source: bytes, verdict: Verdict) -> bool | None:
        """Whether the failure is the mutant's: some tests fail wherever those that they build on are left out."""
        test = _function(verdict.failed or "")
        known = {_function(each.test): each for each in (*self.traces, *(self._others or ()))}
        if test not in known:
            return True  # a file that can't be imported, or a fork that was ended
        if test not in self._alone:
            alone = self._fork(session, source, _part([known[test]]), _limits([known[test]]))
            if alone is None:
                return None
            self._alone[test] = not alone.is_killed
        return self._alone[test]

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
        install(self.job.module, Path(self.job.file), text)
        self.part = part
        session.config.args = list(part.files)
        if part.recorder:
            session.config.option.maxfail = 0
            part.recorder.start()
        return None

    # a fork

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.part is not None and self.part.wanted is not None:
            wanted = self.part.wanted
            chosen = [item for item in items if _function(item.nodeid) in wanted]
            items[:] = sorted(chosen, key=lambda item: wanted[_function(item.nodeid)])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        if self.part is not None and self.part.recorder:
            self.part.recorder.begin(item.nodeid)
        return (yield)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report.failed, report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report.failed, report.nodeid)
        if self.part is not None and self.part.recorder and report.failed:
            self.part.recorder.failed(report.nodeid)

    def _note(self, failed: bool, nodeid: str) -> None:
        if self.part is not None and failed and self.part.failed is None:
            self.part.failed = nodeid

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        from tests.mutation.forking import answer

        if self.part is not None:
            traces = self.part.recorder.stop() if self.part.recorder else []
            answer(Verdict(failed=self.part.failed, traces=traces, status=int(exitstatus)))


def pytest_configure(config: pytest.Config) -> None:
    config.option.tbstyle = "no"
    config.pluginmanager.register(Server(Job.from_json(Path(os.environ[JOB]).read_text(encoding="utf-8"))))


def _part(traces: Sequence[Trace]) -> _Part:
    files = list(dict.fromkeys(each.file for each in traces))
    functions = dict.fromkeys(_function(each.test) for each in traces)
    return _Part(files, {name: at for at, name in enumerate(functions)})


def _function(test: str) -> str:
    return test.partition("[")[0]


def _limits(traces: Sequence[Trace]) -> Limits:
    cost = sum(each.cost for each in traces)
    return Limits(15 + 5 * cost, 120 + 20 * cost)


def _cheapest(traces: Sequence[Trace]) -> Iterator[Trace]:
    left = ENOUGH
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
