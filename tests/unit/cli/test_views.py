"""The plain view and the live one, on consoles in memory."""

import io
import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from tests.unit.cli import examples
from tests.waiting import until

from virtwright.cli.render.event_text import still_lines
from virtwright.cli.render.planning import PlanningView
from virtwright.cli.render.progress import Progress
from virtwright.cli.render.views import LiveView, PlainView, QuietView
from virtwright.engine import events
from virtwright.errors import Problem

EVENTS: tuple[events.Event, ...] = (
    events.LeaseWaiting("ann@build", 4.0),
    events.LeaseWaiting("ann@build", 3.0),
    events.HostObserved("here", "Volume", 2, 0.1),
    events.IntentSettled(examples.urn("Volume", "data"), "op", "adopted"),
    events.IntentSettled(examples.urn("Volume", "data"), "op", "nothing"),
    events.StepPlanned(examples.CREATE_DB),
    events.StepStarted(examples.CREATE_DB),
    events.StepProgress(examples.CREATE_DB.urn, "waiting for port 5432: \x1b[2Jrefused"),
    events.StepProgress(examples.CREATE_DB.urn, "copying", 0.25),
    events.StepFinished(examples.CREATE_DB, 1.26),
    events.StepStarted(examples.REPLACE_NET),
    events.StepFailed(examples.REPLACE_NET, Problem("in use", hint="stop it:\n    stop"), 70.0),
    events.StepSkipped(examples.UPDATE_WEB.urn, "it needs networks.back"),
    events.Warned(Problem("odd")),
)
PLAIN = """\
03:04:05 waiting for ann@build, who is changing this stack; its lease runs out in 4.0s unless renewed
03:04:05 • volumes.data was made by an interrupted run: adopted
03:04:05 vms.db creating
03:04:05 vms.db waiting for port 5432: \\x1b[2Jrefused
03:04:05 ✓ vms.db created  1.3s
03:04:05 networks.back replacing
03:04:05 ✗ networks.back replacing failed  1m10s
error: in use
  hint: stop it:
      stop
03:04:05 - containers.web skipped: it needs networks.back
03:04:05 warning: odd
"""


def console(**options: Any) -> Console:
    terminal = {"TERM": "xterm"}  # whatever these tests run on
    return Console(
        file=io.StringIO(), width=80, markup=False, emoji=False, highlight=False, _environ=terminal, **options
    )


def text_of(shown: Console) -> str:
    assert isinstance(shown.file, io.StringIO)
    return shown.file.getvalue()


def test_plain_lines() -> None:
    shown = console(color_system=None)
    with PlainView(shown, now=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) as view:
        for event in EVENTS:
            view(event)
    assert text_of(shown) == PLAIN


def test_plain_lines_tell_again_what_takes_long() -> None:
    shown = console(color_system=None)
    with PlainView(shown, every=0.05) as view:
        view(events.StepStarted(examples.CREATE_DB))
        view(events.StepProgress(examples.CREATE_DB.urn, "copying", 0.25))
        until("it is told twice", lambda: text_of(shown).count("vms.db still creating") > 1)
        view(events.StepFinished(examples.CREATE_DB, 1.0))
    before = text_of(shown)
    assert re.search(r"\d\d:\d\d:\d\d vms\.db still creating, 0\.\ds: copying \(25%\)\n", before)
    time.sleep(0.2)
    assert text_of(shown) == before, "nothing is told after the end"


def test_what_has_just_begun_is_not_told_again_and_of_many_only_some() -> None:
    now = [0.0]
    progress = Progress(clock=lambda: now[0])
    for number in range(12):
        progress.follow(events.StepStarted(replace(examples.CREATE_DB, urn=examples.urn("Volume", f"v{number}"))))
    now[0] = 95.0
    progress.follow(events.StepStarted(examples.CREATE_DB))
    lines = [line.plain for line in still_lines(progress, 30.0)]
    assert lines[0] == "volumes.v0 still creating, 1m35s"
    assert lines[-1] == "... and 2 more still running"
    assert len(lines) == 11 and not any("vms.db" in line for line in lines)


def test_a_plan_that_takes_long_says_so_on_a_terminal_and_leaves_nothing_of_it() -> None:
    shown = console(force_terminal=True, color_system=None)
    with PlanningView(shown) as view:
        view(events.HostObserved("here", "Volume", 2, 0.1))
        view(events.HostObserved("here", "Network", 1, 0.1))
        view(events.StepPlanned(examples.CREATE_DB))
        until("it is shown", lambda: "1 host answered, 1 decided" in text_of(shown))
        view(events.Warned(Problem("odd")))
    assert "warning: odd" in text_of(shown)
    assert text_of(shown).endswith("\x1b[2K"), "the line is cleared"


def test_while_a_plan_is_made_only_what_must_be_known_is_told() -> None:
    shown = console(color_system=None)
    with QuietView(shown) as view:
        for event in (*EVENTS, events.Logged("info", "printed by a program"), events.Logged("debug", "in detail")):
            view(event)
    told = [line.partition(" ")[2] for line in text_of(shown).splitlines()]
    assert [line.partition(" ")[0] for line in told] == ["waiting", "•", "warning:", "info:"]
    assert told[-1] == "info: printed by a program"


def test_verbose_plain_lines_say_what_was_observed_and_how_far_it_is() -> None:
    shown = console(color_system=None)
    view = PlainView(shown, verbose=True)
    for event in EVENTS:
        view(event)
    assert "observed 2 Volume on here in 0.1s" in text_of(shown)
    assert "vms.db copying (25%)" in text_of(shown)


def test_the_live_view_leaves_what_is_done_and_clears_the_rest() -> None:
    shown = console(force_terminal=True, color_system=None)
    with LiveView(shown, due=3) as view:
        for event in EVENTS:
            view(event)
        view.notice("interrupted: finishing")
        view(events.StepStarted(examples.DELETE_DATA))
    assert "✓ vms.db created  1.3s" in text_of(shown)
    assert "containers.web skipped" in text_of(shown)
    assert view.progress.done == 1
    assert view.progress.failed == 1
