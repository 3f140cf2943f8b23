"""``import``: what somebody else made on a host becomes part of a stack."""

from pathlib import Path
from typing import Annotated

import typer

from virtwright.cli.arguments import LeaseWait, Yes
from virtwright.cli.settings import Settings

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FILE] RESOURCE ID | [FILE] EXPORT",
        help="The stack's file; the resource as containers.web, and the object's id or name on the host; or the file of a "
        "machine that was exported.",
    ),
]
All = Annotated[
    str | None,
    typer.Option("--all", metavar="URI", help="Take over the whole host, as docker+ssh://box, into a new stack."),
]
HostName = Annotated[
    str | None, typer.Option("--host", metavar="NAME", help="The stack's host that has it, where there are several.")
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="With --all: the new stack's file; - prints it. Default: NAME.yaml."
    ),
]
Name = Annotated[
    str | None,
    typer.Option(
        "--name", metavar="NAME", help="With --all: the new stack's name. Of an EXPORT: the machine's name on the host."
    ),
]
As = Annotated[
    str | None, typer.Option("--as", metavar="RESOURCE", help="Of an EXPORT: as vms.db2. Default: as it was called.")
]
Copy = Annotated[
    bool, typer.Option("--copy", help="Of an EXPORT: another machine, with a UUID and MAC addresses of its own.")
]
Networks = Annotated[
    list[str] | None,
    typer.Option(
        "--network", metavar="OLD=NEW", help="Of an EXPORT: this network of the host for that one. May be repeated."
    ),
]
Start = Annotated[bool, typer.Option("--start", help="Of an EXPORT: start the machine. Default: it is stopped.")]
Kinds = Annotated[
    list[str] | None,
    typer.Option("--kind", metavar="KIND", help="With --all: only these, as networks or vms. May be repeated."),
]
Protect = Annotated[bool, typer.Option("--protect", help="Protect everything from deletion, not only what holds data.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only print the YAML.")]


def import_(
    settings: Settings,
    words: Words = None,
    all_of: All = None,
    host: HostName = None,
    output: Output = None,
    name: Name = None,
    kind: Kinds = None,
    protect: Protect = False,
    dry_run: DryRun = False,
    as_: As = None,
    copy: Copy = False,
    network: Networks = None,
    start: Start = False,
    yes: Yes = False,
    lease_wait: LeaseWait = 0,
) -> int:
    """Take over what somebody else made, without making it anew or starting it again, or make a machine again that was exported.
    Its YAML is written for you, and a plan afterwards shows no changes."""
    from virtwright.cli.session import Session
    from virtwright.errors import InputError

    words = words or []
    with Session(settings) as session:
        if all_of is not None:
            from virtwright.cli.importing.whole_host import WholeRequest, import_all

            if words or host:
                raise InputError.one("--all takes a whole host: name no resource and no --host with it")
            request = WholeRequest(all_of, output, name, tuple(kind or ()), protect, dry_run, yes)
            return import_all(session, request)
        if _is_export(words):
            from virtwright.cli.importing.from_file import FileRequest, import_file

            stack = Path(words[0]) if len(words) == 2 else None
            return import_file(
                session,
                FileRequest(
                    Path(words[-1]), stack, as_, name, host, copy, start, tuple(network or ()), dry_run, yes, lease_wait
                ),
            )
        from virtwright.cli.importing.one import OneRequest, import_one

        to_stdout = output is not None and str(output) == "-"
        if len(words) not in (2, 3) or name or kind or (output and not to_stdout):
            raise InputError.one(
                "say which resource, and the id or name of its object",
                hint="virtwright import shop.yaml containers.web old-web\n    virtwright import --all docker+ssh://box",
            )
        file = Path(words[0]) if len(words) == 3 else None
        return import_one(session, OneRequest(file, words[-2], words[-1], host, protect, dry_run or to_stdout, yes))


def _is_export(words: list[str]) -> bool:
    """One word, or a stack's file and another one: a resource has its section before a dot."""
    from virtwright.schemas.kinds import SECTIONS

    return len(words) == 1 or (len(words) == 2 and words[0].partition(".")[0] not in SECTIONS)
