"""Which failures of tests kill a mutant."""

from dataclasses import replace
from typing import Any, Final

import pytest
from tests.mutation.forking import Limits, Verdict
from tests.mutation.job import Job, Outcome, Result
from tests.mutation.mutants import mutants
from tests.mutation.recording import Trace
from tests.mutation.server import Server

SOURCE: Final = b"def f(a: int) -> bool:\n    return a < 3\n"
MUTANT: Final = mutants(SOURCE)[0]
BUILDS_ON: Final = "t.py::test_builds_on_others"
SEES: Final = "t.py::test_sees"
PASSES: Final = "t.py::test_passes"
JOB: Final = Job("m", "m.py", [], [], [], "", True, "")


def trace(test: str, cost: float) -> Trace:
    return Trace(test, cost, frozenset({2}), frozenset())


ALL: Final = [trace(BUILDS_ON, 0.1), trace(PASSES, 0.2), trace(f"{SEES}[a]", 0.3)]


@pytest.mark.parametrize(
    ("traces", "outcome", "by"),
    [
        (ALL, Outcome.KILLED, f"{SEES}[a]"),
        (ALL[:2], Outcome.SURVIVED, ""),
        (ALL[1:], Outcome.KILLED, f"{SEES}[a]"),
        ([], Outcome.SURVIVED, ""),
        ([trace(SEES, 6.0)], Outcome.SURVIVED, ""),
    ],
)
def test_a_test_that_fails_alone_without_the_mutant_too_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, traces: list[Trace], outcome: Outcome, by: str
) -> None:
    def run(self: Server, session: Any, text: bytes, part: Any, limits: Limits) -> Verdict:
        failing = {BUILDS_ON} if text == SOURCE else {BUILDS_ON, SEES}
        known = {test.partition("[")[0]: test for test in (trace.test for trace in ALL)}
        failed = next((known.get(each, each) for each in part.wanted if each in failing), None)
        return Verdict(failed, status=int(failed is not None))

    monkeypatch.setattr(Server, "_fork", run)
    server = Server(JOB, [*traces])
    assert server._try(None, SOURCE, MUTANT) == Result(MUTANT.name, outcome, by)  # type: ignore[arg-type]


NAMED: Final = Trace("t.py::test_of_its_file", 2.5, frozenset({2}), frozenset())
ELSEWHERE: Final = Trace("u.py::test_cheap", 0.1, frozenset({2}), frozenset())
LIKELY: Final = Trace("t.py::test_killer", 2.0, frozenset({2}), frozenset())
BLIND: Final = Trace("u.py::test_runs_other_lines", 0.5, frozenset({7}), frozenset())


@pytest.mark.parametrize(
    ("is_blind", "tests"),
    [(True, [LIKELY, ELSEWHERE, NAMED, BLIND]), (False, [LIKELY, ELSEWHERE, NAMED])],
)
def test_what_has_killed_one_of_the_function_is_tried_first(is_blind: bool, tests: list[Trace]) -> None:
    server = Server(replace(JOB, blind=is_blind), [BLIND, NAMED, LIKELY, ELSEWHERE])
    server._killers[MUTANT.scope].add(LIKELY.test)
    assert server._chosen(MUTANT) == tests


def test_where_files_are_to_be_imported_those_of_one_come_first() -> None:
    """Nearly every mutant is killed by the tests of its module's own file."""
    server = Server(JOB, [BLIND, NAMED, LIKELY, ELSEWHERE])
    server._killers[MUTANT.scope].add(LIKELY.test)
    first = server._next(MUTANT, set())
    assert first == [LIKELY, NAMED]
    assert server._next(MUTANT, {each.test for each in first}) == [ELSEWHERE, BLIND]
