"""``snapshot``: what machines are now, kept and gone back to."""

from typing import Annotated

import typer

from virtwright.cli.arguments import LeaseWait, Yes
from virtwright.cli.completing import known_resources
from virtwright.cli.settings import Settings

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The snapshot's name.")]
ResourcesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[RESOURCE...]",
        help="As vms.db or db. Default: all of the stack that can have snapshots.",
        autocompletion=known_resources,
    ),
]


External = Annotated[
    bool, typer.Option("--external", help="As a layer over each disk, of any format, instead of inside of it.")
]
DiskOnly = Annotated[bool, typer.Option("--disk-only", help="With --external: leave out the memory of what runs.")]


def create(
    settings: Settings,
    name: NameArgument,
    resources: ResourcesArgument = None,
    external: External = False,
    disk_only: DiskOnly = False,
    lease_wait: LeaseWait = 0,
) -> int:
    """Take a snapshot of machines, one after another: their disks and, of those that run, their memory."""
    from virtwright.cli.session import Session
    from virtwright.cli.snapshots import take

    with Session(settings) as session:
        return take(session, name, resources or (), external=external, disk_only=disk_only, wait=lease_wait)


def list_snapshots(settings: Settings, resources: ResourcesArgument = None) -> None:
    """List the snapshots of machines."""
    from virtwright.cli.session import Session
    from virtwright.cli.snapshots import print_all

    with Session(settings) as session:
        print_all(session, resources or ())


def revert(
    settings: Settings,
    name: NameArgument,
    resources: ResourcesArgument = None,
    yes: Yes = False,
    lease_wait: LeaseWait = 0,
) -> int:
    """Go back to a snapshot. What machines have written since is lost."""
    from virtwright.cli.session import Session
    from virtwright.cli.snapshots import revert as go_back

    with Session(settings) as session:
        return go_back(session, name, resources or (), yes=yes, wait=lease_wait)


def delete(
    settings: Settings,
    name: NameArgument,
    resources: ResourcesArgument = None,
    yes: Yes = False,
    lease_wait: LeaseWait = 0,
) -> int:
    """Delete a snapshot. The machines, and their other snapshots, stay as they are."""
    from virtwright.cli.session import Session
    from virtwright.cli.snapshots import remove

    with Session(settings) as session:
        return remove(session, name, resources or (), yes=yes, wait=lease_wait)
