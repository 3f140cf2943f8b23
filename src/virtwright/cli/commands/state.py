"""``state``: what virtwright knows of a stack, and how to mend it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from virtwright.cli.arguments import FileArgument, LeaseWait, NewHosts, NewSource, ShowSecrets, Yes
from virtwright.cli.commands.look import ResourceArgument, show
from virtwright.cli.completing import known_resources
from virtwright.cli.settings import Settings

if TYPE_CHECKING:
    from virtwright.cli.session import Session
    from virtwright.engine.state.lease import Lease
    from virtwright.engine.state.records import Changes, FinishedOperation, ResourceRecord, RunRecord
    from virtwright.engine.state.stack import StackState

Pulumi = Annotated[bool, typer.Option("--pulumi", help="In the form of pulumi stack export and pulumi stack import.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="With --pulumi: the passphrase of its secrets. Default: PULUMI_CONFIG_PASSPHRASE, else the state's own key.",
    ),
]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Only the latest N.")]


def list_resources(
    settings: Settings,
    stacks: Annotated[bool, typer.Option("--stacks", help="List the stacks of the state store instead.")] = False,
) -> None:
    """List the resources that the state holds."""
    from virtwright.cli.render.records import age
    from virtwright.cli.render.tables import print_table
    from virtwright.cli.session import Session
    from virtwright.engine.selection import address

    with Session(settings) as session:
        if stacks:
            _print_stacks(session)
            return
        records = session.state().resources()
        if settings.json:
            print(json.dumps([_summary(record) for record in records], indent=2))
        else:
            rows = [
                (
                    address(record.urn) + (" (to be deleted)" if record.doomed else ""),
                    record.kind,
                    record.host.name if record.host else "",
                    record.id or "",
                    age(record.created),
                )
                for record in records
            ]
            print_table(session.out, ("RESOURCE", "KIND", "HOST", "ID", "AGE"), rows)


def show_resource(settings: Settings, resource: ResourceArgument, show_secrets: ShowSecrets = False) -> None:
    """Print what the state holds of one resource; the same as virtwright show."""
    show(settings, resource, show_secrets)


def history(
    settings: Settings,
    run: Annotated[str | None, typer.Option("--run", metavar="ID", help="Print the operations of this run.")] = None,
    limit: Limit = 20,
) -> None:
    """List the runs on the stack, the latest first."""
    from virtwright.cli.session import Session

    with Session(settings) as session:
        state = session.state()
        if run is not None:
            _print_operations(session, _operations(state, run))
        else:
            _print_runs(session, state.runs(limit))


def move(
    settings: Settings,
    resource: ResourceArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its new name, alone or as vms.NAME.")],
    yes: Yes = False,
    lease_wait: LeaseWait = 60.0,
) -> int:
    """Give a resource another name in the state. In a stack's file, moved: does the same for everybody."""
    from virtwright.cli.ask import agreed
    from virtwright.cli.records import find_record
    from virtwright.cli.session import Session
    from virtwright.cli.state_edit import edit
    from virtwright.engine.selection import address
    from virtwright.engine.surgery import rename

    with Session(settings) as session:
        state = session.state()
        old, new = find_record(state, resource).urn, _plain_name(name, find_record(state, resource))
        if not agreed(session, f"{address(old)} will be called {new} in the state; no host is touched.", yes=yes):
            return 1

        def make() -> "Changes":
            return rename(state.resources(), state.open_operations(), old, new)

        edit(state, "state move", lease_wait, state.serial, make)
        session.warn("Done. Use the new name in the stack's file as well.")
        return 0


def forget(
    settings: Settings,
    resources: Annotated[
        list[str],
        typer.Argument(metavar="RESOURCE...", help="One or more, as vms.db or db.", autocompletion=known_resources),
    ],
    yes: Yes = False,
    lease_wait: LeaseWait = 60.0,
) -> int:
    """Take resources out of the state and leave what they stand for on the hosts."""
    from virtwright.cli.ask import agreed
    from virtwright.cli.records import find_record
    from virtwright.cli.session import Session
    from virtwright.cli.state_edit import edit
    from virtwright.engine.selection import address
    from virtwright.engine.surgery import forget as forget_changes

    with Session(settings) as session:
        state = session.state()
        urns = [find_record(state, name).urn for name in resources]
        forget_changes(state.resources(), urns)
        names = ", ".join(address(urn) for urn in urns)
        if not agreed(session, f"The state will forget {names}. The hosts keep them, unmanaged.", yes=yes):
            return 1
        edit(state, "state forget", lease_wait, state.serial, lambda: forget_changes(state.resources(), urns))
        session.warn(
            f"Forgotten: {names}. What the stack's file still has of them, take out of it too: the next apply would adopt it again."
        )
        return 0


