"""The arguments and options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from virtwright.cli.completing import known_hosts, known_resources, resources

Offer = Callable[[typer.Context, str], list[str]]
"""What the shell offers for an option, by what was typed so far."""
FileArgument = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help="The stack's file or its folder. Default: the one in this folder."),
]


def _named(option: str, help: str, *, metavar: str = "RESOURCE", offers: Offer = resources) -> Any:
    """An option that names resources, or hosts, and may be repeated."""
    return typer.Option(option, metavar=metavar, help=help, autocompletion=offers)


Targets = Annotated[list[str] | None, _named("--target", "Only this and what it needs. May be repeated; * matches.")]
Excludes = Annotated[list[str] | None, _named("--exclude", "Not this, nor what needs it. May be repeated; * matches.")]
Replaces = Annotated[list[str] | None, _named("--replace", "Replace this even if nothing changed. May be repeated.")]
DataLosses = Annotated[list[str] | None, _named("--allow-data-loss", "Let the data of this be lost. May be repeated.")]
TakeOvers = Annotated[
    list[str] | None,
    _named("--take-over", "Take over what is in the place of this and is another's. May be repeated."),
]
NewHosts = Annotated[
    list[str] | None,
    _named(
        "--new-host",
        "This host's URI leads to another one: make there a second time what can't move. May be repeated.",
        metavar="HOST",
        offers=known_hosts,
    ),
]
Losts = Annotated[
    list[str] | None,
    _named(
        "--lost",
        "This host is gone for good: don't ask it, and make anew what it held. May be repeated.",
        metavar="HOST",
        offers=known_hosts,
    ),
]
GiveUps = Annotated[
    list[str] | None,
    _named(
        "--give-up",
        "This lost host still answers: give up what it has, and let that run on. May be repeated.",
        metavar="HOST",
        offers=known_hosts,
    ),
]
DestroyTargets = Annotated[
    list[str] | None,
    _named("--target", "Only this and what depends on it. May be repeated; * matches.", offers=known_resources),
]
DestroyExcludes = Annotated[
    list[str] | None,
    _named("--exclude", "Not this, nor what it needs. May be repeated; * matches.", offers=known_resources),
]
DestroyLosts = Annotated[
    list[str] | None,
    _named(
        "--lost",
        "This host is gone for good: don't ask it, what it held is gone. May be repeated.",
        metavar="HOST",
        offers=known_hosts,
    ),
]
RefreshTargets = Annotated[
    list[str] | None, _named("--target", "Only this. May be repeated; * matches.", offers=known_resources)
]
RefreshExcludes = Annotated[
    list[str] | None, _named("--exclude", "Not this. May be repeated; * matches.", offers=known_resources)
]
NewSource = Annotated[
    bool,
    typer.Option(
        "--new-source", help="This stack takes the place of the one of its name that was applied from elsewhere."
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
RunProgram = Annotated[
    bool,
    typer.Option("--run-program", help="Run the program of a Python stack, as a plan does: it is code of its author."),
]
RunForHosts = Annotated[
    bool,
    typer.Option(
        "--run-program",
        help="To destroy a Python stack: run its program, to ask the hosts that it names and the state does not know.",
    ),
]
ShowSecrets = Annotated[bool, typer.Option("--show-secrets", help="Show secret values in clear.")]
Untrusted = Annotated[
    bool,
    typer.Option(
        "--untrusted",
        help="The stack is somebody else's: read nothing outside of its folder, decrypt nothing, ask known hosts only.",
    ),
]
