"""What a run has come to, from its events."""

from tests.unit.cli import examples

from virtwright.cli.render.progress import Progress
from virtwright.engine import events
from virtwright.errors import Problem


def test_steps_are_counted_as_they_begin_and_end() -> None:
    progress = Progress(due=4, clock=lambda: 10.0)
    progress.follow(events.LeaseWaiting("ann", 3))
    assert progress.waiting_for_lease == "ann"
    progress.follow(events.StepStarted(examples.CREATE_DB))
    progress.follow(events.StepStarted(examples.UPDATE_WEB))
    progress.follow(events.StepProgress(examples.CREATE_DB.urn, "reading", 0.5))
    assert progress.waiting_for_lease is None
    assert progress.running[examples.CREATE_DB.urn].message == "reading"
    assert progress.running[examples.CREATE_DB.urn].since == 10.0
    assert progress.left == 2
    progress.follow(events.StepFinished(examples.CREATE_DB, 1.0))
    progress.follow(events.StepFailed(examples.UPDATE_WEB, Problem("no"), 1.0))
    progress.follow(events.StepSkipped(examples.REPLACE_NET.urn, "it needs that"))
    assert (progress.done, progress.failed, progress.skipped, progress.left) == (1, 1, 1, 1)
    assert not progress.running


def test_news_of_a_step_that_does_not_run_is_nothing() -> None:
    progress = Progress()
    progress.follow(events.StepProgress(examples.CREATE_DB.urn, "late"))
    progress.follow(events.StepPlanned(examples.SAME))
    assert not progress.running
    assert progress.unchanged == 1
