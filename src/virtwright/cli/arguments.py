"""The arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

FileArgument = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help="The stack's file or its folder. Default: the one in this folder."),
]
Targets = Annotated[
    list[str] | None,
    typer.Option("--target", metavar="RESOURCE", help="Only this and what it needs. May be repeated; * matches."),
]
Excludes = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="RESOURCE", help="Not this, nor what needs it. May be repeated; * matches."),
]
Replaces = Annotated[
    list[str] | None,
    typer.Option("--replace", metavar="RESOURCE", help="Replace this even if nothing changed. May be repeated."),
]
DataLosses = Annotated[
    list[str] | None,
    typer.Option("--allow-data-loss", metavar="RESOURCE", help="Let the data of this be lost. May be repeated."),
]
Losts = Annotated[
    list[str] | None,
    typer.Option(
        "--lost",
        metavar="HOST",
        help="This host is gone for good: don't ask it, and make anew what it held. May be repeated.",
    ),
]
ContinueOnError = Annotated[
    bool, typer.Option("--continue-on-error", help="After a failure go on with what does not depend on it.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
LeaseWait = Annotated[
    float,
    typer.Option(
        "--lease-wait", metavar="SECONDS", min=0, help="How long to wait while somebody else changes the stack."
    ),
]
ShowSecrets = Annotated[bool, typer.Option("--show-secrets", help="Show secret values in clear.")]
