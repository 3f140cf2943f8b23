"""The import itself: shown, asked for once, written to the files, and run."""

from collections.abc import Sequence
from pathlib import Path

from virtwright.cli.ask import confirm
from virtwright.cli.importing.draft import Draft
from virtwright.cli.running import Runner
from virtwright.cli.session import Session
from virtwright.engine.plan import RunOptions
from virtwright.errors import InputError, RefusedError, Where
from virtwright.files import rewrite
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.urn import Urn
from virtwright.stacks.base import StackName
from virtwright.stacks.config import Configuration, Declarations
from virtwright.stacks.source_reading import read_source
from virtwright.stacks.yaml.document import read_declarations, read_program
from virtwright.stacks.yaml.program import YamlProgram
from virtwright.stacks.yaml.source import read_text


def program_of(session: Session, text: str, file: Path, draft: Draft) -> YamlProgram:
    """The stack as it will be. Raises ``InputError`` where it would not be valid."""

    def configure(name: StackName, declarations: Declarations) -> Configuration:
        import os

        from virtwright.stacks.config import settle
        from virtwright.stacks.config_file import file_beside, read_config_file

        given = [*session.settings.config, *(f"{key}={value}" for key, value in draft.secrets.items())]
        beside = read_config_file(file_beside(file, name.stack), name.project)
        return settle(name, declarations, given=given, environment=os.environ, file=beside, keys=session.keys)

    return read_program(text, file, session.environment, configure)


def carry_out(session: Session, text: str, file: Path, draft: Draft, *, before: str | None, yes: bool) -> int:
    """Plan with ``text`` as the stack's file, ask, write it, and take everything over; returns the exit code. ``before`` is what
    the file held when ``text`` was made of it; None where all of a stack is new."""
    program = program_of(session, text, file, draft)
    imports = {str(_urn(program.name, each.kind, each.name)): each.found.id for each in draft.taken}
    targets = () if before is None else tuple(imports)
    options = RunOptions(targets=targets, imports=imports, source=read_source(file))
    tell_unsaid(session, draft)
    with Runner(session) as runner:
        plan = runner.plan(lambda engine: engine.plan(program, options))
        if not confirm(session.settings, "Take this over?", yes=yes):
            session.warn("Nothing was changed.")
            return 1
        refuse_changed(file, before)
        _write(session, text, file, draft, program.name)
        code = runner.run(lambda engine: engine.apply(program, options, expected=plan), due=len(plan.changes))
    if code:
        session.warn("What was not taken over stands in the file already. Take it over before the next apply:")
        for each in draft.taken:
            session.warn(f"    virtwright import {file} {each.address} {each.found.name}")
    return code


def refuse_changed(file: Path, before: str | None) -> None:
    """Raises ``RefusedError`` where somebody wrote the file while the question stood there."""
    if (read_text(file) if file.exists() else None) != before:
        raise RefusedError(
            "this file was changed in the meantime, so nothing was written",
            where=Where(file=str(file)),
            hint="import again",
        )


def tell_unsaid(session: Session, draft: Draft) -> None:
    """Settings that the stack has no word for."""
    for each in draft.taken:
        for setting in each.found.unsaid:
            session.warn(f"warning: {each.address} has a setting that a stack can't say: {setting}")
    if any(each.found.unsaid for each in draft.taken):
        session.warn("Such a setting stays as long as the object does; a new one would not have it.")


def _urn(name: StackName, kind: str, resource: str) -> Urn:
    return Urn(name.stack, name.project, KINDS[kind].type, resource)


def _write(session: Session, text: str, file: Path, draft: Draft, name: StackName) -> None:
    """Secrets first: without them the stack would not be whole."""
    from virtwright.stacks.config_file import file_beside
    from virtwright.stacks.config_store import ConfigStore

    if draft.secrets:
        _, declarations = read_declarations(text, file)
        store = ConfigStore(file_beside(file, name.stack), name, declarations, session.keys)
        for key, value in draft.secrets.items():
            store.set(key, value, secret=True)
        if not session.settings.json:
            session.warn(f"Wrote the secrets {', '.join(draft.secrets)}, encrypted, to {store.path}.")
    if all(each.declared for each in draft.taken):
        return
    try:
        if file.exists():
            rewrite(file, text)
        else:
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError.one(f"can't write the stack: {error.strerror}", where=Where(file=str(file))) from error
    if not session.settings.json:
        session.warn(f"Wrote {file}.")


def show(session: Session, texts: Sequence[str]) -> None:
    """What is added to a file."""
    if not session.settings.json:
        session.out.print("".join(texts), markup=False, highlight=False, soft_wrap=True)
