"""``logs``, ``exec``, ``screenshot`` and ``export``: into what runs, and out of it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from virtwright.cli.arguments import LeaseWait
from virtwright.cli.commands.look import ResourceArgument
from virtwright.cli.completing import known_resources
from virtwright.cli.settings import Settings


class Secrets(StrEnum):
    """What becomes of secrets in an exported machine's file."""

    SEAL = "seal"
    CLEAR = "clear"
    OMIT = "omit"


def logs(
    settings: Settings,
    resources: Annotated[
        list[str],
        typer.Argument(
            metavar="RESOURCE...",
            help="One or more, as vms.db, db, or web[2] for one copy of a service.",
            autocompletion=known_resources,
        ),
    ],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new lines until interrupted.")] = False,
    tail: Annotated[
        int | None, typer.Option("--tail", metavar="N", min=0, help="Only the last N lines. Default: all.")
    ] = None,
    timestamps: Annotated[bool, typer.Option("--timestamps", "-t", help="Begin each line with its time.")] = False,
) -> None:
    """Print what containers and machines have written. With several, as the copies of a service, each line begins with the
    name."""
    from virtwright.cli.logs import LogOptions, growing_of, print_logs
    from virtwright.cli.reach import reach_hosts
    from virtwright.cli.session import Session

    with Session(settings) as session, reach_hosts(session.store, session.state()) as hosts:
        names = [*dict.fromkeys(resources)]
        sources = [each for name in names for each in hosts.sources(name)]
        growing = [name for name in names if follow and hosts.grows(name)]
        print_logs(session, sources, LogOptions(follow, tail, timestamps), growing_of(hosts, growing))


def execute(
    settings: Settings,
    resource: ResourceArgument,
    command: Annotated[list[str], typer.Argument(metavar="COMMAND...", help="The program and its arguments.")],
    interactive: Annotated[bool, typer.Option("--interactive", "-i", help="Pass standard input on.")] = False,
    tty: Annotated[bool, typer.Option("--tty", "-t", help="Give it a terminal.")] = False,
) -> int:
    """Run a command inside a container or machine; exits as the command does. Options after the command's name are the command's own. Of a service, in its first copy that runs, or in
    the one that is named: web[2]. In a machine without a guest agent it goes by ssh."""
    import sys

    from virtwright.cli.reach import reach_hosts
    from virtwright.cli.session import Session
    from virtwright.cli.ssh import SshOptions, run_ssh
    from virtwright.errors import InputError
    from virtwright.providers.hooks import HasLogin, offers

    if tty and not sys.stdin.isatty():
        raise InputError.one("standard input is not a terminal, so there is none to give", hint="leave out -t")
    with Session(settings) as session, reach_hosts(session.store, session.state()) as hosts:
        source = hosts.operations(resource)
        sys.stdout.flush()
        if offers(source.operations, HasLogin) and not source.operations.runs_commands(source.id):
            login, options = source.operations.login(source.id), SshOptions(terminal=tty, input=interactive)
            return run_ssh(session, source, login, command, options)
        return source.operations.execute(source.id, command, interactive=interactive, tty=tty)


def screenshot(
    settings: Settings,
    resource: ResourceArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the picture goes; - is standard output.")],
) -> None:
    """Save what the screen of a machine shows."""
    import sys

    from virtwright.cli.reach import reach_hosts
    from virtwright.cli.session import Session
    from virtwright.errors import InputError, UnsupportedError, Where
    from virtwright.providers.hooks import HasScreen, offers

    with Session(settings) as session, reach_hosts(session.store, session.state()) as hosts:
        source = hosts.operations(resource)
        if not offers(source.operations, HasScreen):
            raise UnsupportedError(f"{source.name} has no screen", hint="machines on libvirt hosts have one")
        picture = source.operations.screenshot(source.id)
        if str(file) == "-":
            sys.stdout.buffer.write(picture.data)
            return
        try:
            file.write_bytes(picture.data)
        except OSError as error:
            raise InputError.one(f"can't be written: {error.strerror}", where=Where(file=str(file))) from error
        session.warn(f"{source.name}: {picture.type}, {len(picture.data)} bytes")


def export(
    settings: Settings,
    resource: ResourceArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make. It must not be there.")],
    live: Annotated[
        bool, typer.Option("--live", help="Save one that runs, as its disks are at one moment, while it goes on.")
    ] = False,
    secrets: Annotated[
        Secrets,
        typer.Option(
            "--secrets",
            help="seal: encrypted with the key of the state. clear: readable by who has the file. omit: left out.",
        ),
    ] = Secrets.SEAL,
    lease_wait: LeaseWait = 0,
) -> int:
    """Save a whole machine in one file: its definition, its disks, its firmware's variables. import makes it again."""
    from virtwright.cli.exporting import export as save
    from virtwright.cli.session import Session

    with Session(settings) as session:
        return save(session, resource, file, live=live, secrets=str(secrets), wait=lease_wait)
