"""What ``destroy`` is about: nothing that is wanted, and the hosts that the stack's file names."""

import asyncio
from pathlib import Path

from virtwright.cli.session import Session
from virtwright.engine.goals import collect_hosts
from virtwright.errors import InputError, SecretsError
from virtwright.stacks.base import EmptyProgram, Served, StackName


def nothing(session: Session, file: Path | None, *, run_program: bool = False) -> EmptyProgram:
    """The program of ``destroy``. The state may be from before it had all hosts, so the file's are asked as well; those of a Python
    stack only where its program may be run."""
    name = session.name(file)
    return with_hosts(session, name, file, run_program=run_program)


def with_hosts(session: Session, name: StackName, file: Path | None, *, run_program: bool = False) -> EmptyProgram:
    """The same, of a stack whose name is known already."""
    if session.trust.limited or not session.has_file(file):
        return EmptyProgram(name)
    try:
        program = session.program(file)
        if isinstance(program, Served) and not run_program:
            return _unasked(session, name)
        return EmptyProgram(name, hosts=tuple(asyncio.run(collect_hosts(program))))
    except (InputError, SecretsError) as error:
        session.warn(
            f"The stack's file can't be used ({error.message}): hosts that it names and the state does not know are not asked."
        )
        return EmptyProgram(name)


def _unasked(session: Session, name: StackName) -> EmptyProgram:
    """Worth a word only where the state knows no host at all."""
    known = session.store.stack(name).resources() if name in session.store.stacks() else ()
    if not any(record.urn.is_host for record in known):
        session.warn(
            f"The state knows no host of {name.short}. To ask those that its program names, which runs it:\n"
            "    virtwright destroy --run-program"
        )
    return EmptyProgram(name)
