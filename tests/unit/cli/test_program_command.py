"""Which options are virtwright's, and which are those of the program that it runs."""

from typing import Annotated

import pytest
import typer

from virtwright.cli.command import add_command
from virtwright.cli.program_command import ProgramCommand
from virtwright.cli.settings import Settings


def _said(*words: str) -> tuple[str, list[str], bool, bool, str | None]:
    """Resource, program, ``--interactive``, ``--tty`` and the stack, as the command gets them."""
    found: list[tuple[str, list[str], bool, bool, str | None]] = []

    def run(
        settings: Settings,
        resource: str,
        command: Annotated[list[str] | None, typer.Argument()] = None,
        interactive: Annotated[bool, typer.Option("--interactive", "-i")] = False,
        tty: Annotated[bool, typer.Option("--tty", "-t")] = False,
    ) -> None:
        found.append((resource, list(command or ()), interactive, tty, settings.stack))

    app = typer.Typer(add_completion=False)
    add_command(app, run, name="run", kind=ProgramCommand)
    add_command(app, lambda settings: None, name="other")
    app(args=["run", *words], standalone_mode=False)
    return found[0]


@pytest.mark.parametrize(
    ("line", "program", "options"),
    [
        ("web ls", "ls", ""),
        ("web busybox wget -qO- http://x", "busybox wget -qO- http://x", ""),
        ("web ls --stack prod --help -t", "ls --stack prod --help -t", ""),
        ("-it web sh -i", "sh -i", "it"),
        ("-i web -t sh -i", "sh -i", "it"),
        ("web -it -- sh", "sh", "it"),
        ("web -i --stack prod -- cat -i", "cat -i", "i prod"),
        ("--stack prod web cat", "cat", "prod"),
        ("web -- -odd name", "-odd name", ""),
        ("web -- git log -- file", "git log -- file", ""),
        ("web git log -- file", "git log -- file", ""),
        ("web -- -- x", "-- x", ""),
        ("-- web ls -l", "ls -l", ""),
        ("-t -- web -- ls -l", "ls -l", "t"),
        ("web", "", ""),
        ("web -t", "", "t"),
        ("web --", "", ""),
    ],
)
def test_what_follows_the_programs_name_is_the_programs(line: str, program: str, options: str) -> None:
    resource, command, interactive, tty, stack = _said(*line.split())
    assert (resource, command) == ("web", program.split())
    assert (interactive, tty, stack) == (
        "i" in options.split("prod")[0],
        "t" in options,
        "prod" if "prod" in options else None,
    )


def test_a_wrong_option_before_the_program_is_an_error() -> None:
    with pytest.raises(typer.TyperException, match="No such option: -q"):
        _said("web", "-q", "ls")
    with pytest.raises(typer.TyperException, match="Missing parameter: resource"):
        _said()
