"""``console`` and ``ssh``: into machines."""

from pathlib import Path
from typing import Annotated

import typer

from virtwright.cli.commands.look import ResourceArgument
from virtwright.cli.settings import Settings


def console(
    settings: Settings,
    resource: ResourceArgument,
    escape: Annotated[str, typer.Option("--escape", metavar="KEY", help="The key that ends it.")] = "^]",
    force: Annotated[bool, typer.Option("--force", help="Take it away from somebody who is at it.")] = False,
) -> int:
    """Sit down at the serial console of a machine, until the escape key (Control and ]) is typed."""
    from virtwright.cli.console import enter
    from virtwright.cli.session import Session

    with Session(settings) as session:
        return enter(session, resource, escape=escape, force=force)


def ssh(
    settings: Settings,
    resource: ResourceArgument,
    command: Annotated[
        list[str] | None, typer.Argument(metavar="[COMMAND...]", help="What to run there. Default: a shell.")
    ] = None,
    user: Annotated[
        str | None, typer.Option("--user", "-l", metavar="NAME", help="Who logs in. Default: cloud_init's first user.")
    ] = None,
    identity: Annotated[
        Path | None,
        typer.Option(
            "--identity", "-i", metavar="FILE", help="The private key. Default: the one of cloud_init's keys."
        ),
    ] = None,
    port: Annotated[int | None, typer.Option("--port", "-p", metavar="PORT", help="Default: 22.")] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", metavar="KEY=VALUE", help="For ssh itself. May be repeated.")
    ] = None,
    direct: Annotated[
        bool, typer.Option("--direct", help="Straight to its address, and not through the host that it is on.")
    ] = False,
) -> int:
    """Log in to a machine by the system's ssh, through its host where that is reached over SSH; exits as ssh does."""
    from virtwright.cli.session import Session
    from virtwright.cli.ssh import SshOptions
    from virtwright.cli.ssh import ssh as log_in

    with Session(settings) as session:
        options = SshOptions(user, identity, port, direct, tuple(option or ()))
        return log_in(session, resource, command or (), options)
