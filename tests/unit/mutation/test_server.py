"""Which failures of tests kill a mutant."""

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
JOB: Final = Job("m", "m.py", [], [], [], [], [], "", "")


def trace(test: str, cost: float) -> Trace:
    return Trace(test, cost, frozenset({2}), frozenset())


ALL: Final = [trace(BUILDS_ON, 0.1), trace(PASSES, 0.2), trace(f"{SEES}[a]", 0.3)]


@pytest.mark.parametrize(
    ("direct", "others", "outcome", "by"),
    [
        (ALL, [], Outcome.KILLED, f"{SEES}[a]"),
        (ALL[:2], [], Outcome.SURVIVED, ""),
        (ALL[:2], ALL[2:], Outcome.KILLED, f"{SEES}[a]"),
        ([], ALL, Outcome.KILLED, f"{SEES}[a]"),
        ([], ALL[:1], Outcome.SURVIVED, ""),
        ([], [], Outcome.SURVIVED, ""),
        ([], [trace(SEES, 6.0)], Outcome.SURVIVED, ""),
    ],
)
def test_a_test_that_fails_alone_without_the_mutant_too_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, direct: list[Trace], others: list[Trace], outcome: Outcome, by: str
) -> None:
    def run(self: Server, session: Any, text: bytes, part: Any, limits: Limits) -> Verdict:
        failing = {BUILDS_ON} if text == SOURCE else {BUILDS_ON, SEES}
        known = {test.partition("[")[0]: test for test in (trace.test for trace in ALL)}
        failed = next((known.get(each, each) for each in part.wanted if each in failing), None)
        return Verdict(failed, status=int(failed is not None))

    monkeypatch.setattr(Server, "_fork", run)
    server = Server(JOB, traces=[*direct], _others=[*others])
    assert server._try(None, SOURCE, MUTANT) == Result(MUTANT.name, outcome, by)  # type: ignore[arg-type]
