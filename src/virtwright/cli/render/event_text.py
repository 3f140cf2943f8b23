"""Events as lines of text, for the terminal and for logs alike."""

from typing import Final

from rich.text import Text

from virtwright.cli.render.fields import Extent, change_text, field_name
from virtwright.cli.render.problems import render_problem
from virtwright.cli.render.progress import Progress, Running
from virtwright.cli.render.text import safe
from virtwright.cli.render.words import DONE, STYLES, UNDER_WAY
from virtwright.engine.events import (
    Event,
    HostObserved,
    IntentSettled,
    LeaseWaiting,
    Logged,
    StepFailed,
    StepFinished,
    StepPlanned,
    StepProgress,
    StepSkipped,
    StepStarted,
    Warned,
)
from virtwright.engine.selection import address
from virtwright.engine.step import Op, Step

_SETTLED: Final = {
    "adopted": "was made by an interrupted run: adopted",
    "finished": "was left half done by an interrupted run: finished",
    "removed": "was left behind by an interrupted run: removed",
}
"""What the user is told. Where a run failed in the ordinary way, the next one finds nothing to take over: no news."""


_MOST_STILL: Final = 10


def seconds_text(seconds: float) -> str:
    """``0.3s``, ``12s``, ``2m05s``."""
    if seconds < 10:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02d}s" if minutes else f"{rest}s"


def lasting_line(event: Event) -> Text | None:
    """The line that stays on the screen after the event; None for what is only of the moment."""
    match event:
        case StepFinished(step=step, seconds=seconds) if step.op is not Op.SAME:
            took = f"  {seconds_text(seconds)}"
            return Text.assemble(
                ("✓ ", "green"), safe(address(step.urn), "bold"), (f" {DONE[step.op]}", STYLES[step.op]), (took, "dim")
            )
        case StepPlanned(step=step) if step.op in (Op.READ, Op.ADOPT):
            return _taken_over(step)
        case StepFailed(step=step, problem=problem, seconds=seconds):
            head = Text.assemble(("✗ ", "bold red"), safe(address(step.urn), "bold"), f" {UNDER_WAY[step.op]} failed")
            head.append(f"  {seconds_text(seconds)}\n", "dim")
            return Text.assemble(head, render_problem(problem))
        case StepSkipped(urn=urn, reason=reason):
            return Text.assemble(("- ", "yellow"), safe(address(urn), "bold"), " skipped: ", safe(reason))
        case Warned(problem=problem):
            return render_problem(problem, label="warning", style="bold yellow")
        case Logged(severity=severity, message=message) if severity != "debug":
            return Text.assemble((f"{severity}: ", "dim"), safe(message))
        case IntentSettled(urn=urn, outcome=outcome) if outcome in _SETTLED:
            return Text.assemble(("• ", "cyan"), safe(address(urn), "bold"), f" {_SETTLED[outcome]}")
        case LeaseWaiting(holder=holder, expires_in=expires_in):
            until = f"its lease runs out in {seconds_text(max(0.0, expires_in))} unless renewed"
            return Text.assemble("waiting for ", safe(holder, "bold"), f", who is changing this stack; {until}")
        case _:
            return None


def _taken_over(step: Step) -> Text:
    """What the state takes over from the host: no step on the host follows."""
    line = Text.assemble(("• ", "cyan"), safe(address(step.urn), "bold"), f" {DONE[step.op]}")
    if step.reason:
        line.append(": ").append_text(safe(step.reason))
    for number, change in enumerate(step.changes):
        line.append(", " if number else ": ").append_text(safe(field_name(change))).append(" ")
        line.append_text(change_text(step.kind, change, Extent()))
    return line


def still_lines(progress: Progress, least: float) -> list[Text]:
    """What has been running for at least so many seconds, for logs."""
    now = progress.clock()
    long = [(item, now - item.since) for item in progress.running.values() if now - item.since >= least]
    lines = [_still(item, seconds) for item, seconds in long[:_MOST_STILL]]
    if left := len(long) - len(lines):
        lines.append(Text(f"... and {left} more still running"))
    return lines


def _still(item: Running, seconds: float) -> Text:
    head = f" still {UNDER_WAY[item.step.op]}, {seconds_text(seconds)}"
    part = "" if item.fraction is None else f" ({item.fraction:.0%})"
    return Text.assemble(
        safe(address(item.step.urn), "bold"), head, ": " if item.message else "", safe(item.message), part
    )


def passing_line(event: Event) -> Text | None:
    """The line of an event that is only of the moment, for logs."""
    match event:
        case StepStarted(step=step):
            return Text.assemble(safe(address(step.urn), "bold"), f" {UNDER_WAY[step.op]}")
        case StepProgress(urn=urn, message=message, fraction=fraction):
            part = "" if fraction is None else f" ({fraction:.0%})"
            return Text.assemble(safe(address(urn), "bold"), " ", safe(message), part)
        case HostObserved(host=host, kind=kind, count=count, seconds=seconds):
            return Text.assemble(f"observed {count} {kind} on ", safe(host), f" in {seconds_text(seconds)}")
        case _:
            return None
