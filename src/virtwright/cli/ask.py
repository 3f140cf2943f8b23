"""Questions to the user."""

import sys
from typing import TYPE_CHECKING

from virtwright.cli.settings import Settings
from virtwright.errors import RefusedError

if TYPE_CHECKING:
    from virtwright.cli.session import Session
    from virtwright.engine.plan import Plan


def confirm(settings: Settings, question: str, *, yes: bool) -> bool:
    """Ask on the terminal; anything but yes means no. ``yes`` answers in advance.

    Raises ``RefusedError`` where nobody can be asked: no terminal, or output for programs.
    """
    if yes:
        return True
    if settings.json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        why = "with --json nothing is asked" if settings.json else "there is no terminal to ask on"
        raise RefusedError(
            f"this needs your consent, and {why}",
            hint="add --yes to the command to do it without asking",
        )
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        print(file=sys.stderr)
    return answer.strip().lower() in ("y", "yes")


def confirm_hosts(settings: Settings, plan: "Plan", *, yes: bool) -> bool:
    """Ask for each host that leads to another one, and on which something would be made a second time: a mistaken URI looks the
    same. ``--yes`` is no answer. Raises ``RefusedError`` where nobody can be asked and the host was not named."""
    named = {*plan.options.new_hosts, *plan.options.lost}
    for each in (each for each in plan.relocations if each.anew and each.host.name not in named):
        name, what = each.host.name, f"{len(each.anew)} of its resources a second time there"
        if yes or settings.json or not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise RefusedError(
                f"the URI of {name} was {each.before} and is {each.now}: this would make {what}",
                hint=f"where that is another host, and meant, say so in the plan:\n    --new-host {name}",
            )
        if not confirm(settings, f"{name} leads to {each.now}. Make {what}?", yes=False):
            return False
    return True


def agreed(session: "Session", words: str, *, yes: bool) -> bool:
    """Say what will be done, and ask. Raises ``RefusedError`` where nobody can be asked."""
    session.warn(words)
    if confirm(session.settings, "Do it?", yes=yes):
        return True
    session.warn("Nothing was changed.")
    return False
