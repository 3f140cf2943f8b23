"""``host``: the hosts of a stack."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from virtwright.cli.arguments import DataLosses, Yes
from virtwright.cli.commands.config import FileOption
from virtwright.cli.settings import Settings

if TYPE_CHECKING:
    from virtwright.cli.hosts import HostReport, NamedHost
    from virtwright.cli.session import Session


def list_hosts(
    settings: Settings,
    host: Annotated[
        str | None,
        typer.Argument(metavar="HOST", help="A host of the stack, or a URI: list what is on it, and whose it is."),
    ] = None,
    file: FileOption = None,
) -> None:
    """List the stack's hosts, or all that is on one."""
    from virtwright.cli.hosts import hosts_by_name
    from virtwright.cli.render.tables import print_table
    from virtwright.cli.session import Session

    with Session(settings) as session:
        if host is not None:
            from virtwright.cli.host_objects import list_objects

            [named] = hosts_by_name(host, lambda: _hosts(session, file))
            return list_objects(session, named, _stack(session, file))
        hosts = _hosts(session, file)
        if settings.json:
            print(json.dumps([{"name": each.name, "uri": each.host.uri} for each in hosts], indent=2))
        else:
            print_table(session.out, ("HOST", "URI"), [(each.name, each.host.uri) for each in hosts])


def check(
    settings: Settings,
    host: Annotated[
        str | None,
        typer.Argument(metavar="HOST", help="A host of the stack, or a URI. Default: all hosts of the stack."),
    ] = None,
    file: FileOption = None,
) -> int:
    """Reach each host and print what it is and what it can do. Exits with 1 where something is wrong."""
    from virtwright.cli.hosts import check_host, hosts_by_name
    from virtwright.cli.render.hosts import print_report
    from virtwright.cli.session import Session

    with Session(settings) as session:
        hosts = hosts_by_name(host, lambda: _hosts(session, file))
        reports: list[HostReport] = [check_host(each) for each in hosts]
        if settings.json:
            print(json.dumps([report.to_json() for report in reports], indent=2))
        else:
            for report in reports:
                print_report(session.out, report)
        return 0 if all(report.well for report in reports) else 1


def gc(
    settings: Settings,
    host: Annotated[
        str | None,
        typer.Argument(metavar="HOST", help="A host of the stack, or a URI. Default: all hosts of the stack."),
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option(
            "--remove",
            metavar="NAME",
            help="Remove what this stack left, PROJECT/STACK, or the object of this name or id. May be repeated.",
        ),
    ] = None,
    stop: Annotated[
        list[str] | None,
        typer.Option("--stop", metavar="NAME", help="Stop what this names, and leave it there. May be repeated."),
    ] = None,
    allow_data_loss: DataLosses = None,
    yes: Yes = False,
    file: FileOption = None,
) -> int:
    """Show what bears a stamp and is in no record of the state. Removes it where --remove names it or its stack: it may be one
    that somebody else keeps in another state."""
    from virtwright.cli.gc import GarbageRequest, collect_garbage
    from virtwright.cli.hosts import hosts_by_name
    from virtwright.cli.session import Session

    with Session(settings) as session:
        hosts = hosts_by_name(host, lambda: _hosts(session, file))
        return collect_garbage(
            session, hosts, GarbageRequest(tuple(remove or ()), tuple(stop or ()), tuple(allow_data_loss or ()), yes)
        )


def forward(
    settings: Settings,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A host that the state knows, or a URI.")],
    place: Annotated[
        str, typer.Argument(metavar="ADDRESS:PORT", help="As the host reaches it, such as 10.40.0.10:22.")
    ],
) -> int:
    """Connect standard input and output with a port that a host reaches, over its SSH connection: a ProxyCommand for ssh."""
    from virtwright.cli.forwarding import forward as connect
    from virtwright.cli.hosts import hosts_by_name, hosts_of_state
    from virtwright.cli.session import Session

    with Session(settings) as session:
        [named] = hosts_by_name(name, lambda: hosts_of_state(session.state()))
    return connect(named, place)


def _stack(session: "Session", file: Path | None) -> str | None:
    """The full name of the stack that is meant; None where there is none here."""
    from virtwright.errors import VirtwrightError

    try:
        return str(session.name(file))
    except VirtwrightError:
        return None


def _hosts(session: "Session", file: Path | None) -> "list[NamedHost]":
    from virtwright.cli.hosts import hosts_of_program, hosts_of_state
    from virtwright.cli.session import stack_file_here

    if file is None and not stack_file_here():
        return hosts_of_state(session.state())
    return hosts_of_program(session.program(file))
