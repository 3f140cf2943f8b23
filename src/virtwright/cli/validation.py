"""Checking a program by itself: no host, no state, no key; and code of its author's only where that is asked for."""

import sys

from virtwright.cli.session import Session
from virtwright.engine.api import Engine
from virtwright.engine.state.empty import EmptyStore
from virtwright.errors import InputError, Problem
from virtwright.stacks.base import Program, Served
from virtwright.trust import TRUSTED, Trust


def find_problems(program: Program, trust: Trust = TRUSTED) -> list[Problem]:
    """Everything that is wrong with ``program`` whatever the state and the hosts hold: it is planned against an empty state."""
    return Engine(EmptyStore(), trust=trust).validate(program)


def runs_code(program: Program) -> bool:
    """Whether what it declares is known only when code of its author's was run."""
    return isinstance(program, Served)


def tell_not_run(session: Session, program: Program) -> None:
    """What was checked of a program that was not run."""
    checked = f"The project {program.name.short} and its configuration are valid."
    untried = Problem(
        "the program was not run, so that what it declares is not checked",
        hint=_run_it("validate", session.trust),
    )
    if session.settings.json:
        from virtwright.cli.json_lines import JsonLines
        from virtwright.engine.events import Warned

        JsonLines(sys.stdout)(Warned(untried))
    else:
        session.out.print(checked)
        session.warn(f"{untried.message}; {untried.hint}")


def _run_it(command: str, trust: Trust) -> str:
    if trust.limited:
        return f"run it confined:\n    virtwright {command} --untrusted --run-program"
    return f"if you trust it, run it:\n    virtwright {command} --run-program"


def refuse_to_run(program: Program, trust: Trust) -> None:
    """Raises ``InputError`` where the answer asks for code to be run."""
    if runs_code(program):
        raise InputError.one(
            f"{program.name.short} is a program: what it declares is known when it was run",
            hint=_run_it("graph", trust),
        )