def remove(settings: Settings, yes: Yes = False, lease_wait: LeaseWait = 60.0) -> int:
    """Remove a stack of which nothing is left from the state, with its history."""
    from virtwright.cli.ask import agreed
    from virtwright.cli.session import Session
    from virtwright.cli.state_edit import hold
    from virtwright.errors import StateError

    with Session(settings) as session:
        state = session.state()
        name = state.name
        if left := state.urns():
            raise StateError(
                f"the stack {name.short} is not empty: the state holds {len(left)} resources and hosts of it",
                hint=f"delete what it has first:\n    virtwright destroy --stack {name}",
            )
        if not agreed(session, f"The state will forget the stack {name.short}, with its history.", yes=yes):
            return 1
        with hold(state, lease_wait) as lease:
            session.store.delete_stack(name, lease)
        session.warn(f"Removed: {name}.")
        return 0


def export(
    settings: Settings,
    out: Annotated[Path | None, typer.Option("--out", metavar="PATH", help="Write to this file, mode 0600.")] = None,
    pulumi: Pulumi = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write the whole state as JSON. Secrets stay encrypted in it."""
    from virtwright.cli.pulumi_state import deployment_text, refuse_passphrase_file
    from virtwright.cli.session import Session
    from virtwright.cli.state_files import write_private
    from virtwright.engine.state.export import export_state

    with Session(settings) as session:
        if pulumi:
            text = deployment_text(session, passphrase_file)
        else:
            refuse_passphrase_file(passphrase_file)
            text = json.dumps(export_state(session.state()), indent=2) + "\n"
        if out is None:
            print(text, end="")
        else:
            write_private(out, text)


def import_(
    settings: Settings,
    source: Annotated[
        str,
        typer.Argument(
            metavar="PATH", help="What export wrote; - reads standard input. With --pulumi also a folder of its states."
        ),
    ],
    pulumi: Pulumi = False,
    passphrase_file: PassphraseFile = None,
    yes: Yes = False,
    lease_wait: LeaseWait = 60.0,
) -> int:
    """Replace the whole state by an exported one. No host is touched."""
    from virtwright.cli.pulumi_state import PulumiSource, refuse_passphrase_file
    from virtwright.cli.session import Session
    from virtwright.cli.state_edit import replace_state
    from virtwright.cli.state_files import document_name, read_document
    from virtwright.engine.state.export import import_state

    with Session(settings) as session:
        if pulumi:
            found = PulumiSource.read(session, source, passphrase_file)
            return replace_state(session, found.name, source, found.bring_in, yes=yes, wait=lease_wait)
        refuse_passphrase_file(passphrase_file)
        document = read_document(Path(source))

        def bring_in(state: "StackState", lease: "Lease") -> list[str]:
            import_state(state, document, lease)
            return []

        name = document_name(document, Path(source))
        return replace_state(session, name, source, bring_in, yes=yes, wait=lease_wait)


def copy(
    settings: Settings,
    to: Annotated[
        str, typer.Argument(metavar="URL|PATH", help="Where to: postgresql://USER@SERVER/DATABASE or a file.")
    ],
    all_stacks: Annotated[bool, typer.Option("--all", help="Copy every stack of the store.")] = False,
    lease_wait: LeaseWait = 60.0,
) -> None:
    """Copy a stack's whole state, with its history, to another store. The original stays as it is: go on with one of the
    two only."""
    from virtwright.cli.session import Session
    from virtwright.cli.state_edit import hold
    from virtwright.engine.state.copying import copy_stack
    from virtwright.engine.state.store import StateStore

    with Session(settings) as session, StateStore.open(to, session.keys) as target:
        session.check_there()
        for name in session.store.stacks() if all_stacks else [session.name()]:
            with hold(session.store.stack(name), lease_wait) as lease:
                resources = copy_stack(session.store, target, name, lease)
            session.warn(f"Copied {name.short} with {resources} resources to {target.place}.")


def recover(
    settings: Settings,
    file: FileArgument = None,
    lease_wait: LeaseWait = 60.0,
    identity: Annotated[
        str | None,
        typer.Option(metavar="IDENTITY", help="Whose objects, where several states have had a stack of this name."),
    ] = None,
    new_host: NewHosts = None,
    new_source: NewSource = False,
    yes: Yes = False,
) -> int:
    """Rebuild the state from the marks on the hosts' objects. Changes nothing on the hosts."""
    from dataclasses import replace

    from virtwright.cli.recovering import consented
    from virtwright.cli.running import Runner
    from virtwright.cli.session import Session
    from virtwright.engine.plan import RunOptions

    with Session(settings) as session, Runner(session) as runner:
        program = session.program(file)
        options = RunOptions(
            lease_wait=lease_wait,
            identity=identity,
            source=session.source(file),
            new_source=new_source,
            new_hosts=tuple(new_host or ()),
        )
        if identity is None:
            claim = runner.engine.claim(program, options)
            if not consented(session, program.name, claim, yes=yes):
                return 1
            options = replace(options, identity=claim.identity or None)
        return runner.run(lambda engine: engine.recover(program, options))


def unlock(settings: Settings, yes: Yes = False) -> int:
    """Show who holds the stack's lease and take it away. Not needed after a holder that died: its lease runs out."""
    from virtwright.cli.ask import agreed
    from virtwright.cli.render.text import escape_line
    from virtwright.cli.session import Session

    with Session(settings) as session:
        state = session.state()
        holder = state.lease()
        if holder is None:
            session.warn("Nobody holds the lease.")
            return 0
        who = f"{escape_line(holder.holder)} has held the lease since {holder.acquired}"
        words = f"{who}; it runs out in {holder.expires_in:.0f}s unless renewed. Its next write will be refused."
        if not agreed(session, words, yes=yes):
            return 1
        state.unlock()
        session.warn("Unlocked.")
        return 0


def _plain_name(name: str, record: "ResourceRecord") -> str:
    """The new name without the section, which must be the resource's own. Raises ``InputError``."""
    from virtwright.engine.selection import address
    from virtwright.errors import InputError
    from virtwright.schemas.kinds import SECTIONS
    from virtwright.stacks.yaml.outline import is_name

    section = address(record.urn).removesuffix(f".{record.urn.name}")
    plain = name.removeprefix(f"{section}.")
    if not is_name(plain) or ("." in plain and plain.partition(".")[0] in SECTIONS):
        raise InputError.one(f"{name!r} is no name for one of the {section}", hint="a move changes the name only")
    return plain


def _summary(record: "ResourceRecord") -> dict[str, object]:
    from virtwright.engine.selection import address

    host = record.host.name if record.host else None
    return {
        "name": address(record.urn),
        "urn": str(record.urn),
        "kind": record.kind,
        "host": host,
        "id": record.id,
        "created": record.created,
        "modified": record.modified,
        "to_be_deleted": record.doomed,
    }


def _print_stacks(session: "Session") -> None:
    from virtwright.cli.render.tables import print_table

    session.check_there()
    names = session.store.stacks()
    if session.settings.json:
        print(json.dumps([str(name) for name in names], indent=2))
    else:
        print_table(session.out, ("PROJECT", "STACK"), [(name.project, name.stack) for name in names])


def _operations(state: "StackState", run: str) -> "list[FinishedOperation]":
    """Raises ``InputError`` where the state knows no such run."""
    from virtwright.errors import InputError

    operations = state.history(run)
    if not operations and all(known.id != run for known in state.runs()):
        raise InputError.one(f"there is no run {run!r}", hint="list them:\n    virtwright state history")
    return operations


def _print_runs(session: "Session", runs: "list[RunRecord]") -> None:
    from dataclasses import asdict

    from virtwright.cli.render.records import moment
    from virtwright.cli.render.tables import print_table
    from virtwright.cli.render.words import count_words

    if session.settings.json:
        print(json.dumps([asdict(run) for run in runs], indent=2))
        return
    rows = [
        (
            run.id,
            moment(run.started),
            run.command,
            run.result or "not finished",
            count_words(run.summary, planned=False),
            run.who,
        )
        for run in runs
    ]
    print_table(session.out, ("RUN", "STARTED", "COMMAND", "RESULT", "WHAT", "WHO"), rows, spare=("WHO",))


def _print_operations(session: "Session", operations: "list[FinishedOperation]") -> None:
    from virtwright.cli.records import run_operations_to_json
    from virtwright.cli.render.records import moment
    from virtwright.cli.render.tables import print_table
    from virtwright.engine.selection import address

    if session.settings.json:
        print(json.dumps(run_operations_to_json(operations), indent=2))
        return
    rows = [
        (address(each.urn), each.op, each.outcome, moment(each.started), moment(each.finished)) for each in operations
    ]
    print_table(session.out, ("RESOURCE", "OP", "OUTCOME", "STARTED", "FINISHED"), rows, spare=("FINISHED",))
