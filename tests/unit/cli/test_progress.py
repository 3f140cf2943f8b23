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


def test_each_event_counts_as_what_it_is() -> None:
    progress = Progress(due=3, clock=iter([1.0, 2.0]).__next__)
    assert (progress.left, progress.done, progress.failed, progress.skipped, progress.unchanged) == (3, 0, 0, 0, 0)
    progress.follow(events.StepPlanned(examples.CREATE_DB))
    assert progress.unchanged == 0, "it is to be changed"
    progress.follow(events.StepFinished(examples.SAME, 0.1))
    assert (progress.done, progress.left) == (0, 3), "nothing was done"
    progress.follow(events.StepFinished(examples.UPDATE_WEB, 0.1))
    progress.follow(events.StepFinished(examples.DRIFTED, 0.1))
    assert (progress.done, progress.failed, progress.left) == (2, 0, 1)
    progress.follow(events.StepFailed(examples.SAME, Problem("no"), 0.1))
    progress.follow(events.StepFailed(examples.CREATE_DB, Problem("no"), 0.1))
    progress.follow(events.StepSkipped(examples.REPLACE_NET.urn, "it needs that"))
    progress.follow(events.StepSkipped(examples.REPLACE_NET.urn, "it needs that"))
    assert (progress.done, progress.failed, progress.skipped, progress.left) == (2, 2, 2, 0), "never less than none"


def test_a_step_under_way_tells_its_last_news() -> None:
    progress = Progress(clock=iter([1.0, 2.0]).__next__)
    progress.follow(events.StepStarted(examples.CREATE_DB))
    progress.follow(events.StepStarted(examples.UPDATE_WEB))
    running = progress.running[examples.CREATE_DB.urn]
    assert (running.step, running.since, running.message, running.fraction) == (examples.CREATE_DB, 1.0, "", None)
    progress.follow(events.StepProgress(examples.CREATE_DB.urn, "reading", 0.5))
    progress.follow(events.StepProgress(examples.CREATE_DB.urn, "writing"))
    assert (running.message, running.fraction) == ("writing", None)
    assert progress.running[examples.UPDATE_WEB.urn].message == ""
    progress.follow(events.StepFinished(examples.CREATE_DB, 1.0))
    assert [*progress.running] == [examples.UPDATE_WEB.urn]
    progress.follow(events.RunFinished("run", "failed", {}, {}, 1.0))
    assert not progress.running


def test_a_run_waits_for_a_lease_until_something_else_happens() -> None:
    progress = Progress()
    assert progress.waiting_for_lease is None
    progress.follow(events.LeaseWaiting("ann", 3))
    progress.follow(events.LeaseWaiting("bob", 3))
    assert progress.waiting_for_lease == "bob"
    for count in (1, 2):
        progress.follow(events.StepPlanned(examples.SAME))
        assert (progress.waiting_for_lease, progress.unchanged) == (None, count)
    assert progress.left == 0


def test_steps_go_on_whatever_else_is_told() -> None:
    progress = Progress()
    progress.follow(events.StepStarted(examples.CREATE_DB))
    progress.follow(events.StepPlanned(examples.UPDATE_WEB))
    assert [*progress.running] == [examples.CREATE_DB.urn]
